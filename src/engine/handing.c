/* What a process is given next. */
#include "engine/mail.h"

#include "engine/askbook.h"
#include "engine/dealing.h"
#include "engine/elasticity.h"
#include "engine/flow.h"
#include "engine/init.h"
#include "engine/sending.h"
#include "engine/sequencer.h"
#include "engine/witness.h"

#include <stdio.h>
#include <string.h>

/* The mailbox that m takes from next; NULL when nothing is queued for it. */
static struct mailbox *mail_box(struct member *m, uint64_t granted, struct letter *first)
{
    struct letter keyed;

    if (m->init != NULL) {
        struct mailbox *box = init_box(m, first);
        if (box != NULL || !init_open(m))
            return box;
    }
    if (m->own != NULL && mailbox_peek(m->own, first))
        return m->own;
    bool shared = granted > 0 && mailbox_peek(m->actor->shared, first);
    if (m->keyed != NULL && mailbox_peek(m->keyed, &keyed) &&
        (!shared || (int32_t)(keyed.when - first->when) <= 0)) {
        *first = keyed;
        return m->keyed;
    }
    return shared ? m->actor->shared : NULL;
}

bool mail_is_stale(const struct member *m, const struct letter *l)
{
    const struct topo_actor *c = m->actor->conf;

    return c->speaks == SPEAKS_LINES && c->ack == ACK_READ && l->type == MSG_ASK &&
           !asks_is_open(m->actor->sys, l->id);
}

static bool mail_is_fresh(const struct member *m, const struct letter *l)
{
    return !mail_is_stale(m, l);
}

struct mail_search {
    const struct member *m;
    mail_kind *is; /* what is looked for */
    uint64_t left; /* to be looked at, from the oldest on */
    uint64_t id;
    bool found;
};

static bool mail_search_one(void *arg, const struct letter *l)
{
    struct mail_search *s = arg;

    if (s->left == 0)
        return false;
    s->left--;
    s->id = l->id;
    s->found = s->is(s->m, l);
    return !s->found;
}

bool mail_find(struct member *m, uint64_t left, mail_kind *is, uint64_t *id)
{
    struct mail_search s = {.m = m, .is = is, .left = left};

    hand_each(&m->speak->hand, mail_search_one, &s);
    if (s.found)
        *id = s.id;
    return s.found;
}

/* Whether something in hand is still to be handled before a message that is to be alone. */
static bool mail_occupied(struct member *m)
{
    uint64_t id;

    return mail_find(m, UINT64_MAX, mail_is_fresh, &id);
}

/* It is given no more before it has handled something. */
static void mail_starve(struct member *m)
{
    m->starved = true;
    loop_task_queue(&m->actor->press);
}

static bool mail_open(const struct member *m)
{
    /* What failed comes again to `once` also after the end of its input, but not when it is
     * replaced or goes: then it ends what it has in hand. */
    return m->state == LIFE_READY &&
           (!m->ending || (m->actor->conf->speaks == SPEAKS_ONCE && !m->halting));
}

/* What it has in hand keeps it from being handed this one. */
static bool mail_held_up(struct member *m, const struct letter *first)
{
    const struct hand *hand = &m->speak->hand;

    return hand_count(hand) >= m->actor->conf->mailbox.in_hand ||
           ((hand_solo(hand) || first->solo) && mail_occupied(m));
}

/* Where a reply, a timer or what the system says waits, which passes what m may not have yet: what
 * it has in hand may wait for just that. NULL: there is none. */
static struct mailbox *mail_beyond(const struct member *m)
{
    const struct actor *a = m->actor;
    struct mailbox *boxes[] = {m->own, a->shared, m->init == NULL ? NULL : m->init->own,
                               a->init == NULL ? NULL : a->init->shared};

    if (a->conf->speaks != SPEAKS_JSON && a->conf->speaks != SPEAKS_FRAMES)
        return NULL;
    for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
        if (boxes[i] != NULL && mailbox_beyond(boxes[i]) > 0)
            return boxes[i];
    return NULL;
}

bool mail_waits(struct member *m)
{
    struct letter first;

    return mail_open(m) && mail_box(m, dealing_granted(m), &first) != NULL &&
           (!mail_held_up(m, &first) || mail_beyond(m) != NULL);
}

/* From the mailbox whose turn it is. */
static bool mail_take_next(struct member *m, uint64_t max, size_t bytes, struct mail_run *run)
{
    const struct hand *hand = &m->speak->hand;
    uint64_t limit = m->actor->conf->mailbox.in_hand;
    uint64_t granted = dealing_granted(m);
    struct letter first;
    struct mailbox *box = mail_box(m, granted, &first);

    if (box == NULL && m->init != NULL && !init_open(m) && hand_count(hand) > 0)
        mail_starve(m);
    if (box == NULL)
        return false;
    if (mail_held_up(m, &first)) {
        mail_starve(m);
        box = mail_beyond(m);
        return box != NULL && mailbox_take_beyond(box, run);
    }
    if (box == m->actor->shared && max > granted)
        max = granted;
    if (m->actor->sys->sequencer != NULL)
        max = 1;
    if (max > limit - hand_count(hand))
        max = limit - hand_count(hand);
    if (!mailbox_take(box, max, bytes, run))
        return false;
    if (box == m->actor->shared)
        dealing_took(m, run->count);
    return true;
}

/* m has run in hand now. */
static void mail_taken(struct member *m, const struct mail_run *run)
{
    struct letter first;

    witness_taken(m, run);
    if (m->init != NULL)
        init_took(m, run);
    if (m->actor->sys->sequencer != NULL) {
        mail_run_letter(run, 0, &first);
        sequencer_gave(m, &first);
    }
    if (m->speak->window_matters &&
        (mailbox_queued(run->mailbox) > 0 || mail_box(m, 1, &first) != NULL))
        loop_task_queue(&m->actor->deliver); /* the others' turn, and then again this one's */
    /* What is full now is full of messages in hand: only their being read makes room. */
    if (m->actor->waiters != NULL) {
        sending_answered(m);
        loop_task_queue(&m->actor->press);
    }
    flow_emptied(m->actor);
}

bool mail_take(void *member, uint64_t max, size_t bytes, struct mail_run *run)
{
    struct member *m = member;
    struct hand *hand = &m->speak->hand;

    if (!mail_open(m) || !sequencer_allows(m, STEP_MAIL) || !mail_take_next(m, max, bytes, run))
        return false;
    bool first_one = m->actor->conf->is_elastic && hand_count(hand) == 0;
    if (hand_push(hand, run) == 0) {
        if (first_one)
            elasticity_took(m);
        mail_taken(m, run);
        return true;
    }
    for (uint32_t i = 0; i < run->count; i++)
        mail_run_return(run, i, (struct mail_change){false, false, false});
    return false;
}
