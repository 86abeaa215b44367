/* The copy of mail that the node of another host has of a supervisor before this one.
 *
 * A file in the state folder says which copy counts, and who has it. Until that host is heard of,
 * or what may run there has ended (hostowes.c), actors with `failover` do not begin, are sent
 * nothing, and nothing that runs on other hosts is taken back: what that has in hand is in the
 * copy. Without the file, as where this is another machine than before, the latest that a node
 * offers is taken. */
#include "engine/copiesparts.h"
#include "engine/deadletters.h"
#include "engine/events.h"
#include "engine/keeping.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the file --- */

enum { COPIES_NAME = ADDRESS_MAX + 1 };
#define COPIES_OPEN "open" /* the third word of the file: others may have something as well */

static void copies_path(const struct system *s, const char *suffix, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/copies%s", s->state_dir, suffix);
}

void copies_remember(const struct copies *c, uint64_t generation, const char *host)
{
    char path[4096], fresh[4096];

    copies_path(c->sys, "", path, sizeof(path));
    copies_path(c->sys, ".new", fresh, sizeof(fresh));
    FILE *f = fopen(fresh, "we");
    bool written = f != NULL && fprintf(f, "%" PRIu64 " %s%s\n", generation, host,
                                        c->open ? " " COPIES_OPEN : "") > 0;
    if (f != NULL)
        written = fclose(f) == 0 && written;
    if (written && rename(fresh, path) == 0)
        return;
    struct err e;
    (void)err_errno(&e, "%s", path);
    event_system(c->sys, "mail.unmarked", "reason=\"%s\"", e.text);
}

/* False: there is none, or it makes no sense. */
static bool copies_read(const struct system *s, uint64_t *generation, char host[COPIES_NAME],
                        bool *open)
{
    char path[4096], word[8] = "";
    int n = 0;

    copies_path(s, "", path, sizeof(path));
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    _Static_assert(COPIES_NAME == 256, "as many as are read, and a NUL");
    n = fscanf(f, "%" SCNu64 " %255s %7s", generation, host, word);
    (void)fclose(f);
    *open = strcmp(word, COPIES_OPEN) == 0;
    return n >= 2;
}

bool copies_are_left(const struct system *s)
{
    char host[COPIES_NAME];
    uint64_t generation = 0;
    bool open = false;

    return copies_read(s, &generation, host, &open) && strcmp(host, "-") != 0;
}

void copies_recall(struct copies *c)
{
    char host[COPIES_NAME];

    /* Hosts come later, when all begins; a reload finds none that could have one. */
    if (!copies_read(c->sys, &c->left, host, &c->open))
        c->collects = c->sys->hosts == NULL;
    else if (strcmp(host, "-") == 0)
        c->left++; /* later ones alone */
    else
        (void)snprintf(c->awaited, sizeof(c->awaited), "%s", host);
    c->generation = c->left;
    c->left = c->open ? 0 : c->left;
}

/* --- is it waited for? --- */

/* It has not said yet what it has, and may be about to. */
static bool copies_comes(const struct host *h)
{
    return !h->conf->join && !h->undecided && !h->down && h->state != HOST_UP && h->why[0] == '\0';
}

const struct host *copies_awaited(const struct system *s)
{
    const struct copies *c = keeping_copies(s);
    const struct host *h = s->hosts;

    if (c == NULL || s->stopping)
        return NULL;
    if (c->collects) {
        while (h != NULL && !copies_comes(h))
            h = h->next;
        return h;
    }
    h = c->awaited[0] == '\0' ? NULL : hosts_find(s, c->awaited);
    return h != NULL && (h->owes || h->gives) ? h : NULL;
}

const char *copies_awaits(const struct system *s)
{
    return keeping_copies(s)->collects ? "word whether a host has a copy of its mail"
                                       : "the copy of its mail";
}

bool copies_decides(const struct host *h)
{
    const struct copies *c = keeping_copies(h->sys);
    const struct host *awaited = copies_awaited(h->sys);

    return c == NULL || h->sys->stopping || (!c->collects && (awaited == NULL || awaited == h));
}

static void copies_decide_all(const struct copies *c)
{
    for (struct host *h = c->sys->hosts; h != NULL; h = h->next) {
        bool undecided = h->undecided;
        h->undecided = false;
        if (undecided)
            host_decide(h);
    }
}

/* What waited for it goes on. */
static void copies_decided(struct copies *c)
{
    copies_decide_all(c);
    loop_task_queue(&c->sys->changed);
}

/* Those that join by themselves are not waited for, nor missed. */
static bool copies_all_heard(const struct system *s)
{
    for (const struct host *h = s->hosts; h != NULL; h = h->next)
        if (!h->conf->join && !h->told && !h->undecided)
            return false;
    return true;
}

void copies_close(struct copies *c)
{
    if (!c->open || !copies_all_heard(c->sys))
        return;
    c->open = false;
    if (c->whole)
        copies_remember(c, c->generation, c->host->conf->name);
}

/* All that can have been heard: the latest copy is the one that counts. */
static void copies_collected(struct copies *c)
{
    struct host *best = NULL;

    for (struct host *h = c->sys->hosts; h != NULL; h = h->next)
        if (h->undecided && h->copy > (best == NULL ? 0 : best->copy))
            best = h;
    c->collects = false;
    c->open = !copies_all_heard(c->sys);
    if (best == NULL) {
        copies_decided(c);
        return;
    }
    (void)snprintf(c->awaited, sizeof(c->awaited), "%s", best->conf->name);
    best->undecided = false;
    host_decide(best);
}

void copies_settle(struct copies *c)
{
    if (c->sys->stopping) {
        copies_decide_all(c);
        return;
    }
    if (copies_awaited(c->sys) != NULL || (!c->collects && c->awaited[0] == '\0'))
        return;
    if (c->collects) {
        copies_collected(c);
        return;
    }
    event_system(c->sys, "mail.copy_lost", "host=%s reason=\"%s\"", c->awaited,
                 "what it had of the mail of before has not come");
    c->awaited[0] = '\0';
    copies_decided(c);
}

/* --- it comes --- */

/* As much as all mailboxes and the dead letters may have, and something over. */
static uint64_t copies_most(const struct system *s)
{
    uint64_t most = 4 * (uint64_t)DEADLETTERS_BYTES;

    for (size_t i = 0; i < s->n_actors; i++) {
        const struct actor *a = s->actors[i];
        uint64_t bytes = a->conf->mailbox.bytes < UINT32_MAX ? a->conf->mailbox.bytes : UINT32_MAX;
        most += 2 * (bytes + FRAME_LENGTH_MAX) * (a->n_members + 1);
    }
    return most;
}

bool copies_wanted(struct host *h)
{
    struct copies *c = keeping_copies(h->sys);

    if (c == NULL || (c->came && !c->open) || h->copy == 0 || h->copy == h->spoilt ||
        h->copy < c->left || h->copy > INT64_MAX)
        return false;
    if (c->giving != h->copy)
        c->order = c->n_left = c->n_left_dead = 0;
    c->giving = h->copy;
    c->room = copies_most(h->sys);
    bytes_release(&c->part);
    return true;
}

static bool copies_sane(const struct kept_record *r)
{
    size_t headers = r->headers.len;

    return r->kind == KEPT_MESSAGE && r->id != 0 && r->body.len <= FRAME_BODY_MAX &&
           (mailbox_bounds(r->type) || r->type == MSG_REPLY) && r->tag.len <= FRAME_TAG_MAX &&
           headers <= FRAME_HEADERS_MAX &&
           (headers == 0 || frame_headers_size(r->headers.data, headers) == headers);
}

/* What comes a second time, as the connection broke in between, is passed over. */
static bool copies_take(struct copies *c)
{
    const unsigned char *records = bytes_at(&c->part);
    size_t len = bytes_len(&c->part);

    for (size_t at = 0, size; at < len; at += size) {
        struct kept_record r;
        size = kept_unpack(records, len, COPYBOOK_SALT, at, &r);
        if (size == 0 || size > c->room || !copies_sane(&r))
            return false;
        c->room -= size;
        if (r.order <= c->order)
            continue;
        c->order = r.order;
        keeping_left(c->sys, &r);
        c->n_left++;
        c->n_left_dead += (r.flags & KEPT_DEAD) != 0;
    }
    return true;
}

/* It has nothing that can be made use of. */
static bool copies_spoilt(struct copies *c, struct host *h)
{
    h->gives = false;
    h->spoilt = h->copy;
    if (strcmp(c->awaited, h->conf->name) == 0) {
        event_system(c->sys, "mail.copy_lost", "host=%s reason=\"%s\"", c->awaited,
                     "what it says to have makes no sense");
        c->awaited[0] = '\0';
        copies_decided(c);
    }
    return false;
}

bool copies_left(struct host *h, const struct frame *f)
{
    struct copies *c = keeping_copies(h->sys);

    if (c == NULL || !h->gives)
        return false;
    if (bytes_len(&c->part) + f->body.len > FRAME_LENGTH_MAX + 2 * TRUNK_COPY_MAX ||
        bytes_append(&c->part, f->body.data, f->body.len) != 0)
        return copies_spoilt(c, h);
    if (f->flags != 0)
        return true;
    bool sane = copies_take(c);
    bytes_release(&c->part);
    return sane || copies_spoilt(c, h);
}

void copies_left_all(struct host *h)
{
    struct copies *c = keeping_copies(h->sys);

    if (c == NULL || !h->gives)
        return;
    h->gives = false;
    event_system(h->sys, "mail.returned", "host=%s messages=%zu dead=%zu", h->conf->name, c->n_left,
                 c->n_left_dead);
    c->came = c->ran = true;
    c->n_left = c->n_left_dead = 0;
    c->awaited[0] = '\0';
    copies_decided(c);
}
