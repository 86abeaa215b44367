#include "engine/watching.h"

#include "base/text.h"
#include "engine/names.h"
#include "engine/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void watching_deliver(struct system *s, mail_origin who, uint8_t type,
                      const struct watching_end *end)
{
    const struct policy_exit *how = end->how;
    struct bytes headers;
    char text[32];

    bytes_init(&headers);
    (void)frame_header_text(&headers, "actor", end->address);
    if (how != NULL && how->started && how->signal != 0) {
        (void)frame_header_text(&headers, "signal",
                                text_signal_name(how->signal, text, sizeof(text)));
    } else if (how != NULL && how->started) {
        (void)snprintf(text, sizeof(text), "%d", how->status);
        (void)frame_header_text(&headers, "status", text);
    }
    if (end->restart != NULL)
        (void)frame_header_text(&headers, "restart", end->restart);
    struct letter l = {
        .id = system_id(s, 1),
        .from = ORIGIN_SYSTEM,
        .when = system_when(s),
        .type = type,
        .cause = end->cause,
        .tag = end->tag,
        .headers = span_of(bytes_at(&headers), bytes_len(&headers)),
        .body = span_of(end->why, strlen(end->why)),
    };
    router_deliver(s, who, &l);
    bytes_release(&headers);
}

static void watching_exited(struct system *s, mail_origin who, const char *address,
                            const struct policy_exit *how, const char *why)
{
    const struct watching_end end = {address, how, NULL, why, {NULL, 0}, 0};

    watching_deliver(s, who, MSG_WATCHED_EXITED, &end);
}

/* --- who watches whom --- */

static size_t watching_find(const struct actor *a, mail_origin who)
{
    size_t i = 0;

    while (i < a->n_watchers && a->watchers[i] != who)
        i++;
    return i;
}

static const struct policy_exit *watching_how(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->has_last)
            return &a->members[i]->last;
    return NULL;
}

static bool watching_is_over(const struct member *m)
{
    return lifecycle_at_rest(m->state) && !m->again && !m->afresh;
}

static bool watching_over(const struct actor *a)
{
    return actor_all(a, watching_is_over);
}

void watching_begin(struct system *s, mail_origin who, struct span to)
{
    char address[ADDRESS_MAX + 1], why[256];
    struct target t;

    (void)snprintf(address, sizeof(address), "%.*s", (int)(to.len > 255 ? 255 : to.len),
                   to.len == 0 ? "" : (const char *)to.data);
    if (names_resolve(s, to, &t, why, sizeof(why)) != 0) {
        watching_exited(s, who, address, NULL, why);
        return;
    }
    if (watching_over(t.actor)) {
        watching_exited(s, who, t.actor->conf->name, watching_how(t.actor),
                        t.actor->n_members > 0 ? t.actor->members[0]->reason : "");
        return;
    }
    struct actor *a = t.actor;
    if (watching_find(a, who) < a->n_watchers)
        return;
    mail_origin *grown = realloc(a->watchers, (a->n_watchers + 1) * sizeof(*grown));
    if (grown == NULL) {
        watching_exited(s, who, address, NULL,
                        "it cannot be watched: the supervisor is out of memory");
        return;
    }
    a->watchers = grown;
    a->watchers[a->n_watchers++] = who;
}

void watching_stop(struct system *s, mail_origin who, struct span to)
{
    char why[256];
    struct target t;

    if (names_resolve(s, to, &t, why, sizeof(why)) != 0)
        return;
    size_t i = watching_find(t.actor, who);
    if (i < t.actor->n_watchers)
        t.actor->watchers[i] = t.actor->watchers[--t.actor->n_watchers];
}

void watching_tell(struct actor *a, const char *why)
{
    /* Who is told while all are stopped could do nothing about it. */
    if (a->n_watchers == 0 || !watching_over(a) || a->sys->stopping)
        return;
    for (size_t i = 0; i < a->n_watchers; i++)
        watching_exited(a->sys, a->watchers[i], a->conf->name, watching_how(a), why);
    watching_free(a);
}

void watching_free(struct actor *a)
{
    free(a->watchers);
    a->watchers = NULL;
    a->n_watchers = 0;
}
