#include "engine/member.h"

#include "base/text.h"
#include "engine/attach.h"
#include "engine/children.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/gatehouse.h"
#include "engine/groups.h"
#include "engine/hosts.h"
#include "engine/init.h"
#include "engine/mail.h"
#include "engine/memberparts.h"
#include "engine/post.h"
#include "engine/probe.h"
#include "engine/process.h"
#include "engine/relay.h"
#include "engine/router.h"
#include "engine/routing.h"
#include "engine/scaling.h"
#include "engine/sending.h"
#include "engine/sequencer.h"
#include "engine/vain.h"
#include "engine/watching.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At least so long after a start for which there was no process: no limit ends these. */
/* What it waits for has its place behind "waiting for ". */
enum { MEMBER_SCARCE_MS = 100, MEMBER_WHAT = MEMBER_REASON - 12 };

static void member_set_reason(struct member *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void member_set_reason(struct member *m, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)text_shown(text, strlen(text), m->reason, sizeof(m->reason));
}

/* --- starting --- */

static bool member_may_start(const struct member *m)
{
    return m->state == LIFE_WAITING && m->turn == TURN_NONE && !m->actor->sys->stopping;
}

bool member_host_reason(const struct member *m, char *buf, size_t size)
{
    char what[MEMBER_WHAT], text[MEMBER_REASON];

    if (!member_may_start(m) || flow_waits(m->actor, what, sizeof(what)) ||
        groups_wait(m->actor, what, sizeof(what)) || !hosts_says(m, what, sizeof(what)))
        return false;
    (void)vain_text(m->actor, what, sizeof(what));
    (void)snprintf(text, sizeof(text), "waiting for %s", what);
    (void)text_shown(text, strlen(text), buf, size);
    return true;
}

void member_check(struct member *m)
{
    char what[MEMBER_WHAT];

    if (!member_may_start(m))
        return;
    if (!flow_waits(m->actor, what, sizeof(what)) && !groups_wait(m->actor, what, sizeof(what)) &&
        !gatehouse_waits(m->actor, what, sizeof(what)) && !hosts_waits(m, what, sizeof(what))) {
        if (sequencer_allows(m, STEP_START))
            member_on(m, LIFE_ON_CLEAR);
        return;
    }
    (void)vain_text(m->actor, what, sizeof(what));
    member_set_reason(m, "waiting for %s", what);
}

static void member_spawn(struct member *m)
{
    struct err e = {0, ""};
    char why[MEMBER_REASON];

    m->ending = m->bounces = m->starved = m->cleaned = m->given = m->offers = m->declined = false;
    init_begin(m);
    m->speak->window_matters =
        (m->actor->n_members > 1 || m->actor->conf->is_elastic) && m->actor->sys->sequencer == NULL;
    sequencer_stir(m);
    m->edition = m->actor->edition;
    m->promised = false;
    m->unfit = UNFIT_NOT;
    m->reason[0] = '\0';
    m->starts++;
    m->spawned = system_now(m->actor->sys);
    int rc = hosts_move(m, &e);
    if (rc == 0)
        rc = member_begin(m, &e);
    if (rc != 0) {
        m->last = (struct policy_exit){.scarce = rc == ERR_AGAIN || rc == ERR_NOMEM};
        m->has_last = true;
        event_member(m, "actor.start_failed", "reason=\"%s\"", e.text);
        member_set_reason(m, "%s", text_cut(e.text, why, sizeof(why)));
        member_on(m, LIFE_ON_EXITED);
        return;
    }
    if (m->process.post == NULL)
        event_member(m, "actor.start", "pid=%d", (int)m->process.pid);
    else /* its pid will be told */
        event_member(m, "actor.start", "host=%s", hosts_name(m));
    member_on(m, LIFE_ON_STARTED);
    if ((m->actor->conf->ready == READY_START && m->process.post == NULL) || attach_is_ready(m) ||
        hosts_is_ready(m))
        member_ready(m); /* of one on another host that is told */
    if (m->halting)
        member_on(m, LIFE_ON_HALT);
}

void member_ready(struct member *m)
{
    if (m->state != LIFE_RUNNING)
        return;
    member_on(m, LIFE_ON_ISREADY);
    event_member(m, "actor.ready", "%s", "");
    routing_sized(m->actor);
    loop_task_queue(&m->actor->deliver);
}

/* --- ending --- */

void member_unfit(struct member *m, enum unfit why, const char *fmt, ...)
{
    char text[MEMBER_REASON];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    m->unfit = why;
    member_set_reason(m, "%s", text);
    event_member(m, why == UNFIT_LATE ? "actor.not_ready" : "actor.unhealthy", "reason=\"%s\"",
                 m->reason);
    member_on(m, LIFE_ON_UNFIT);
}

static void member_term(struct member *m)
{
    if (m->actor->conf->speaks != SPEAKS_ONCE || m->host != NULL) {
        process_stop(&m->process);
        return;
    }
    /* From here on it starts nothing, and what it loses is no failed attempt. */
    uint64_t n_read = 0;
    (void)m->speak->ops->drain(m->speak, &m->last, &n_read);
    if (m->jobs == 0) {
        m->last = (struct policy_exit){.started = true};
        member_on(m, LIFE_ON_EXITED);
        return;
    }
    for (struct process *p = m->actor->sys->processes; p != NULL; p = p->next)
        if (p->member == m)
            process_stop(p);
}

void member_over(struct process *p)
{
    p->member->cleaned = true;
    member_drain(p->member);
}

void member_process_gone(struct process *p)
{
    struct member *m = p->member;
    struct policy_exit bare = p->how;
    char how[32];

    if (p != &m->process) {
        process_clean(p);
        return;
    }
    m->last = p->how;
    if (policy_exit_ok(&p->how) && m->unfit == UNFIT_NOT && gatehouse_missed(m)) {
        m->unfit = UNFIT_UNWELL;
        member_set_reason(m, "%s", "the gate has ended before there was a connection");
    }
    m->last.unfit = m->unfit != UNFIT_NOT;
    m->has_last = true;
    if (!p->how.started) { /* told from another host */
        event_member(m, "actor.start_failed", "reason=\"%s\"", m->reason);
        member_on(m, LIFE_ON_EXITED);
        return;
    }
    bare.cause = POLICY_NO_LIMIT; /* an event of its own tells that */
    event_member(m, "actor.exit", "pid=%d %s=%s%.0d", post_pid_of(p),
                 bare.signal != 0 ? "signal" : "status",
                 strchr(policy_exit_text(&bare, how, sizeof(how)), ' ') + 1, 0);
    member_on(m, LIFE_ON_EXITED);
}

static void member_clean(struct member *m)
{
    if (m->last.started && m->unfit != UNFIT_LATE &&
        system_now(m->actor->sys) - m->spawned >= m->actor->conf->backoff.reset_ms)
        m->in_a_row = 0;
    if (m->process.pid != 0) {
        process_clean(&m->process);
        return;
    }
    m->cleaned = true;
    member_drain(m);
}

/* Does its own limit allow one more restart, and its group's? */
static bool member_within(struct member *m)
{
    char how[MEMBER_REASON], over[80];

    if (m->blamed || m->process.doing == DOING_OTHERS)
        return true;
    bool own = policy_limiter_allow(&m->limiter, system_now(m->actor->sys));
    if (own && groups_allow(m))
        return true;
    if (m->last.unfit || !m->last.started)
        (void)snprintf(how, sizeof(how), "%s", m->reason);
    else
        (void)policy_exit_text(&m->last, how, sizeof(how));
    if (own)
        member_set_reason(m, "%.110s; last: %s", m->actor->group->why, how);
    else
        member_set_reason(m, "%s; last: %s", policy_limiter_text(&m->limiter, over, sizeof(over)),
                          how);
    return false;
}

/* The members of a pool stand for each other: one of them starts again alone. */
static enum strategy member_strategy(const struct member *m)
{
    const struct actor *a = m->actor;
    bool alone = a->n_members > 1 || a->conf->is_elastic || a->spawned || a->conf->is_host;

    return alone ? STRATEGY_ONE_FOR_ONE : a->group->conf->strategy;
}

/* What becomes of it, once all is cleaned up. */
static enum strategy_verdict member_verdict(struct member *m)
{
    struct strategy_end end = {.restart = (enum policy_restart)m->actor->conf->restart,
                               .how = m->last,
                               .halted = m->halting || m->attached != NULL,
                               .ended = m->ending};
    char how[32];

    if (m->last.started && !m->last.unfit)
        member_set_reason(m, "%s", policy_exit_text(&m->last, how, sizeof(how)));
    if (m->turn == TURN_FALL && !m->again) {
        member_set_reason(m, "%s", m->fell);
        return STRATEGY_FAILS;
    }
    bool within = m->last.scarce || !strategy_again(&end) || member_within(m);
    return strategy_decide(member_strategy(m), &end, within);
}

static void member_conclude(struct member *m, enum strategy_verdict verdict)
{
    static const enum life_event events[] = {
        [STRATEGY_IS_STOPPED] = LIFE_ON_HALTED,  [STRATEGY_IS_DONE] = LIFE_ON_WELL,
        [STRATEGY_FAILS] = LIFE_ON_BADLY,        [STRATEGY_RESTART_ONE] = LIFE_ON_AGAIN,
        [STRATEGY_RESTART_REST] = LIFE_ON_AGAIN, [STRATEGY_RESTART_ALL] = LIFE_ON_AGAIN,
    };

    children_told(m, events[verdict] == LIFE_ON_AGAIN || m->again);
    member_on(m, events[verdict]);
    if (events[verdict] == LIFE_ON_AGAIN)
        groups_restart(m, verdict);
    else if (verdict == STRATEGY_FAILS)
        groups_failed(m);
}

void member_drain(struct member *m)
{
    uint64_t n_read = 0;

    if (m->state != LIFE_DRAINING || !m->cleaned || !probe_gone(m))
        return;
    if (!m->speak->ops->drain(m->speak, &m->last, &n_read) || !sending_flush(m)) {
        member_overstays(m);
        return; /* its task comes back when there is room */
    }
    if (m->actor->sys->relay != NULL)
        m->actor->sys->relay->settle(m, n_read);
    else
        mail_settle(m, n_read);
    m->speak->ops->stop(m->speak);
    process_release(&m->process);
    member_conclude(m, member_verdict(m));
}

void member_room(void *arg)
{
    struct member *m = arg;

    sequencer_stir(m);
    if (!sending_flush(m) && sending_congested(m))
        return;
    if (m->state == LIFE_DRAINING)
        member_drain(m);
    else if (lifecycle_has_process(m->state))
        m->speak->ops->room(m->speak);
}

void member_woken(struct waiter *w)
{
    struct member *m = (struct member *)(void *)((char *)w - offsetof(struct member, waiter));

    loop_task_queue(&m->room);
}

static void member_delay(struct member *m)
{
    const struct topo_backoff *b = &m->actor->conf->backoff;
    struct policy_backoff p = {b->min_ms, b->max_ms, b->factor, b->jitter};

    if (m->process.doing != DOING_OTHERS || m->in_a_row == 0)
        m->in_a_row++;
    m->restarts++;
    int64_t ms = policy_delay(&p, m->in_a_row, system_random(m->actor->sys));
    if (m->last.scarce && ms < MEMBER_SCARCE_MS)
        ms = MEMBER_SCARCE_MS;
    event_member(m, "actor.restart", "in_ms=%lld restarts=%llu", (long long)ms,
                 (unsigned long long)m->restarts);
    (void)loop_timer_start(&m->backoff, ms);
}

void member_due(void *arg)
{
    member_on(arg, LIFE_ON_DUE);
}

static void member_end(struct member *m)
{
    struct actor *a = m->actor;

    loop_timer_stop(&m->backoff);
    attach_over(m);
    if (m->state == LIFE_STOPPED && m->again && !a->sys->stopping) {
        m->again = m->halting = false;
        member_on(m, LIFE_ON_WANTED);
        return;
    }
    static const char *const names[LIFE_N_STATES] = {[LIFE_DONE] = "actor.done",
                                                     [LIFE_FAILED] = "actor.failed",
                                                     [LIFE_STOPPED] = "actor.stopped"};
    event_member(m, names[m->state], "reason=\"%s\"", m->reason);
    if (m->state == LIFE_DONE)
        router_bury_member(m, "done");
    if (actor_is_done(a)) {
        router_bury_all(a, "done");
        loop_task_queue(&a->room);
    }
    scaling_gone(m);
    watching_tell(a, m->reason);
}

static void member_nothing(struct member *m)
{
    (void)m;
}

static void member_never(struct member *m)
{
    event_member(m, "internal.error", "state=%s", lifecycle_name(m->state));
}

void member_on(struct member *m, enum life_event event)
{
    static void (*const actions[])(struct member *) = {
        [LIFE_NONE] = member_nothing, [LIFE_WAIT] = member_check,  [LIFE_SPAWN] = member_spawn,
        [LIFE_TERM] = member_term,    [LIFE_CLEAN] = member_clean, [LIFE_DELAY] = member_delay,
        [LIFE_END] = member_end,      [LIFE_NEVER] = member_never,
    };
    struct life_step step = lifecycle_step(m->state, event);

    if (step.next != m->state) {
        m->state = step.next;
        if (m->state != LIFE_READY)
            m->since = loop_now(m->actor->sys->loop);
        probe_follow(m);
        loop_task_queue(&m->actor->sys->changed);
        sequencer_look(m->actor->sys);
    }
    actions[step.action](m);
}
