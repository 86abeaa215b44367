#include "engine/groups.h"

#include "engine/events.h"
#include "engine/member.h"
#include "engine/memberparts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- making them --- */

static void groups_drop(struct group *groups, size_t n)
{
    for (size_t i = 0; i < n; i++)
        policy_limiter_release(&groups[i].limiter);
    free(groups);
}

static int groups_one(struct group *groups, const struct topo_group *conf, size_t i, struct err *e)
{
    struct group *g = &groups[i];

    g->conf = conf;
    g->parent = i == 0 ? NULL : &groups[conf->parent];
    if (conf->acts &&
        policy_limiter_init(&g->limiter, conf->limit.restarts, conf->limit.within_ms) != 0)
        return err_set(e, ERR_NOMEM, "out of memory");
    return 0;
}

/* What is known of a group of that name goes on to hold. */
static void groups_inherit(struct group *g, struct group *was)
{
    const struct topo_limit *l = &g->conf->limit, *k = &was->conf->limit;

    g->failed = was->failed;
    memcpy(g->why, was->why, sizeof(g->why));
    if (g->conf->acts && was->conf->acts && l->restarts == k->restarts &&
        l->within_ms == k->within_ms) {
        struct policy_limiter fresh = g->limiter;
        g->limiter = was->limiter;
        was->limiter = fresh;
    }
}

/* Who stands in which group, and behind whom. Those that the file has no more stand by themselves.
 */
static void groups_place(struct system *s)
{
    const struct topology *t = s->topology;

    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        a->group = &s->groups[i < t->n_actors ? t->actors[i].group : 0];
        a->before = a->behind = NULL;
    }
    for (size_t i = 0; i < t->n_actors; i++) {
        struct actor *a = s->actors[i];
        s->actors[t->order[i]]->place = i;
        if (t->actors[i].before == TOPO_NOBODY)
            continue;
        a->before = s->actors[t->actors[i].before];
        a->before->behind = a;
    }
}

int groups_make(struct system *s, struct err *e)
{
    const struct topology *t = s->topology;
    struct group *groups = calloc(t->n_groups, sizeof(*groups));
    int rc = groups == NULL ? err_set(e, ERR_NOMEM, "out of memory") : 0;

    for (size_t i = 0; i < t->n_groups && rc == 0; i++)
        rc = groups_one(groups, &t->groups[i], i, e);
    if (rc != 0) {
        groups_drop(groups, groups == NULL ? 0 : t->n_groups);
        return rc;
    }
    for (size_t i = 0; i < t->n_groups; i++)
        for (size_t k = 0; k < s->n_groups; k++)
            if (strcmp(groups[i].conf->name, s->groups[k].conf->name) == 0)
                groups_inherit(&groups[i], &s->groups[k]);
    groups_drop(s->groups, s->n_groups);
    s->groups = groups;
    s->n_groups = t->n_groups;
    groups_place(s);
    return 0;
}

void groups_free(struct system *s)
{
    groups_drop(s->groups, s->n_groups);
    s->groups = NULL;
    s->n_groups = 0;
}

static struct actor *groups_at(struct system *s, size_t place)
{
    return s->actors[s->topology->order[place]];
}

bool groups_has(const struct actor *a, const char *name)
{
    for (const struct group *g = a->group; g != NULL; g = g->parent)
        if (strcmp(g->conf->name, name) == 0)
            return true;
    return false;
}

/* --- order --- */

static bool groups_lives(const struct member *m)
{
    return !lifecycle_at_rest(m->state) && m->state != LIFE_WAITING && m->state != LIFE_BACKOFF;
}

static bool groups_leaves(const struct member *m)
{
    return m->turn != TURN_NONE && groups_lives(m);
}

/* It will start, and has not yet. */
static bool groups_starts(const struct member *m)
{
    return m->state == LIFE_WAITING || m->state == LIFE_BACKOFF || m->state == LIFE_STARTING;
}

bool groups_wait(const struct actor *a, char *buf, size_t size)
{
    for (const struct actor *b = a->behind; a->sys->turning > 0 && b != NULL; b = b->behind) {
        if (!actor_any(b, groups_leaves))
            continue;
        (void)snprintf(buf, size, "%s to stop", b->conf->name);
        return true;
    }
    /* One that runs has seen to those before it when it started. */
    for (const struct actor *b = a->before; b != NULL; b = b->before) {
        bool leaves = actor_any(b, groups_leaves);
        if (leaves || actor_any(b, groups_starts)) {
            (void)snprintf(buf, size, "%s to %s", b->conf->name, leaves ? "stop" : "start");
            return true;
        }
        if (actor_any(b, groups_lives))
            break;
    }
    return false;
}

bool groups_alive(const struct actor *a)
{
    return actor_any(a, groups_lives);
}

bool groups_followed(const struct actor *a)
{
    for (const struct actor *b = a->behind; b != NULL; b = b->behind)
        if (actor_any(b, groups_lives))
            return true;
    return false;
}

void groups_halt(struct member *m, bool again)
{
    bool alone = m->actor->before == NULL && m->actor->behind == NULL;

    m->afresh = m->afresh && again;
    if (alone || !groups_lives(m))
        member_stop(m, again);
    else
        groups_turn(m, again ? TURN_RESTART : TURN_HALT);
}

void groups_turn(struct member *m, enum turn turn)
{
    struct system *s = m->actor->sys;

    s->turning += m->turn == TURN_NONE && turn != TURN_NONE;
    s->turning -= m->turn != TURN_NONE && turn == TURN_NONE;
    m->turn = turn;
    loop_task_queue(&s->changed);
}

/* What becomes of one that has no process: at once, whatever its place. */
static void groups_turned(struct member *m)
{
    enum turn turn = m->turn;

    groups_turn(m, TURN_NONE);
    if (turn == TURN_FALL) {
        if (!lifecycle_at_rest(m->state))
            (void)snprintf(m->reason, sizeof(m->reason), "%s", m->fell);
        member_on(m, LIFE_ON_FALL);
    } else if (turn == TURN_HALT) {
        member_stop(m, false);
    } else if (m->state == LIFE_DONE) {
        member_on(m, LIFE_ON_WANTED);
    }
}

static void groups_stop(struct member *m)
{
    bool again = m->turn == TURN_RESTART;

    if (m->halting && m->again == again)
        return;
    if (m->turn != TURN_FALL) {
        member_stop(m, again);
        return;
    }
    m->halting = true;
    m->again = false;
    member_on(m, LIFE_ON_FALL);
}

void groups_step(struct system *s)
{
    bool followed = false; /* does one behind it in its order still run, and is to stop? */

    for (size_t place = s->topology->n_actors; place > 0 && s->turning > 0; place--) {
        struct actor *a = groups_at(s, place - 1);
        if (a->behind == NULL)
            followed = false;
        for (size_t i = 0; i < a->n_members; i++) {
            struct member *m = a->members[i];
            if (m->turn == TURN_NONE)
                continue;
            if (!groups_lives(m))
                groups_turned(m);
            else if (!followed)
                groups_stop(m);
        }
        followed = followed || actor_any(a, groups_leaves);
    }
}

/* --- restarts --- */

bool groups_allow(struct member *m)
{
    struct group *g = m->actor->group;
    char over[80];

    if (!g->conf->acts || m->actor->spawned ||
        policy_limiter_allow(&g->limiter, system_now(m->actor->sys)))
        return true;
    (void)snprintf(g->why, sizeof(g->why), "the group %s is %s", g->conf->name,
                   policy_limiter_text(&g->limiter, over, sizeof(over)));
    return false;
}

/* Is it to be started again with its group? What was done runs again, unless it is never started
 * again; what was stopped by hand stays so. */
static bool groups_joins(const struct member *m)
{
    if (!m->actor->enabled || m->turn == TURN_FALL || m->turn == TURN_HALT)
        return false;
    if (m->state == LIFE_DONE)
        return m->actor->conf->restart != RESTART_NEVER;
    return groups_lives(m) && (!m->halting || m->again);
}

void groups_restart(struct member *m, enum strategy_verdict verdict)
{
    struct system *s = m->actor->sys;
    struct group *g = m->actor->group;
    char address[ADDRESS_MAX + 1];
    size_t first = g->conf->first, n = 0;

    if (verdict == STRATEGY_RESTART_ONE || s->stopping)
        return;
    if (verdict == STRATEGY_RESTART_REST)
        first = m->actor->place + 1;
    for (size_t p = first; p < g->conf->first + g->conf->n; p++) {
        struct actor *a = groups_at(s, p);
        for (size_t i = 0; i < a->n_members; i++) {
            struct member *other = a->members[i];
            if (other == m || !groups_joins(other))
                continue;
            other->restarts += other->turn != TURN_RESTART && !other->again; /* once */
            groups_turn(other, TURN_RESTART);
            n++;
        }
    }
    event_system(s, "group.restart", "group=%s strategy=%s cause=%s members=%zu", g->conf->name,
                 strategy_name(g->conf->strategy), member_address(m, address, sizeof(address)), n);
}

/* --- failing --- */

static void groups_fall(struct system *s, const struct group *g)
{
    for (size_t i = 0; i < s->n_groups; i++) {
        const struct topo_group *c = s->groups[i].conf;
        if (c->n > 0 && c->first >= g->conf->first &&
            c->first + c->n <= g->conf->first + g->conf->n)
            s->groups[i].failed = true;
    }
    for (size_t p = g->conf->first; p < g->conf->first + g->conf->n; p++) {
        struct actor *a = groups_at(s, p);
        for (size_t i = 0; i < a->n_members; i++) {
            struct member *m = a->members[i];
            if (lifecycle_at_rest(m->state))
                continue;
            (void)snprintf(m->fell, sizeof(m->fell), "its group %s failed: %.100s", g->conf->name,
                           g->why);
            groups_turn(m, TURN_FALL);
        }
    }
}

void groups_failed(struct member *m)
{
    struct system *s = m->actor->sys;
    struct group *g = m->actor->group, *top = NULL;
    char address[ADDRESS_MAX + 1], why[GROUP_WHY];

    (void)snprintf(why, sizeof(why), "%s: %s", member_address(m, address, sizeof(address)),
                   m->reason);
    if (m->actor->spawned) /* its parent is told */
        return;
    for (; g != NULL && g->conf->acts && !g->failed && !s->stopping; g = g->parent) {
        g->failed = true;
        (void)snprintf(g->why, sizeof(g->why), "%s", why);
        event_system(s, "group.failed", "group=%s reason=\"%s\"", g->conf->name, why);
        (void)snprintf(why, sizeof(why), "%.60s: %.*s", g->conf->name, (int)sizeof(why) - 70,
                       g->why);
        top = g;
    }
    if (top == NULL)
        return;
    groups_fall(s, top);
    if (top->parent != NULL)
        return;
    event_system(s, "system.failed", "reason=\"%s\"", top->why);
    s->failed = true;
    if (s->front)
        (void)fprintf(stderr, "actorsup: root failed: %s\n", top->why);
}

void groups_forgive(struct member *m)
{
    for (struct group *g = m->actor->group; g != NULL; g = g->parent) {
        g->failed = false;
        if (g->conf->acts)
            policy_limiter_reset(&g->limiter);
    }
}
