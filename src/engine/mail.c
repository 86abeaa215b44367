#include "engine/mail.h"

#include "engine/askbook.h"
#include "engine/boxes.h"
#include "engine/deadletters.h"
#include "engine/elasticity.h"
#include "engine/events.h"
#include "engine/init.h"
#include "engine/keeping.h"
#include "engine/routing.h"
#include "engine/sequencer.h"
#include "engine/waiting.h"
#include "engine/witness.h"

#include <stdio.h>
#include <string.h>

/* Nothing is queued that m could be given. */
static bool mail_none(const struct member *m)
{
    return mailbox_queued(m->actor->shared) == 0 &&
           (m->own == NULL || mailbox_queued(m->own) == 0) &&
           (m->keyed == NULL || mailbox_queued(m->keyed) == 0);
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
    keeping_again(m->actor, box, &l);
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

void mail_refresh(struct member *m)
{
    if (lifecycle_has_process(m->state) && m->speak->ops->refresh != NULL)
        m->speak->ops->refresh(m->speak);
}

void mail_count(struct actor *a)
{
    int64_t now = loop_now(a->sys->loop);

    if (a->counted == now)
        return;
    a->counted = now;
    for (size_t i = 0; i < a->n_members; i++)
        mail_refresh(a->members[i]);
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

/* It has ended well for good, and nobody else takes its mail: what it had in hand it leaves so. */
static bool mail_is_over(const struct member *m)
{
    const struct actor *a = m->actor;

    return policy_exit_ok(&m->last) && a->conf->restart != RESTART_ALWAYS && a->n_members == 1 &&
           !m->halting && m->attached == NULL && !a->sys->stopping;
}

/* Answers and what it was told are nobody's work. */
static bool mail_is_work(const struct member *m, const struct letter *l)
{
    (void)m;
    return l->type == MSG_TELL || l->type == MSG_ASK;
}

/* Of the n_read oldest those of a kind are not handed over again: stale asks would hold up what
 * lies behind them, and nobody waits. Returns how many are left of those n_read. */
static uint64_t mail_drop(struct member *m, uint64_t n_read, mail_kind *is)
{
    struct letter l;
    uint64_t id;

    while (mail_find(m, n_read, is, &id) && hand_find(&m->speak->hand, id, &l)) {
        mail_kill(m, &l, "unanswered", &m->last);
        (void)hand_remove(&m->speak->hand, id);
        n_read--;
    }
    return n_read;
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
        if (mail_is_over(m))
            n_read = mail_drop(m, n_read, mail_is_work);
        bool blame = n_read > 0 && !m->halting && !m->actor->sys->stopping && doing == DOING_OWN;
        m->blamed = blame;
        if (blame && hand_front(hand, &l) && l.blame + 1u >= m->actor->conf->mailbox.retry) {
            mail_kill(m, &l, mail_died(m, &l, why, sizeof(why)), &m->last);
            (void)hand_remove(hand, l.id);
            n_read--;
            blame = false;
        }
        struct mail_settling s = {mail_drop(m, n_read, mail_is_stale), blame,
                                  doing != DOING_OTHERS};
        witness_returned(m);
        hand_return_all(hand, mail_change_of, &s);
    }
    if (m->init != NULL)
        init_returned(m);
    mail_after(m);
}
