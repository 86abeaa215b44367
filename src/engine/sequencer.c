#include "engine/sequencer.h"

#include "engine/clients.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/mail.h"
#include "engine/member.h"
#include "engine/router.h"
#include "engine/stillness.h"
#include "model/sequence.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SEQUENCER_LOOK_MAX_MS = 20,
    SEQUENCER_PATIENCE = 8, /* a look after an eighth of the time that the step has taken */
    SEQUENCER_HELD_MS = 2000,
    SEQUENCER_CONTROL = 1000000, /* numbers of clients that are no outside senders, from here on */
};

struct sequencer {
    struct system *sys;
    uint64_t seed;
    struct sequence order, other;
    bool skip_time;
    struct loop_timer look; /* at rest yet? */
    struct loop_timer wait; /* until time has passed */
    int64_t wait_ms;
    enum step step; /* that was chosen and is not taken; STEP_NONE: none */
    const struct member *taker;
    uint64_t delivered;
    uint32_t senders;
    int64_t since;  /* the last step */
    int64_t tell;   /* after so many ms it is told who holds it up, next time */
    struct stir by; /* who held up this step, when that was last looked at */
};

/* What could be done next. */
struct candidate {
    struct sequence_choice choice;
    struct member *member;
    enum step step;
};

static void sequencer_due(void *arg);
static void sequencer_time(void *arg);

static void sequencer_armed(void *system)
{
    sequencer_look(system);
}

int sequencer_make(struct system *s, uint64_t seed, bool skip_time)
{
    struct sequencer *q = calloc(1, sizeof(*q));

    if (q == NULL)
        return ERR_NOMEM;
    q->sys = s;
    q->seed = seed;
    q->skip_time = skip_time;
    sequence_init(&q->order, seed);
    sequence_init(&q->other, ~seed);
    loop_timer_init(&q->look, s->loop, sequencer_due, q);
    loop_timer_init(&q->wait, s->loop, sequencer_time, q);
    loop_stand(s->loop, sequencer_armed, s);
    q->since = loop_now(s->loop);
    q->tell = SEQUENCER_HELD_MS;
    s->next_client = SEQUENCER_CONTROL;
    s->sequencer = q;
    return 0;
}

void sequencer_free(struct system *s)
{
    struct sequencer *q = s->sequencer;

    if (q == NULL)
        return;
    loop_timer_stop(&q->look);
    loop_timer_stop(&q->wait);
    s->sequencer = NULL;
    free(q);
}

uint64_t sequencer_random(struct system *s)
{
    return sequence_random(&s->sequencer->other);
}

uint64_t sequencer_seed(const struct system *s)
{
    return s->sequencer->seed;
}

uint32_t sequencer_number(struct system *s)
{
    return ++s->sequencer->senders;
}

const char *sequencer_held_by(const struct member *m)
{
    const struct sequencer *q = m->actor->sys->sequencer;

    if (q == NULL || q->by.member != m || loop_now(q->sys->loop) - q->since < SEQUENCER_HELD_MS)
        return NULL;
    return q->by.why;
}

/* ---- asking for a turn ---- */

void sequencer_wake(struct system *s)
{
    struct sequencer *q = s->sequencer;

    if (!loop_timer_armed(&q->look) || q->look.due > loop_now(s->loop) + 1)
        (void)loop_timer_start(&q->look, 1);
}

bool sequencer_grants(struct member *m, enum step step)
{
    struct sequencer *q = m->actor->sys->sequencer;

    if (m->actor->sys->stopping)
        return true;
    if (step == STEP_MAIL)
        m->declined = false; /* it asks for it */
    if (q->step == step && q->taker == m) {
        q->step = STEP_NONE;
        return true;
    }
    if (step == STEP_SEND)
        m->offers = true;
    sequencer_look(m->actor->sys);
    return false;
}

void sequencer_stop(struct system *s)
{
    if (s->sequencer == NULL)
        return;
    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++)
            if (s->actors[i]->members[k]->offers)
                loop_task_queue(&s->actors[i]->members[k]->room);
}

void sequencer_stir(struct member *m)
{
    if (m->actor->sys->sequencer == NULL)
        return;
    m->stirred = true;
    sequencer_look(m->actor->sys);
}

void sequencer_stir_origin(struct system *s, mail_origin who)
{
    if (s->sequencer == NULL || who == ORIGIN_SYSTEM || origin_is_client(who))
        return;
    struct actor *a = s->slots[origin_actor(who)];
    uint32_t index = origin_index(who);
    sequencer_stir(a->members[index > 0 ? index - 1 : 0]);
}

void sequencer_gave(struct member *m, const struct letter *l)
{
    struct sequencer *q = m->actor->sys->sequencer;
    char from[ADDRESS_MAX + 1];

    m->given = true;
    m->tried = m->starts;
    sequencer_stir(m);
    (void)router_origin(m->actor->sys, l->from, from, sizeof(from));
    event_apart(m, "mail.delivered", "n=%llu id=%016llx from=%s type=%s",
                (unsigned long long)++q->delivered, (unsigned long long)l->id, from,
                frame_type_name(l->type));
}

/* ---- choosing ---- */

static void sequencer_may(struct sequencer *q, struct candidate *best, struct member *m,
                          enum step step)
{
    uint64_t key = sequence_key(m->actor->conf->name, m->index, step);

    if (sequence_better(&q->order, &best->choice, key)) {
        best->member = m;
        best->step = step;
    }
}

static void sequencer_member(struct sequencer *q, struct candidate *best, struct member *m)
{
    if (m->offers && (lifecycle_has_process(m->state) || m->state == LIFE_DRAINING))
        sequencer_may(q, best, m, STEP_SEND);
    if (!m->declined && mail_waits(m))
        sequencer_may(q, best, m, STEP_MAIL);
    if (m->state == LIFE_READY && !m->ending && flow_ends(m->actor))
        sequencer_may(q, best, m, STEP_END);
    if (clients_gated(q->sys, m))
        sequencer_may(q, best, m, STEP_CLIENT);
}

static void sequencer_take(struct sequencer *q, struct member *m, enum step step)
{
    q->step = step;
    q->taker = m;
    sequence_step(&q->order);
    switch (step) {
    case STEP_SEND:
        m->offers = false;
        loop_task_queue(&m->room);
        break;
    case STEP_MAIL:
        m->declined = true; /* until it takes, or asks */
        m->speak->ops->mail(m->speak);
        break;
    case STEP_END:
        flow_check(m->actor);
        break;
    case STEP_CLIENT:
        clients_admit(q->sys, m);
        break;
    default:
        break;
    }
    sequencer_stir(m);
}

/* Those that are to start come before all else, each alone, in the order of the file. */
static bool sequencer_starts(struct sequencer *q)
{
    struct system *s = q->sys;

    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            struct member *m = s->actors[i]->members[k];
            if (m->state != LIFE_WAITING)
                continue;
            q->step = STEP_START;
            q->taker = m;
            member_check(m);
            if (m->state != LIFE_WAITING)
                return true;
        }
    }
    q->step = STEP_NONE;
    return false;
}

/* It failed, and tries again by itself. Who has ended more often than its `limit` has restarts, and
 * got nothing since anything came, may go on like that for ever: nobody waits for it. */
static bool sequencer_retries(const struct member *m)
{
    bool restarts =
        loop_timer_armed(&m->backoff) && m->starts - m->tried <= m->actor->conf->limit.restarts;

    return restarts || (m->speak->ops->retries != NULL && m->speak->ops->retries(m->speak));
}

/* May what comes from outside be taken, as nothing else is left to be done now? What failed is left
 * until it has been tried again: else it would be a matter of the clock which of both comes first.
 * Timers have no end; where time takes none they come before all the same. */
static bool sequencer_opens(const struct sequencer *q)
{
    const struct system *s = q->sys;

    if (q->skip_time && loop_left(s->loop) >= 0)
        return false;
    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++)
            if (sequencer_retries(s->actors[i]->members[k]))
                return false;
    return true;
}

static bool sequencer_admit(struct system *s)
{
    if (!clients_admit(s, NULL))
        return false;
    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++)
            s->actors[i]->members[k]->tried = s->actors[i]->members[k]->starts;
    return true;
}

/* False: there is nothing to be done but to wait for time to pass. */
static bool sequencer_step(struct sequencer *q)
{
    struct system *s = q->sys;
    struct candidate best = {.step = STEP_NONE};

    q->step = STEP_NONE;
    if (sequencer_starts(q))
        return true;
    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++)
            sequencer_member(q, &best, s->actors[i]->members[k]);
    if (best.step == STEP_NONE)
        return sequencer_opens(q) && sequencer_admit(s);
    sequencer_take(q, best.member, best.step);
    return true;
}

/* ---- when ---- */

static void sequencer_wait(struct sequencer *q)
{
    int64_t left = loop_left(q->sys->loop);

    if (left < 0 || loop_timer_armed(&q->wait))
        return;
    q->wait_ms = left;
    (void)loop_timer_start(&q->wait, q->skip_time ? 0 : left);
}

/* Nothing else was to be done for so long. */
static void sequencer_time(void *arg)
{
    struct sequencer *q = arg;
    struct stir by;

    if (q->sys->stopping)
        return;
    if (stillness_reached(q->sys, &by) && !loop_timer_armed(&q->look))
        loop_pass(q->sys->loop);
    q->since = loop_now(q->sys->loop);
    sequencer_look(q->sys);
}

static void sequencer_held(struct sequencer *q, const struct stir *by, int64_t ms)
{
    struct system *s = q->sys;
    char address[ADDRESS_MAX + 16];

    if (by->why == NULL) /* it is only that something came */
        return;
    q->by = *by;
    if (ms < q->tell)
        return;
    q->tell *= 4;
    if (by->member != NULL)
        (void)member_address(by->member, address, sizeof(address));
    else
        (void)snprintf(address, sizeof(address), by->client > 0 ? "~%u" : "gate", by->client);
    event_system(s, "sequential.held", "by=%s for_ms=%lld reason=\"%s\"", address, (long long)ms,
                 by->why);
}

static void sequencer_due(void *arg)
{
    struct sequencer *q = arg;
    struct system *s = q->sys;
    int64_t now = loop_now(s->loop), ms = now - q->since;
    struct stir by;

    if (s->stopping)
        return;
    if (!stillness_reached(s, &by)) {
        sequencer_held(q, &by, ms);
        ms /= SEQUENCER_PATIENCE;
        ms = ms < 1 ? 1 : ms;
        (void)loop_timer_start(&q->look, ms < SEQUENCER_LOOK_MAX_MS ? ms : SEQUENCER_LOOK_MAX_MS);
        return;
    }
    q->tell = SEQUENCER_HELD_MS;
    q->since = now;
    q->by = (struct stir){NULL, 0, NULL};
    if (sequencer_step(q)) {
        loop_timer_stop(&q->wait);
        (void)loop_timer_start(&q->look, 1);
        return;
    }
    sequencer_wait(q);
}
