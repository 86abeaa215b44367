#include "engine/deadletters.h"

#include "engine/deadtold.h"
#include "engine/events.h"
#include "engine/keeping.h"
#include "engine/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct deadletters {
    struct deadletter *first, *last;
    size_t n, bytes;
};

struct deadletters *deadletters_new(void)
{
    return calloc(1, sizeof(struct deadletters));
}

void deadletters_free(struct deadletters *d)
{
    if (d == NULL)
        return;
    while (d->first != NULL) {
        struct deadletter *letter = d->first;
        deadletters_take(d, letter); // NOLINT(clang-analyzer-unix.Malloc): it is unlinked
        deadletter_free(letter);
    }
    free(d);
}

static size_t deadletter_size(const struct deadletter *letter)
{
    return sizeof(*letter) + bytes_len(&letter->body) + bytes_len(&letter->headers) +
           (letter->stderr_text == NULL ? 0 : strlen(letter->stderr_text));
}

void deadletter_free(struct deadletter *letter)
{
    free(letter->to);
    free(letter->reason);
    free(letter->exit);
    free(letter->stderr_text);
    bytes_release(&letter->tag);
    bytes_release(&letter->headers);
    bytes_release(&letter->body);
    free(letter);
}

void deadletters_take(struct deadletters *d, struct deadletter *letter)
{
    if (letter->prev != NULL)
        letter->prev->next = letter->next;
    else
        d->first = letter->next;
    if (letter->next != NULL)
        letter->next->prev = letter->prev;
    else
        d->last = letter->prev;
    d->n--;
    d->bytes -= deadletter_size(letter);
    if (letter->actor != NULL)
        letter->actor->books.dead--;
}

static void deadletters_evict(struct system *s)
{
    struct deadletters *d = s->dead;

    while (d->n > 1 && (d->n > DEADLETTERS_MAX || d->bytes > DEADLETTERS_BYTES)) {
        struct deadletter *oldest = d->first;
        deadletters_take(d, oldest); // NOLINT(clang-analyzer-unix.Malloc): it is unlinked
        if (oldest->actor != NULL)
            oldest->actor->books.dropped++;
        keeping_forget(s, oldest);
        deadletter_free(oldest);
    }
}

static struct deadletter *deadletter_new(struct system *s, const char *to, const struct letter *l,
                                         const char *reason, const struct dead_evidence *evidence)
{
    struct deadletter *letter = calloc(1, sizeof(*letter));
    char how[32];
    bool ended = evidence != NULL && evidence->how != NULL;

    if (letter == NULL)
        return NULL;
    letter->id = l->id;
    letter->from = l->from;
    letter->since = loop_now(s->loop);
    letter->type = l->type;
    /* One that was in nobody's hand has been counted on to its next attempt. */
    letter->attempts = l->attempt - (evidence == NULL && l->attempt > 0);
    letter->to = strdup(to);
    letter->reason = strdup(reason);
    letter->exit = ended ? strdup(policy_exit_text(evidence->how, how, sizeof(how))) : NULL;
    letter->stderr_text =
        evidence != NULL ? strndup(evidence->said.data, evidence->said.len) : NULL;
    if (letter->to == NULL || letter->reason == NULL ||
        bytes_append(&letter->tag, l->tag.data, l->tag.len) != 0 ||
        bytes_append(&letter->headers, l->headers.data, l->headers.len) != 0 ||
        bytes_append(&letter->body, l->body.data, l->body.len) != 0) {
        deadletter_free(letter);
        return NULL;
    }
    return letter;
}

static void deadletters_link(struct system *s, struct deadletter *letter)
{
    struct deadletters *d = s->dead;

    letter->prev = d->last;
    if (d->last != NULL)
        d->last->next = letter;
    else
        d->first = letter;
    d->last = letter;
    d->n++;
    d->bytes += deadletter_size(letter);
    if (letter->actor != NULL)
        letter->actor->books.dead++;
}

void deadletters_add(struct system *s, struct actor *actor, const char *to, const struct letter *l,
                     const char *reason, const struct dead_evidence *evidence)
{
    struct deadletter *letter = deadletter_new(s, to, l, reason, evidence);

    if (letter == NULL) {
        if (actor != NULL)
            actor->books.dropped++;
        event_system(s, "dead.lost", "to=%s reason=\"out of memory\"", to);
        return;
    }
    letter->actor = actor;
    deadletters_link(s, letter);
    if (actor != NULL)
        letter->kept = keeping_dead(actor, letter, l);
    witness_dead(s, actor, to, l, reason);
    deadtold_tell(s, letter);
    deadletters_evict(s);
}

void deadletters_restore(struct system *s, struct actor *actor, const char *to,
                         const struct letter *l, struct span extra, int64_t age_ms,
                         struct store_entry *kept)
{
    const char *reason = extra.data, *end = reason + extra.len;
    const char *how = memchr(reason, '\0', extra.len);
    const char *said = how == NULL ? NULL : memchr(how + 1, '\0', (size_t)(end - how - 1));
    struct dead_evidence evidence = {NULL, {said == NULL ? end : said + 1, 0}};

    evidence.said.len = (size_t)(end - (const char *)evidence.said.data);
    struct deadletter *letter =
        deadletter_new(s, to, l, how == NULL ? "?" : reason, said == NULL ? NULL : &evidence);
    if (letter == NULL) {
        event_system(s, "dead.lost", "to=%s reason=\"out of memory\"", to);
        return;
    }
    if (said != NULL && said > how + 1)
        letter->exit = strdup(how + 1);
    letter->since -= age_ms;
    letter->actor = actor;
    letter->kept = kept;
    deadletters_link(s, letter);
    if (kept == NULL && actor != NULL)
        letter->kept = keeping_dead(actor, letter, l);
    deadletters_evict(s);
}

void deadletters_left(struct system *s)
{
    if (s->dead->last != NULL)
        s->dead->last->left = true;
}

size_t deadletters_count(const struct deadletters *d)
{
    return d->n;
}

struct deadletter *deadletters_first(const struct deadletters *d)
{
    return d->first;
}

struct deadletter *deadletters_find(const struct deadletters *d, uint64_t id)
{
    struct deadletter *letter = d->first;

    while (letter != NULL && letter->id != id)
        letter = letter->next;
    return letter;
}
