#include "engine/graves.h"

#include "engine/askbook.h"
#include "engine/boxes.h"
#include "engine/calls.h"
#include "engine/clients.h"
#include "engine/deadletters.h"
#include "engine/graphing.h"
#include "engine/member.h"
#include "engine/probe.h"
#include "engine/roster.h"
#include "engine/witness.h"

#include <stdlib.h>

enum { GRAVES_MIN = 64 };

/* Mark and sweep: a mark for each slot. */
struct graves {
    struct system *sys;
    bool *used;
};

static void graves_origin(void *graves, mail_origin from)
{
    const struct graves *g = graves;

    if (from != ORIGIN_SYSTEM && !origin_is_client(from) && origin_actor(from) < g->sys->n_slots)
        g->used[origin_actor(from)] = true;
}

static void graves_actor(void *graves, const struct actor *a)
{
    const struct graves *g = graves;

    if (a != NULL)
        g->used[a->index] = true;
}

static void graves_ask(void *graves, mail_origin asker, const struct actor *to)
{
    graves_origin(graves, asker);
    graves_actor(graves, to);
}

/* What an actor that is there refers to. */
static void graves_mark(struct graves *g, const struct actor *a)
{
    graves_actor(g, a);
    graves_actor(g, a->parent);
    graves_origin(g, a->spawner);
    for (size_t i = 0; i < boxes_end(a); i++)
        mailbox_senders(*boxes_at(a, i), graves_origin, g);
    init_senders(a, graves_origin, g);
    for (size_t i = 0; i < a->n_watchers; i++)
        graves_origin(g, a->watchers[i]);
    for (size_t i = 0; i < a->n_made; i++)
        graves_actor(g, a->members[i]->waiter.on);
}

static bool graves_is_one(const struct actor *a)
{
    return a != NULL && a->spawned && a->removed;
}

/* A check that was killed with it may not be gone yet. */
static bool graves_is_quiet(const struct actor *a)
{
    for (size_t i = 0; i < a->n_made; i++)
        if (a->members[i]->process.pid != 0 || !probe_gone(a->members[i]))
            return false;
    return a->waiters == NULL;
}

static void graves_mark_all(struct graves *g)
{
    struct system *s = g->sys;

    for (size_t i = 0; i < s->n_slots; i++) {
        const struct actor *a = s->slots[i];
        if (a != NULL && (!graves_is_one(a) || !graves_is_quiet(a)))
            graves_mark(g, a);
    }
    for (const struct deadletter *d = deadletters_first(s->dead); d != NULL; d = d->next) {
        graves_origin(g, d->from);
        graves_actor(g, d->actor);
    }
    asks_each(s, graves_ask, g);
    calls_each(s, graves_actor, g);
    clients_each(s, graves_ask, g);
}

void graves_collect(struct system *s)
{
    struct graves g = {.sys = s};
    size_t left = 0;

    if (s->n_graves < GRAVES_MIN || s->n_graves < s->graves_next)
        return;
    g.used = calloc(s->n_slots, sizeof(*g.used));
    if (g.used == NULL)
        return;
    graves_mark_all(&g);
    for (size_t i = 0; i < s->n_slots; i++) /* what is not one is left alone */
        g.used[i] = g.used[i] || !graves_is_one(s->slots[i]);
    graphing_forget(s, g.used);
    for (size_t i = 0; i < s->n_slots; i++) {
        if (!graves_is_one(s->slots[i]))
            continue;
        if (g.used[i])
            left++;
        else {
            witness_gone(s->slots[i]);
            roster_free_slot(s->slots[i]);
        }
    }
    free(g.used);
    s->n_graves = left;
    s->graves_next = 2 * left; /* so that it costs each a fixed share */
}
