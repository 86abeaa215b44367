#include "engine/mail.h"

#include "engine/askbook.h"
#include "engine/boxes.h"
#include "engine/deadletters.h"
#include "engine/dealing.h"
#include "engine/elasticity.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/init.h"
#include "engine/keeping.h"
#include "engine/member.h"
#include "engine/router.h"
#include "engine/routing.h"
#include "engine/sending.h"
#include "engine/sequencer.h"
#include "engine/waiting.h"
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

/* Nothing is queued that m could be given. */
static bool mail_none(const struct member *m)
{
    return mailbox_queued(m->actor->shared) == 0 &&
           (m->own == NULL || mailbox_queued(m->own) == 0) &&
           (m->keyed == NULL || mailbox_queued(m->keyed) == 0);
}

/* An ask that a filter has read, and whose asker has given up: it only keeps its place among the
 * lines. */
static bool mail_is_stale(const struct member *m, const struct letter *l)
{
    const struct topo_actor *c = m->actor->conf;

    return c->speaks == SPEAKS_LINES && c->ack == ACK_READ && l->type == MSG_ASK &&
           !asks_is_open(m->actor->sys, l->id);
}

struct mail_search {
    const struct member *m;
    bool stale;    /* what is looked for: a stale one, or one that is not */
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
    s->found = mail_is_stale(s->m, l) == s->stale;
    return !s->found;
}

/* Whether something in hand is still to be handled before a message that is to be alone. */
static bool mail_occupied(struct member *m)
{
    struct mail_search s = {.m = m, .stale = false, .left = UINT64_MAX};

    hand_each(&m->speak->hand, mail_search_one, &s);
    return s.found;
}

/* It is given no more before it has handled something. */
static void mail_starve(struct member *m)
{
    m->starved = true;
    loop_task_queue(&m->actor->press);
}

static bool mail_open(const struct member *m)
{
    /* What failed comes again to `once` also after the end of its input. */
    return m->state == LIFE_READY && (!m->ending || m->actor->conf->speaks == SPEAKS_ONCE);
}

/* What it has in hand keeps it from being handed this one. */
static bool mail_held_up(struct member *m, const struct letter *first)
{
    const struct hand *hand = &m->speak->hand;

    return hand_count(hand) >= m->actor->conf->mailbox.in_hand ||
           ((hand_solo(hand) || first->solo) && mail_occupied(m));
}

bool mail_waits(struct member *m)
{
    struct letter first;

    return mail_open(m) && mail_box(m, dealing_granted(m), &first) != NULL &&
           !mail_held_up(m, &first);
}

bool mail_take(void *member, uint64_t max, size_t bytes, struct mail_run *run)
{
    struct member *m = member;
    struct hand *hand = &m->speak->hand;
    uint64_t limit = m->actor->conf->mailbox.in_hand;
    struct letter first;

    if (!mail_open(m) || !sequencer_allows(m, STEP_MAIL))
        return false;
    uint64_t granted = dealing_granted(m);
    struct mailbox *box = mail_box(m, granted, &first);
    if (box == NULL && m->init != NULL && !init_open(m) && hand_count(hand) > 0)
        mail_starve(m);
    if (box == NULL)
        return false;
    if (mail_held_up(m, &first)) {
        mail_starve(m);
        return false;
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
    bool first_one = m->actor->conf->is_elastic && hand_count(hand) == 0;
    if (hand_push(hand, run) == 0) {
        witness_taken(m, run);
        if (first_one)
            elasticity_took(m);
        if (m->init != NULL)
            init_took(m, run);
        if (m->actor->sys->sequencer != NULL)
            sequencer_gave(m, &first);
        if (m->speak->window_matters && mailbox_queued(box) > 0)
            loop_task_queue(&m->actor->deliver); /* the others' turn, and then again this one's */
        /* What is full now is full of messages in hand: only their being read makes room. */
        if (m->actor->waiters != NULL) {
            sending_answered(m);
            loop_task_queue(&m->actor->press);
        }
        flow_emptied(m->actor);
        return true;
    }
    for (uint32_t i = 0; i < run->count; i++)
        mail_run_return(run, i, (struct mail_change){false, false, false});
    return false;
}

void mail_handled(void *member, uint64_t n)
{
    struct member *m = member;
    struct actor *a = m->actor;

    a->books.handled += n;
    m->handled += n;
    elasticity_handled(m, n);
    sequencer_look(a->sys);
    if (m->init != NULL)
        init_handled(m);
    if (m->starved || (a->routing != NULL && routing_moves(a))) {
        m->starved = false;
        loop_task_queue(&a->deliver);
    }
    if (a->waiters != NULL)
        loop_task_queue(n > 0 ? &a->room : &a->press);
}

/* A message in hand goes to dead letters. how: the end of the process that had it; NULL: it goes
 * on. */
static void mail_kill(struct member *m, const struct letter *l, const char *reason,
                      const struct policy_exit *how)
{
    const struct process *p = m->ended != NULL ? m->ended : &m->process;
    struct dead_evidence evidence = {how, span_of(p->tail, p->tail_len)};
    const struct mailbox *box = hand_mailbox(&m->speak->hand, l->id);
    char to[ADDRESS_MAX + 1];

    deadletters_add(m->actor->sys, m->actor, actor_box_address(m->actor, box, to, sizeof(to)), l,
                    reason, &evidence);
    event_member(m, "mail.dead", "id=%016llx attempts=%u reason=\"%s\"", (unsigned long long)l->id,
                 l->attempt, reason);
    if (l->type == MSG_ASK)
        asks_fail(m->actor->sys, l->id, reason);
    if (m->init != NULL)
        init_left(m, l->id, true);
}

static void mail_after(struct member *m)
{
    mail_handled(m, 0);
    loop_task_queue(&m->actor->deliver);
    if (m->actor->waiters != NULL)
        loop_task_queue(&m->actor->room);
}

void mail_fail(void *member, uint64_t id, const char *reason)
{
    struct member *m = member;
    struct letter l;

    if (!hand_find(&m->speak->hand, id, &l))
        return;
    if (l.blame + 1u >= m->actor->conf->mailbox.retry) {
        mail_kill(m, &l, reason, m->ended != NULL ? &m->ended->how : NULL);
        (void)hand_remove(&m->speak->hand, id);
    } else {
        event_member(m, "mail.failed", "id=%016llx attempt=%u reason=\"%s\"",
                     (unsigned long long)id, l.attempt, reason);
        witness_failed(m, &l, reason);
        (void)hand_return(&m->speak->hand, id, (struct mail_change){.again = true, .blame = true});
        if (m->init != NULL)
            init_left(m, id, false);
    }
    mail_after(m);
}

void mail_defer(void *member, uint64_t id)
{
    struct member *m = member;
    struct letter l;
    struct mailbox *box = hand_mailbox(&m->speak->hand, id);

    if (box == NULL || !hand_find(&m->speak->hand, id, &l))
        return;
    l.solo = false;
    if (box == m->keyed || box == m->actor->shared)
        box = routing_box(m->actor, &l);
    if (box == NULL || mailbox_put(box, &l) != 0)
        return; /* without memory it stays in hand */
    (void)hand_remove(&m->speak->hand, id);
    if (m->init != NULL)
        init_left(m, id, false);
    keeping_again(m->actor, box, NULL, &l);
    witness_deferred(m, &l);
    mail_after(m);
}

void mail_room(void *actor)
{
    struct actor *a = actor;

    waiting_room(a);
    if (a->waiters != NULL)
        mail_press(a);
}

/* Whether only what m reads can help: it may be given no more before that, or others wait for room
 * and nothing is left that it could be given. */
static bool mail_depends(const struct member *m)
{
    const struct actor *a = m->actor;

    return m->starved || (a->waiters != NULL && mail_none(m));
}

void mail_press(void *actor)
{
    struct actor *a = actor;

    for (size_t i = 0; i < a->n_members; i++) {
        struct member *m = a->members[i];
        if (mail_depends(m) && lifecycle_has_process(m->state) && m->speak->ops->press != NULL)
            m->speak->ops->press(m->speak);
    }
}

struct mail_settling {
    uint64_t n_read;
    bool blame;
    bool solo; /* what was read comes again one at a time */
};

static struct mail_change mail_change_of(void *arg, uint64_t n, const struct letter *l)
{
    const struct mail_settling *s = arg;
    bool read = n < s->n_read;

    (void)l;
    return (struct mail_change){
        .again = read, .blame = s->blame && n == 0, .solo = read && s->solo};
}

/* The input had ended and the process exited well: it owed answers that will not come. */
static void mail_unanswered(struct member *m)
{
    struct letter l;

    while (hand_front(&m->speak->hand, &l)) {
        mail_kill(m, &l, "unanswered", &m->last);
        (void)hand_remove(&m->speak->hand, l.id);
    }
}

/* Of the n_read oldest, stale asks are not handed over again: they would hold up what lies behind
 * them, and nobody waits. Returns how many are left of those n_read. */
static uint64_t mail_drop_stale(struct member *m, uint64_t n_read)
{
    struct letter l;

    for (;;) {
        struct mail_search s = {.m = m, .stale = true, .left = n_read};
        hand_each(&m->speak->hand, mail_search_one, &s);
        if (!s.found || !hand_find(&m->speak->hand, s.id, &l))
            return n_read;
        mail_kill(m, &l, "unanswered", &m->last);
        (void)hand_remove(&m->speak->hand, s.id);
        n_read--;
    }
}

static const char *mail_died(const struct member *m, const struct letter *l, char *buf, size_t size)
{
    unsigned n = l->blame + 1u;
    char how[32];

    (void)snprintf(buf, size, "retry: %u attempt%s failed, last: its process ended (%s)", n,
                   n == 1 ? "" : "s", policy_exit_text(&m->last, how, sizeof(how)));
    return buf;
}

void mail_settle(struct member *m, uint64_t n_read)
{
    struct hand *hand = &m->speak->hand;
    struct letter l;
    char why[128];

    bool ended = m->ending && !m->leaving && policy_exit_ok(&m->last);

    m->blamed = false;
    if (m->init != NULL)
        init_settle(m, ended);
    if (ended) {
        mail_unanswered(m);
    } else if (hand_count(hand) > 0) {
        enum doing doing = m->process.doing;
        bool blame = n_read > 0 && !m->halting && !m->actor->sys->stopping && doing == DOING_OWN;
        m->blamed = blame;
        if (blame && hand_front(hand, &l) && l.blame + 1u >= m->actor->conf->mailbox.retry) {
            mail_kill(m, &l, mail_died(m, &l, why, sizeof(why)), &m->last);
            (void)hand_remove(hand, l.id);
            n_read--;
            blame = false;
        }
        struct mail_settling s = {mail_drop_stale(m, n_read), blame, doing != DOING_OTHERS};
        witness_returned(m);
        hand_return_all(hand, mail_change_of, &s);
    }
    if (m->init != NULL)
        init_returned(m);
    mail_after(m);
}
