/* A member is started, stopped or killed: by hand, by `up` and by `down`. */
#include "engine/carrier.h"
#include "engine/groups.h"
#include "engine/memberparts.h"
#include "engine/process.h"
#include "engine/sequencer.h"

#include <signal.h>

/* Its pool has become smaller, or the file has it no more: it does not start again. */
static bool member_goes(const struct member *m)
{
    return m->leaving || m->actor->removed;
}

void member_start(struct member *m)
{
    struct member *host = carrier_host(m);

    if (member_goes(m))
        return;
    if (host != NULL && lifecycle_at_rest(host->state))
        member_start(host);
    m->actor->enabled = true;
    m->again = m->halting;
    groups_forgive(m);
    groups_turn(m, TURN_NONE);
    if (lifecycle_at_rest(m->state) || m->state == LIFE_BACKOFF) {
        m->halting = m->again = false;
        m->in_a_row = 0;
        policy_limiter_reset(&m->limiter);
        loop_timer_stop(&m->backoff);
        m->actor->closed = false;
    }
    member_on(m, LIFE_ON_WANTED);
}

void member_stop(struct member *m, bool again)
{
    again = again && !member_goes(m);
    if (lifecycle_at_rest(m->state)) {
        if (again)
            member_start(m);
        else
            member_on(m, LIFE_ON_HALT);
        return;
    }
    m->halting = true;
    m->again = again;
    member_on(m, LIFE_ON_HALT);
}

bool member_finish(struct member *m, bool again)
{
    bool idle = m->handled == 0 && hand_count(&m->speak->hand) == 0;

    return !idle && member_end_input(m, again);
}

void member_overstays(struct member *m)
{
    if (m->halting && !m->bounces && !loop_timer_armed(&m->finish))
        (void)loop_timer_start(&m->finish, m->actor->conf->stop.grace_ms);
}

/* In a ring of full mailboxes there will never be room; elsewhere it is waited for. */
void member_overdue(void *arg)
{
    struct member *m = arg;
    char ring[256];

    if (m->state == LIFE_READY && m->halting)
        member_on(m, LIFE_ON_HALT);
    if (m->state != LIFE_DRAINING || m->waiter.on == NULL)
        return;
    m->bounces = m->halting && member_ring(m, ring, sizeof(ring));
    if (m->bounces)
        loop_task_queue(&m->room);
    else
        member_overstays(m);
}

/* Its jobs are processes of their own, and some messages in hand wait without one. */
static void byhand_grace(struct member *m)
{
    const struct topo_actor *c = m->actor->conf;

    if (c->speaks == SPEAKS_ONCE && m->host == NULL)
        (void)loop_timer_start(&m->finish, c->stop.grace_ms);
    else
        process_end_later(&m->process);
}

bool member_end_input(struct member *m, bool again)
{
    if (m->state != LIFE_READY || m->actor->conf->speaks == SPEAKS_NONE || m->halting)
        return false;
    m->halting = true;
    m->again = again;
    byhand_grace(m);
    if (!m->ending) {
        m->ending = true;
        m->speak->ops->end(m->speak);
        sequencer_stir(m);
    }
    return true;
}

void member_kill_now(struct member *m)
{
    for (struct process *p = m->actor->sys->processes; p != NULL; p = p->next)
        if (p->member == m)
            process_kill(p, SIGKILL);
}
