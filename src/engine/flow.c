#include "engine/flow.h"

#include "engine/boxes.h"
#include "engine/calls.h"
#include "engine/children.h"
#include "engine/copies.h"
#include "engine/groups.h"
#include "engine/hosts.h"
#include "engine/member.h"
#include "engine/names.h"
#include "engine/router.h"
#include "engine/sequencer.h"
#include "engine/vain.h"

#include <stdio.h>
#include <string.h>

/* --- what a start waits for --- */

typedef bool flow_test(const struct member *m);

static bool flow_has_started(const struct member *m)
{
    return m->starts > 0 && m->state != LIFE_STARTING;
}

static bool flow_is_ready(const struct member *m)
{
    return m->state == LIFE_READY || m->state == LIFE_DONE;
}

static bool flow_is_done(const struct member *m)
{
    return m->state == LIFE_DONE;
}

static const struct {
    flow_test *test;
    const char *text;
} flow_whens[] = {
    [AFTER_START] = {flow_has_started, "started"},
    [AFTER_READY] = {flow_is_ready, "ready"},
    [AFTER_DONE] = {flow_is_done, "done"},
};

static bool flow_waits_by(const struct actor *a, const struct topo_after *after, char *buf,
                          size_t size)
{
    const struct actor *other = names_find(a->sys, after->actor);

    if (other == NULL || actor_all(other, flow_whens[after->when].test))
        return false;
    (void)snprintf(buf, size, "%s to be %s", after->actor, flow_whens[after->when].text);
    return true;
}

bool flow_waits(const struct actor *a, char *buf, size_t size)
{
    for (size_t i = 0; i < a->conf->n_after; i++)
        if (flow_waits_by(a, &a->conf->after[i], buf, size))
            return true;
    return false;
}

bool flow_waits_for(const struct actor *a, const struct actor *other, char *buf, size_t size)
{
    for (size_t i = 0; i < a->conf->n_after; i++)
        if (strcmp(a->conf->after[i].actor, other->conf->name) == 0)
            return flow_waits_by(a, &a->conf->after[i], buf, size);
    return false;
}

bool flow_awaits(const struct actor *a, const struct actor *other, enum life_state state)
{
    for (size_t i = 0; i < a->conf->n_after; i++) {
        const struct topo_after *after = &a->conf->after[i];
        if (strcmp(after->actor, other->conf->name) != 0)
            continue;
        for (size_t k = 0; k < other->n_members; k++)
            if (other->members[k]->state == state &&
                !flow_whens[after->when].test(other->members[k]))
                return true;
    }
    return false;
}

/* --- the end of a flow --- */

static bool flow_over(const struct member *m)
{
    return m->state == LIFE_DONE || m->state == LIFE_FAILED || vain_of(m) == VAIN_FAILED;
}

static bool flow_upstream_over(const struct actor *a)
{
    for (size_t i = 0; i < a->feeders.n; i++)
        if (!actor_all(a->feeders.list[i], flow_over))
            return false;
    return true;
}

bool flow_ends(const struct actor *a)
{
    if (a->conf->eof != EOF_UPSTREAM || a->sys->stopping || actor_queued(a) > 0)
        return false;
    if (copies_has(a->conf) && copies_awaited(a->sys) != NULL)
        return false; /* mail of before is still to come */
    return a->closed || flow_upstream_over(a);
}

void flow_check(struct actor *a)
{
    if (!flow_ends(a))
        return;
    a->closed = true;
    for (size_t i = 0; i < a->n_members; i++) {
        struct member *m = a->members[i];
        if (m->state != LIFE_READY || m->ending || !sequencer_allows(m, STEP_END))
            continue;
        m->ending = true;
        m->speak->ops->end(m->speak);
    }
}

void flow_emptied(struct actor *a)
{
    children_emptied(a);
    if (a->conf->eof == EOF_UPSTREAM && actor_queued(a) == 0)
        loop_task_queue(&a->deliver);
}

/* --- the order of a stop, and the end of the system --- */

static bool flow_halted(const struct member *m)
{
    return lifecycle_at_rest(m->state);
}

static bool flow_needed(const struct actor *a)
{
    for (size_t i = 0; i < a->later.n; i++)
        if (!actor_all(a->later.list[i], flow_halted))
            return true;
    return false;
}

void flow_stop(struct system *s)
{
    for (size_t i = s->n_actors; i > 0; i--) {
        struct actor *a = s->actors[i - 1];
        if (actor_all(a, flow_halted) ||
            (!s->killing && (flow_needed(a) || groups_followed(a) || children_live(a))))
            continue;
        for (size_t k = 0; k < a->n_members; k++) {
            struct member *m = a->members[k];
            if (!flow_halted(m) && (!m->halting || m->state != LIFE_STOPPING))
                member_stop(m, false);
            if (s->killing)
                member_kill_now(m);
        }
    }
}

bool flow_at_rest(const struct system *s)
{
    for (size_t i = 0; i < s->n_actors; i++)
        if (!actor_all(s->actors[i], flow_halted))
            return false;
    return true;
}

/* Ended by itself: what was not left out is done or failed, or waits in vain for what has failed.
 */
static bool flow_finished(const struct system *s)
{
    for (size_t i = 0; i < s->n_actors; i++)
        if (s->actors[i]->enabled && !s->actors[i]->conf->is_host &&
            !actor_all(s->actors[i], flow_over))
            return false;
    return true;
}

bool flow_any_failed(const struct system *s)
{
    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++)
            if (s->actors[i]->members[k]->state == LIFE_FAILED)
                return true;
    return false;
}

uint64_t flow_unhandled(const struct system *s)
{
    uint64_t n = 0;

    for (size_t i = 0; i < s->n_actors; i++)
        n += actor_queued(s->actors[i]) + actor_held(s->actors[i]);
    return n;
}

void flow_changed(void *system)
{
    struct system *s = system;

    if (!s->stopping)
        groups_step(s);
    vain_find(s);
    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        for (size_t k = 0; k < a->n_members && !s->stopping; k++)
            member_check(a->members[k]);
        if (a->conf->eof == EOF_UPSTREAM)
            loop_task_queue(&a->deliver);
    }
    if (s->stopping)
        flow_stop(s);
    vain_tell(s);
    calls_check(s);
    bool over = s->stopping || s->failed ? flow_at_rest(s) : s->relay == NULL && flow_finished(s);
    if (over && !hosts_stay(s))
        loop_stop(s->loop);
}
