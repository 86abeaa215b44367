#include "engine/renewing.h"

#include "engine/adopt.h"
#include "engine/events.h"
#include "engine/groups.h"
#include "engine/member.h"
#include "engine/retiring.h"
#include "engine/roster.h"
#include "engine/router.h"
#include "engine/scaling.h"
#include "model/address.h"

#include <stdio.h>

static bool renewing_at_rest(const struct member *m)
{
    return lifecycle_at_rest(m->state);
}

static void renewing_stop(struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++) {
        struct member *m = a->members[i];
        if (m->turn != TURN_NONE)
            groups_turn(m, TURN_NONE);
        m->again = false;
        if (!lifecycle_at_rest(m->state) && !m->halting && !member_finish(m, false))
            member_stop(m, false);
    }
}

/* --- those that go --- */

void renewing_remove(struct actor *a)
{
    adopt_drop(a->pending);
    a->pending = NULL;
    for (size_t i = 0; i < a->n_made; i++)
        a->members[i]->afresh = false;
    renewing_stop(a);
}

/* --- those that are replaced --- */

/* It was stopped by hand, or is about to be. */
static bool renewing_unwanted(const struct member *m)
{
    return m->state == LIFE_STOPPED || m->turn == TURN_HALT || (m->halting && !m->again);
}

void renewing_replace(struct actor *a, bool all)
{
    for (size_t i = 0; i < a->n_members; i++) {
        struct member *m = a->members[i];
        m->afresh = all || m->afresh || !renewing_unwanted(m);
    }
    renewing_stop(a);
}

static void renewing_take_up(struct actor *a)
{
    struct adoption *ad = a->pending;
    const struct topo_actor *was = a->conf, *is = adopt_conf(ad);
    bool same = was->is_pool == is->is_pool && was->pool == is->pool && a->n_members > 0;

    a->begins = true;
    a->size = is->template ? 0 : same ? a->n_members : is->pool; /* scaled by hand it stays so */
    a->pending = NULL;
    adopt(a, ad);
    if (is->template)
        router_bury_all(a, "it is a template now");
}

static void renewing_begin(struct actor *a)
{
    a->begins = false;
    scaling_to(a, a->size);
    for (size_t i = 0; i < a->n_members; i++) {
        struct member *m = a->members[i];
        if (m->afresh && a->enabled && lifecycle_at_rest(m->state))
            member_start(m);
        m->afresh = false;
    }
}

/* All that can begin: who stands where is found out once for them. */
static void renewing_begin_all(struct system *s)
{
    struct err e = {0, ""};

    roster_names(s);
    if (roster_connect(s, &e) != 0)
        event_system(s, "internal.error", "reason=\"%s\"", e.text);
    for (size_t i = 0; i < s->n_actors; i++)
        if (s->actors[i]->begins)
            renewing_begin(s->actors[i]);
}

/* --- those that are started again --- */

void renewing_restart(struct actor *a)
{
    for (size_t i = 0; i < a->n_members && a->enabled; i++) {
        struct member *m = a->members[i];
        if (m->state == LIFE_FAILED || m->state == LIFE_DONE || m->state == LIFE_BACKOFF)
            member_start(m);
    }
    loop_task_queue(&a->sys->changed);
}

bool renewing_stale(const struct member *m)
{
    return lifecycle_has_process(m->state) && m->edition != m->actor->edition;
}

/* On its way to be ready, or to its end. */
static bool renewing_underway(const struct member *m)
{
    return m->turn != TURN_NONE || (m->state != LIFE_READY && !lifecycle_at_rest(m->state));
}

/* One that has ended by itself before its turn came, and by its own rule would not start again,
 * does so with what its actor is now. */
static void renewing_died(struct actor *a)
{
    for (size_t i = 0; i < a->n_members && a->enabled && !a->group->failed; i++) {
        struct member *m = a->members[i];
        bool over = m->state == LIFE_FAILED || m->state == LIFE_DONE;
        if (over && m->edition > 0 && m->edition < a->edition)
            member_start(m);
    }
}

/* One after the other. Where a new one fails, the others stay as they are. */
static void renewing_roll(struct actor *a)
{
    struct member *next = NULL;

    renewing_died(a);
    for (size_t i = a->n_members; i > 0; i--) {
        struct member *m = a->members[i - 1];
        bool stale = renewing_stale(m);
        if (m->state == LIFE_FAILED && m->edition == a->edition)
            return;
        if (stale && !m->halting && m->turn == TURN_NONE)
            next = m;
        else if (renewing_underway(m))
            return;
    }
    if (next != NULL && (a->before != NULL || a->behind != NULL || !member_finish(next, true)))
        groups_halt(next, true);
}

/* Whom its turn waits for; NULL: nobody. */
static const struct member *renewing_before(const struct actor *a)
{
    for (size_t i = a->n_members; i > 0; i--) {
        const struct member *m = a->members[i - 1];
        if ((m->state == LIFE_FAILED && m->edition == a->edition) || renewing_underway(m))
            return m;
    }
    return NULL;
}

bool renewing_reason(const struct member *m, char *buf, size_t size)
{
    const struct member *other = renewing_before(m->actor);
    char address[ADDRESS_MAX + 1];
    bool failed = other != NULL && other->state == LIFE_FAILED;

    if (!renewing_stale(m))
        return false;
    if (m->halting)
        (void)snprintf(buf, size, "it ends what it has in hand, and starts as the file says now");
    else
        (void)snprintf(buf, size, "it runs what the file said before%s%s%s",
                       other == NULL ? ""
                       : failed      ? ": with what it says now "
                                     : "; new once ",
                       other == NULL ? "" : member_address(other, address, sizeof(address)),
                       other == NULL ? ""
                       : failed      ? " has failed"
                                     : " is ready");
    return true;
}

/* --- all of them --- */

void renewing_follow(struct system *s)
{
    bool any = false;

    for (size_t i = s->n_actors; i > 0 && !s->stopping; i--) {
        struct actor *a = s->actors[i - 1];
        bool rest = (a->pending != NULL || a->removed) && actor_all(a, renewing_at_rest);
        if (a->pending != NULL && rest) {
            renewing_take_up(a);
            any = true;
        } else if (a->pending != NULL) {
            renewing_replace(a, false); /* one may have been started by hand meanwhile */
        } else if (a->removed && rest) {
            retiring_bury(a, "removed");
        } else if (!a->removed) {
            renewing_roll(a);
        } else if (a->waiters != NULL && actor_is_past(a)) {
            loop_task_queue(&a->room); /* one of them may hold up, by a ring, what is left of it */
        }
    }
    if (any)
        renewing_begin_all(s);
}

/* The one whose turn it is waits for something else, and all behind it for that. */
static bool renewing_held_up(const struct actor *a)
{
    const struct member *m = renewing_before(a);

    return m != NULL && m->state == LIFE_WAITING;
}

bool renewing_settled(const struct member *m)
{
    const struct actor *a = m->actor;

    if (a->removed)
        return a->conf == a->own;
    if (m->leaving)
        return lifecycle_at_rest(m->state);
    return a->pending == NULL && (!renewing_stale(m) || renewing_held_up(a)) &&
           (!renewing_underway(m) || m->state == LIFE_WAITING) && m->state != LIFE_FAILED;
}

bool renewing_hopeless(const struct member *m)
{
    const struct actor *a = m->actor;

    return m->state == LIFE_FAILED && !a->removed && !m->leaving && a->pending == NULL;
}
