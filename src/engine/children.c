#include "engine/children.h"

#include "engine/boxes.h"
#include "engine/budget.h"
#include "engine/childname.h"
#include "engine/events.h"
#include "engine/graphing.h"
#include "engine/graves.h"
#include "engine/groups.h"
#include "engine/member.h"
#include "engine/names.h"
#include "engine/retiring.h"
#include "engine/roster.h"
#include "engine/router.h"
#include "engine/watching.h"
#include "model/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHILDREN_MAX = 20000 };

/* --- spawning --- */

static struct actor *children_parent(const struct system *s, mail_origin by)
{
    if (by == ORIGIN_SYSTEM || origin_is_client(by) || origin_actor(by) >= s->n_slots)
        return NULL;
    struct actor *a = s->slots[origin_actor(by)];
    return a != NULL && !a->removed ? a : NULL;
}

static bool children_done(const struct actor *a);

static bool children_is_ending(const struct actor *a)
{
    return a->spawned && (a->exiting != EXITING_NOT || children_done(a));
}

/* True when *out is what was asked for, or e says why that cannot be. */
static bool children_is_there(struct system *s, const struct children_request *r,
                              const struct topo_actor *template, const char *name,
                              struct actor **out, struct err *e)
{
    struct actor *there = names_find(s, name);

    if (!childname_taken(s, name))
        return false;
    struct actor *parent = children_parent(s, r->by);
    if (there != NULL && children_is_ending(there)) {
        (void)err_set(e, ERR_EXISTS, "%s is ending: it can be spawned again once %s", name,
                      parent != NULL ? "its end has been told" : "it has ended");
        return true;
    }
    bool same = there != NULL && there->spawned && strcmp(there->of->name, template->name) == 0;
    if (same && there->parent == NULL && parent != NULL) { /* an orphan of its own that was kept */
        there->parent = parent;
        there->spawner = r->by;
        parent->n_children++;
    }
    if (same && there->parent == parent)
        *out = there;
    else
        (void)err_set(e, ERR_EXISTS, "there is a %s already%s", name,
                      there != NULL && there->spawned && !same ? ", of another template" : "");
    return true;
}

static struct actor *children_make(struct system *s, const struct children_request *r,
                                   const struct topo_actor *template, const char *name,
                                   struct err *e)
{
    struct topo_actor *conf = ownconf_spawned(template, name, &r->more);
    struct actor *a = conf == NULL ? NULL : roster_new(s, conf, e);

    if (a == NULL) {
        free(conf);
        if (e->code == 0)
            (void)err_set(e, ERR_NOMEM, "the supervisor is out of memory");
        return NULL;
    }
    a->own = conf;
    a->of = template;
    a->cause = r->cause;
    a->heir = graphing_template(s, template);
    a->spawned = true;
    a->spawner = r->by;
    a->parent = children_parent(s, r->by);
    return a;
}

static void children_start(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->state == LIFE_STOPPED)
            member_start(a->members[i]);
}

int children_spawn(struct system *s, const struct children_request *r, struct actor **out,
                   struct err *e)
{
    char name[ADDRESS_MAX + 1];
    const struct topo_actor *template = childname_template(s, r->template, e);
    const struct actor *parent = children_parent(s, r->by);
    int rc;

    if (template == NULL)
        return e->code;
    if ((rc = childname_make(s, parent, r->name, template, name, sizeof(name), e)) != 0 ||
        (rc = ownconf_check(&r->more, e)) != 0)
        return rc;
    *out = NULL;
    if (children_is_there(s, r, template, name, out, e)) {
        if (*out != NULL)
            children_start(*out);
        return *out != NULL ? 0 : e->code;
    }
    if (s->stopping || (parent != NULL && parent->exiting != EXITING_NOT))
        return err_set(e, ERR_REFUSED, "the %s is stopping", s->stopping ? "system" : "parent");
    if (s->n_actors >= CHILDREN_MAX)
        return err_set(e, ERR_FULL, "there are %d actors already", CHILDREN_MAX);
    if ((rc = budget_fits(s, budget_of(template, template->pool), e)) != 0 ||
        (rc = roster_room(s, 1, e)) != 0)
        return rc;
    struct actor *a = children_make(s, r, template, name, e);
    if (a == NULL)
        return e->code;
    if ((rc = roster_join(a, e)) != 0) {
        roster_drop(a);
        return rc;
    }
    event_actor(a, "actor.spawned", "template=%s parent=%s", template->name,
                parent != NULL ? parent->conf->name : "");
    children_start(a);
    *out = a;
    return 0;
}

void children_refuse(struct system *s, const struct children_request *r, struct span tag,
                     const char *why)
{
    const struct actor *parent = children_parent(s, r->by);
    /* One that was to get a name of ours is known by its template. */
    const struct span of = r->name.len == 0 ? r->template : r->name;
    uint32_t at = origin_index(r->by) > 0 ? origin_index(r->by) - 1 : 0;
    char name[ADDRESS_MAX + 1];

    (void)snprintf(name, sizeof(name), "%.180s.%.*s", parent != NULL ? parent->conf->name : "",
                   (int)(of.len > 63 ? 63 : of.len), (const char *)of.data);
    if (parent != NULL && at < parent->n_members)
        member_note(parent->members[at], "spawn.refused reason=\"%s\"", why);
    const struct watching_end end = {name, NULL, "no", why, tag, r->cause};
    watching_deliver(s, r->by, MSG_CHILD_EXITED, &end);
}

void children_spawn_for(struct system *s, const struct children_request *r, struct span tag)
{
    struct actor *a = NULL;
    struct err e = {0, ""};

    if (children_spawn(s, r, &a, &e) != 0) {
        children_refuse(s, r, tag, e.text);
        return;
    }
    if (tag.len == 0 || a == NULL)
        return;
    struct letter reply = {.id = system_id(s, 1),
                           .from = origin_member(a->index, 0),
                           .when = system_when(s),
                           .type = MSG_REPLY,
                           .cause = r->cause,
                           .tag = tag,
                           .body = span_of(a->conf->name, strlen(a->conf->name))};
    router_deliver(s, r->by, &reply);
}

void children_told(struct member *m, bool again)
{
    struct actor *a = m->actor;
    char address[ADDRESS_MAX + 1];

    if (!a->spawned || a->parent == NULL || a->sys->stopping)
        return;
    const struct watching_end end = {member_address(m, address, sizeof(address)),
                                     &m->last,
                                     again ? "yes" : "no",
                                     m->reason,
                                     span_of(NULL, 0),
                                     a->cause};
    watching_deliver(a->sys, a->spawner, MSG_CHILD_EXITED, &end);
    m->promised = again;
}

/* It was said that it will be started again, and it will not; or it never was started. */
static void children_untold(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->promised || a->members[i]->starts == 0)
            children_told(a->members[i], false);
}

/* --- ending --- */

static bool children_is_at_rest(const struct member *m)
{
    return lifecycle_at_rest(m->state) && !m->again;
}

static bool children_rest(const struct actor *a)
{
    return actor_all(a, children_is_at_rest);
}

static const struct actor *children_first(const struct actor *a)
{
    const struct system *s = a->sys;

    for (size_t i = s->topology->n_actors; i < s->n_actors && a->n_children > 0; i++)
        if (s->actors[i]->parent == a && !children_rest(s->actors[i]))
            return s->actors[i];
    return NULL;
}

bool children_live(const struct actor *a)
{
    return children_first(a) != NULL;
}

bool children_reason(const struct member *m, char *buf, size_t size)
{
    const struct actor *a = m->actor, *child = children_first(a);
    unsigned long long queued = actor_queued(a), held = hand_count(&m->speak->hand);
    char more[MEMBER_REASON];

    if (a->exiting == EXITING_NOT || lifecycle_at_rest(m->state))
        return false;
    if (child != NULL)
        (void)snprintf(buf, size, "it ends once its child %s has", child->conf->name);
    else if (!m->halting && queued > 0)
        (void)snprintf(buf, size, "it ends once it has taken what waits: %llu message%s%s%s",
                       queued, queued == 1 ? "" : "s",
                       init_reason(m, more, sizeof(more)) ? "; " : "",
                       init_reason(m, more, sizeof(more)) ? more : "");
    else
        (void)snprintf(buf, size, "it was told to end, with %llu message%s in hand", held,
                       held == 1 ? "" : "s");
    return true;
}

static uint64_t children_got_on(const struct actor *a)
{
    return a->books.handled + a->books.dead + a->books.dropped;
}

/* What waits is handed over first, but not for ever: for as long as some of it goes. */
static void children_grace(struct actor *a)
{
    a->got_on = children_got_on(a);
    (void)loop_timer_start(&a->leave, a->conf->stop.grace_ms);
}

void children_leave(void *arg)
{
    struct actor *a = arg;

    if (a->exiting != EXITING_DRAIN || actor_queued(a) == 0)
        return;
    if (children_got_on(a) != a->got_on || children_live(a))
        children_grace(a);
    else
        children_exit(a, true);
}

void children_exit(struct actor *a, bool now)
{
    if (a->exiting == EXITING_NOW || (a->exiting != EXITING_NOT && !now))
        return;
    if (a->exiting == EXITING_NOT)
        event_actor(a, "actor.exiting", "queued=%llu", (unsigned long long)actor_queued(a));
    a->exiting = now ? EXITING_NOW : EXITING_DRAIN;
    if (!now)
        children_grace(a);
    a->closed = true;
    loop_task_queue(&a->room);
    loop_task_queue(&a->sys->changed);
}

void children_emptied(struct actor *a)
{
    if (a->exiting != EXITING_NOT)
        loop_task_queue(&a->sys->changed);
}

/* What waits is handed over first, as long as there is somebody who will take it. */
static void children_end(struct actor *a)
{
    bool wait = a->exiting == EXITING_DRAIN && actor_queued(a) > 0;

    for (size_t i = 0; i < a->n_members && !wait; i++) {
        struct member *m = a->members[i];
        if (lifecycle_at_rest(m->state) || m->halting)
            continue;
        groups_turn(m, TURN_NONE);
        if (a->exiting == EXITING_NOW || !member_end_input(m, false))
            member_stop(m, false);
    }
}

/* Its children first. */
static void children_exit_on(struct actor *a)
{
    struct system *s = a->sys;

    for (size_t i = s->topology->n_actors; i < s->n_actors && a->n_children > 0; i++)
        if (s->actors[i]->parent == a)
            children_exit(s->actors[i], a->exiting == EXITING_NOW);
    if (!children_live(a))
        children_end(a);
}

static void children_orphaned(struct actor *a)
{
    if (a->of->orphans == ORPHANS_STOP) {
        children_exit(a, false);
        return;
    }
    a->parent->n_children--;
    a->parent = NULL;
    event_actor(a, "actor.orphaned", "%s", "");
}

/* One whose end somebody was told of is gone with it. */
static bool children_done(const struct actor *a)
{
    if (a->n_members == 0 || !children_rest(a))
        return false;
    if (a->exiting != EXITING_NOT)
        return true;
    for (size_t i = 0; i < a->n_members; i++) {
        enum life_state state = a->members[i]->state;
        if (state != LIFE_DONE && (state != LIFE_FAILED || a->parent == NULL))
            return false;
    }
    return true;
}

static void children_one(struct actor *a)
{
    if (a->spawned && a->parent != NULL && a->exiting == EXITING_NOT && children_rest(a->parent))
        children_orphaned(a);
    if (a->exiting != EXITING_NOT)
        children_exit_on(a);
    if (a->spawned && children_done(a) && !children_live(a)) {
        children_untold(a);
        if (a->parent != NULL)
            a->parent->n_children--;
        retiring_bury(a, "its actor has ended");
    } else if (!a->spawned && a->exiting != EXITING_NOT && children_rest(a)) {
        a->exiting = EXITING_NOT; /* stopped, as by hand */
        a->closed = false;
    }
}

void children_follow(struct system *s)
{
    for (size_t i = s->n_actors; i > 0 && !s->stopping; i--) {
        struct actor *a = s->actors[i - 1];
        if (a->spawned || a->exiting != EXITING_NOT)
            children_one(a);
    }
    graves_collect(s);
}
