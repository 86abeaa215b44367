/* At rest is a system in which no member is on its way from one state to another, all threads of
 * all processes that were given something to do since they last were at rest sleep until something
 * comes, and all that they have written was read. A thread that waits for input in vain is not
 * woken by anything but us, another actor's process, or the world outside: so nothing more will
 * come of what was done. Whether a process has acked is not asked: it may keep a message in hand
 * and wait for the answer of another. */
#include "engine/stillness.h"

#include "engine/clients.h"
#include "engine/gatehouse.h"
#include "engine/keeping.h"
#include "engine/mail.h"
#include "io/sleepers.h"

/* For room, or for its turn to say something: others must go on. */
static bool stillness_blocked(const struct member *m)
{
    return m->waiter.on != NULL || m->offers;
}

/* The same, or its process waits for an answer. */
static bool stillness_awaits(const struct member *m)
{
    return stillness_blocked(m) || m->asking > 0 || clients_wait(m->actor->sys, m);
}

static const char *stillness_changing(const struct member *m)
{
    switch (m->state) {
    case LIFE_STARTING:
        return "it starts";
    case LIFE_RUNNING:
        return stillness_awaits(m) ? NULL : "it is not ready";
    case LIFE_STOPPING:
        return stillness_awaits(m) ? NULL : "it is stopping";
    case LIFE_DRAINING:
        return stillness_blocked(m) ? NULL : "it has ended";
    default:
        return NULL;
    }
}

static bool stillness_settled(struct system *s, struct stir *by)
{
    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            struct member *m = s->actors[i]->members[k];
            by->why = stillness_changing(m);
            if (by->why != NULL) {
                by->member = m;
                return false;
            }
            if (m->stirred)
                mail_refresh(m);
        }
    }
    return loop_is_quiet(s->loop) && !keeping_works(s);
}

static const char *stillness_of(struct process *p, uint64_t *print)
{
    const struct member *m = p->member;

    switch (sleepers_look(p->pid, true, print)) {
    case SLEEPERS_RUN:
        return "it runs";
    case SLEEPERS_NAP: /* who has nothing in hand sleeps for reasons of its own */
        return m->given ? "it sleeps for a time" : NULL;
    default:
        break;
    }
    /* One for one message ends by itself, unless it waits for another. */
    return p->job == NULL || clients_wait(m->actor->sys, m) ? NULL : "it runs";
}

static bool stillness_asleep(struct system *s, struct stir *by, uint64_t *print)
{
    for (struct process *p = s->processes; p != NULL; p = p->next) {
        if (!p->member->stirred || p->check != NULL || p->pid == 0 || p->gone)
            continue;
        by->why = stillness_of(p, print);
        if (by->why != NULL) {
            by->member = p->member;
            return false;
        }
    }
    pid_t gate = gatehouse_pid(s);
    if (gate > 0 && sleepers_look(gate, true, print) == SLEEPERS_RUN)
        by->why = "what frames pass through on the network runs";
    else
        by->why = clients_unrest(s, &by->client, print);
    return by->why == NULL;
}

bool stillness_reached(struct system *s, struct stir *by)
{
    uint64_t first = 0, second = 0;

    *by = (struct stir){NULL, 0, NULL};
    if (!loop_is_quiet(s->loop) || !stillness_settled(s, by) || !stillness_asleep(s, by, &first) ||
        !stillness_asleep(s, by, &second) || first != second || !loop_is_quiet(s->loop))
        return false;
    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++)
            s->actors[i]->members[k]->stirred = false;
    return true;
}
