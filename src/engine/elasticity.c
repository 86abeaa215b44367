#include "engine/elasticity.h"

#include "engine/init.h"
#include "engine/routing.h"
#include "engine/scaling.h"
#include "model/elastic.h"

static struct elastic_rule elasticity_rule(const struct actor *a)
{
    const struct topo_elastic *e = &a->conf->elastic;

    return (struct elastic_rule){e->min, e->max, e->idle_ms};
}

/* What more members could take: not what is for NAME/N. */
static uint64_t elasticity_queued(const struct actor *a)
{
    return mailbox_queued(a->shared) + routing_queued(a);
}

static int64_t elasticity_older(const struct actor *a, struct mailbox *box, int64_t than)
{
    uint32_t now = (uint32_t)loop_now(a->sys->loop);
    struct letter l;

    if (box == NULL || !mailbox_peek(box, &l) || (int32_t)(now - l.when) < than)
        return than;
    return (int32_t)(now - l.when);
}

static struct elastic_load elasticity_load(const struct actor *a)
{
    struct mailbox *const *aside = routing_aside(a);
    int64_t oldest = elasticity_older(a, a->shared, 0);

    if (aside != NULL)
        oldest = elasticity_older(a, *aside, oldest);
    for (size_t i = 0; i < a->n_made; i++)
        oldest = elasticity_older(a, a->members[i]->keyed, oldest);
    return (struct elastic_load){.members = (unsigned)a->n_members,
                                 .queued = elasticity_queued(a),
                                 .oldest_ms = oldest,
                                 .service_ms = a->service_ms};
}

/* For how long the last member has had nothing to do; -1: it has. */
static int64_t elasticity_idle(const struct actor *a)
{
    const struct member *m = a->members[a->n_members - 1];
    bool own = (m->own != NULL && mailbox_queued(m->own) > 0) ||
               (m->keyed != NULL && mailbox_queued(m->keyed) > 0);

    if (m->state != LIFE_READY || own || hand_count(&m->speak->hand) > 0)
        return -1;
    return loop_now(a->sys->loop) - (m->worked > m->since ? m->worked : m->since);
}

/* It is one of more than one, or will be. */
static bool elasticity_is(const struct actor *a)
{
    return a->conf->is_elastic && a->sys->sequencer == NULL && a->n_members > 0 && a->enabled &&
           !a->sys->stopping && !a->removed && a->pending == NULL && !a->closed &&
           (a->init == NULL || !init_holds(a));
}

static void elasticity_arm(struct actor *a, int64_t ms)
{
    if (ms >= 0)
        (void)loop_timer_start(&a->elastic, ms);
}

void elasticity_mail(struct actor *a)
{
    if (!elasticity_is(a) || elasticity_queued(a) == 0 || a->n_members >= a->conf->elastic.max)
        return;
    /* A timer that is set for an idle member later on gives way. */
    if (!loop_timer_armed(&a->elastic) || !a->presses)
        elasticity_arm(a, ELASTIC_LOOK_MS);
    a->presses = true;
}

void elasticity_took(struct member *m)
{
    m->worked = loop_now(m->actor->sys->loop);
    m->works = true;
}

void elasticity_handled(struct member *m, uint64_t n)
{
    struct actor *a = m->actor;

    if (!a->conf->is_elastic || n == 0)
        return;
    int64_t now = loop_now(a->sys->loop);
    if (m->works)
        a->service_ms = elastic_service(a->service_ms, (double)(now - m->worked), n);
    m->worked = now;
    m->works = hand_count(&m->speak->hand) > 0; /* it goes on with the next at once */
}

void elasticity_due(void *actor)
{
    struct actor *a = actor;
    struct err e;

    a->presses = false;
    if (!elasticity_is(a))
        return;
    struct elastic_rule rule = elasticity_rule(a);
    struct elastic_load load = elasticity_load(a);
    int64_t idle = elasticity_idle(a);
    unsigned wanted = elastic_grown(&rule, &load);
    if (wanted > load.members && scaling_room(a, wanted, &e) == 0)
        scaling_to(a, wanted);
    else if (elastic_goes(&rule, &load, idle) && !a->members[a->n_members - 1]->leaving)
        scaling_to(a, a->n_members - 1);
    load.members = (unsigned)a->n_members;
    a->presses = load.queued > 0 && load.members < rule.max;
    elasticity_arm(a, elastic_next(&rule, &load, a->n_members > 0 ? elasticity_idle(a) : -1));
}

void elasticity_bound(struct actor *a)
{
    const struct topo_elastic *c = &a->conf->elastic;
    size_t n = a->n_members;

    if (n < c->min)
        n = c->min;
    if (n > c->max)
        n = c->max;
    scaling_to(a, n);
}
