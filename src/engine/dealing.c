#include "engine/dealing.h"

#include "engine/elasticity.h"
#include "engine/flow.h"
#include "engine/routing.h"

static bool dealing_serves(const struct member *m)
{
    return m->state == LIFE_READY && !m->ending;
}

/* In a sequential run the seed deals, save where turns are strict: whose it is then. Who can take
 * none is left out. */
static const struct member *dealing_next(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++) {
        const struct member *m = a->members[(a->next_member + i) % a->n_members];
        if (dealing_serves(m) && hand_count(&m->speak->hand) < a->conf->mailbox.in_hand)
            return m;
    }
    return NULL;
}

uint64_t dealing_granted(const struct member *m)
{
    struct actor *a = m->actor;

    if (a->sys->sequencer != NULL)
        return a->conf->route != ROUTE_ROUND_ROBIN || dealing_next(a) == m ? UINT64_MAX : 0;
    if (a->dealing)
        return a->grant;
    if (a->conf->route != ROUTE_ROUND_ROBIN || a->n_members == 1)
        return UINT64_MAX;
    if (mailbox_queued(a->shared) > 0)
        loop_task_queue(&a->deliver); /* it may be its turn then */
    return 0;
}

void dealing_took(const struct member *m, uint64_t n)
{
    struct actor *a = m->actor;

    if (a->sys->sequencer != NULL)
        a->next_member = m->index; /* they count from 1: it is the one behind it */
    else if (a->dealing)
        a->grant -= n;
}

/* False: it took nothing of the shared mailbox. */
static bool dealing_offer(struct member *m, uint64_t grant)
{
    struct actor *a = m->actor;

    a->grant = grant;
    m->speak->ops->mail(m->speak);
    return a->grant < grant;
}

/* Strictly one after the other, each one message, those who can take none left out. */
static void dealing_turns(struct actor *a)
{
    size_t n = a->n_members, idle = 0;

    for (size_t i = 0; i < n; i++)
        if (dealing_serves(a->members[i]))
            (void)dealing_offer(a->members[i], 0); /* its own mail */
    while (idle < n && mailbox_queued(a->shared) > 0) {
        struct member *m = a->members[a->next_member % n];
        a->next_member = (a->next_member + 1) % n;
        idle = dealing_serves(m) && dealing_offer(m, 1) ? 0 : idle + 1;
    }
}

/* Those with the fewest in hand first, each its share. */
static void dealing_round(struct actor *a)
{
    struct route_load loads[TOPO_POOL_MAX];
    size_t n = 0, all = a->n_members;

    a->next_member = (a->next_member + 1) % all;
    for (size_t i = 0; i < all; i++) {
        size_t at = (a->next_member + i) % all;
        if (dealing_serves(a->members[at]))
            loads[n++] = (struct route_load){hand_count(&a->members[at]->speak->hand), (uint32_t)i,
                                             (uint32_t)at};
    }
    route_order(loads, n);
    uint64_t share = route_share(mailbox_queued(a->shared), n);
    for (size_t i = 0; i < n; i++)
        (void)dealing_offer(a->members[loads[i].member], share);
}

/* The first have all that they can take, so that the last become idle. */
static void dealing_packed(struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (dealing_serves(a->members[i]))
            (void)dealing_offer(a->members[i], UINT64_MAX);
}

void dealing_due(void *actor)
{
    struct actor *a = actor;

    routing_settle(a);
    a->dealing = true;
    if (a->n_members == 1 || (a->conf->is_elastic && a->conf->route != ROUTE_ROUND_ROBIN))
        dealing_packed(a);
    else if (a->n_members > 0)
        (a->conf->route == ROUTE_ROUND_ROBIN ? dealing_turns : dealing_round)(a);
    a->dealing = false;
    elasticity_mail(a);
    flow_check(a);
}
