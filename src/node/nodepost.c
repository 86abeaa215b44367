/* Posts: each is a member of an actor of the home's, run here as one that is the only member of an
 * actor of its own. */
#include "engine/events.h"
#include "engine/member.h"
#include "engine/memberparts.h"
#include "engine/process.h"
#include "engine/roster.h"
#include "model/hand.h"
#include "node/nodeparts.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    NODEPOST_SAID = TRUNK_AHEAD / 4, /* logs are read on when less than that is under way */
};

struct nodepost *nodepost_find(const struct node *n, uint64_t channel)
{
    struct nodepost *p = NULL;

    HASH_FIND(hh, n->by_channel, &channel, sizeof(channel), p);
    return p;
}

struct node *node_of(const struct member *m)
{
    return m->actor->sys->node;
}

struct nodepost *nodepost_of(const struct member *m)
{
    return m->actor->relayed;
}

const char *nodepost_token(const struct member *m)
{
    const struct nodepost *p = nodepost_of(m);

    return p == NULL ? "" : p->token;
}

/* --- to the home --- */

void nodepost_tell_over(struct nodepost *p)
{
    struct frame f = {.kind = FRAME_OVER, .id = p->over_id, .number = p->over_n};

    if (p->over_n == 0)
        return;
    p->over_n = 0;
    p->pressed = false;
    (void)trunk_send(p->node->trunk, p->channel, &f);
}

static void nodepost_say(struct nodepost *p, const struct frame *f)
{
    nodepost_tell_over(p);
    (void)trunk_send(p->node->trunk, p->channel, f);
}

void nodepost_send(struct member *m, const struct frame *f)
{
    struct nodepost *p = nodepost_of(m);

    if (p != NULL && !p->settled)
        nodepost_say(p, f);
}

void nodepost_put(struct member *m, const struct frame *f)
{
    struct nodepost *p = nodepost_of(m);

    if (p == NULL || p->settled)
        return;
    p->flying += trunk_cost(f);
    nodepost_say(p, f);
}

void nodepost_waits(struct member *m)
{
    nodepost_of(m)->waits = true;
}

void nodepost_handled(struct member *m, uint64_t n)
{
    struct nodepost *p = nodepost_of(m);

    /* Nothing was read yet, as far as is known: who waits asks again. */
    if (p != NULL && p->pressed && n == 0)
        loop_task_queue(&p->task);
}

size_t nodepost_room(const struct member *m)
{
    const struct nodepost *p = nodepost_of(m);

    return p == NULL || p->flying >= TRUNK_AHEAD ? 0 : (size_t)(TRUNK_AHEAD - p->flying);
}

bool nodepost_full(struct member *m)
{
    struct nodepost *p = nodepost_of(m);

    if (p == NULL || p->settled || p->flying < NODEPOST_SAID)
        return false;
    p->mutes = true;
    return true;
}

void nodepost_over(void *member, const struct mail_run *run)
{
    struct nodepost *p = nodepost_of(member);
    uint64_t id = 0;

    for (uint32_t i = 0, n = 0; p != NULL && i < run->count; i += n) {
        n = mail_run_successive(run, i, &id);
        if (p->over_n > 0 && id != p->over_id + p->over_n)
            nodepost_tell_over(p);
        if (p->over_n == 0)
            p->over_id = id;
        p->over_n += n;
    }
    if (p != NULL)
        loop_task_queue(&p->task);
}

void nodepost_took(struct member *m)
{
    struct nodepost *p = nodepost_of(m);

    if (p != NULL && (p->bye || p->pressed)) /* asked for before there was anything to be read */
        loop_task_queue(&p->task);
}

/* --- its end --- */

static void nodepost_forget_mail(struct nodepost *p, struct member *m)
{
    struct letter l;

    hand_return_all(&m->speak->hand, NULL, NULL);
    while (mailbox_drop_front(p->actor->shared, &l))
        ;
}

void nodepost_settle(struct member *m, uint64_t n_read)
{
    struct nodepost *p = nodepost_of(m);
    const struct policy_exit *how = &m->last;
    struct frame f = {.kind = FRAME_GONE, .number = n_read};

    if (p == NULL)
        return;
    f.flags = (uint8_t)((how->started ? GONE_STARTED : 0) | (how->signal != 0 ? GONE_SIGNAL : 0) |
                        (how->scarce ? GONE_SCARCE : 0) | (p->lost ? GONE_LOST : 0));
    f.code = how->signal != 0 ? how->signal : how->status;
    if (!how->started)
        f.text = span_of(m->reason, strlen(m->reason));
    f.body = span_of(m->process.tail, m->process.tail_len);
    nodepost_send(m, &f);
    p->settled = true;
    nodepost_forget_mail(p, m);
    loop_task_queue(&p->task);
}

void nodepost_free(struct nodepost *p)
{
    struct node *n = p->node;

    HASH_DELETE(hh, n->by_channel, p);
    if (p->prev != NULL)
        p->prev->next = p->next;
    else
        n->posts = p->next;
    if (p->next != NULL)
        p->next->prev = p->prev;
    loop_task_cancel(&p->task);
    nodeentry_free(p->entry);
    free(p->order);
    free(p);
}

void nodepost_drop(struct nodepost *p)
{
    struct node *n = p->node;
    struct actor *a = p->actor;

    roster_leave(a);
    roster_free_slot(a);
    nodepost_free(p);
    if (n->ending && n->posts == NULL)
        loop_task_queue(&n->sys->changed);
}

/* The end of input, once all that came was handed over. */
static void nodepost_end(struct nodepost *p)
{
    struct member *m = p->actor->members[0];

    if (!p->bye || m->ending || m->state != LIFE_READY || mailbox_queued(p->actor->shared) > 0)
        return;
    m->ending = true;
    m->speak->ops->end(m->speak);
}

/* News of what it has read is wanted. */
static void nodepost_press(struct nodepost *p)
{
    struct speak *sp = p->actor->members[0]->speak;

    if (!lifecycle_has_process(p->actor->members[0]->state))
        return;
    if (p->pressed && sp->ops->press != NULL)
        sp->ops->press(sp);
    else if (sp->ops->refresh != NULL)
        sp->ops->refresh(sp);
}

void nodepost_task(void *arg)
{
    struct nodepost *p = arg;

    nodepost_tell_over(p);
    if (p->settled && lifecycle_at_rest(p->actor->members[0]->state)) {
        nodepost_drop(p);
        return;
    }
    nodepost_end(p);
    if (p->pressed || p->refreshes)
        nodepost_press(p);
    p->refreshes = false;
}

/* --- what the home says --- */

static void nodepost_letter(struct nodepost *p, const struct frame *f)
{
    struct letter l = {.id = f->id,
                       .from = nodeorigin_number(p->node, f->from),
                       .when = system_when(p->node->sys),
                       .type = f->type,
                       .attempt = (uint8_t)(f->attempt > 255 ? 255 : f->attempt),
                       .tag = f->tag,
                       .headers = f->headers,
                       .body = f->body};

    if (mailbox_put(p->actor->shared, &l) != 0)
        process_kill(&p->actor->members[0]->process, SIGKILL); /* it comes again */
}

static void nodepost_lines(struct nodepost *p, const struct frame *f)
{
    uint64_t lines = 0;
    size_t done = mailbox_put_lines(p->actor->shared, f->body.data, f->body.len, (char)f->flags,
                                    nodeorigin_number(p->node, f->from), f->id,
                                    system_when(p->node->sys), &lines);

    if (done < f->body.len)
        process_kill(&p->actor->members[0]->process, SIGKILL);
}

/* It is to end, and has not begun. */
static void nodepost_unbegin(struct nodepost *p, int signal)
{
    const struct frame f = {.kind = FRAME_GONE, .text = span_of("it had not begun", 16)};

    if (signal != 0 && signal != SIGKILL)
        return;
    nodepost_say(p, &f);
    p->awaits = false;
    p->settled = true;
    nodepost_forget_mail(p, p->actor->members[0]);
    loop_task_queue(&p->task);
}

static void nodepost_signal(struct nodepost *p, int signal)
{
    struct member *m = p->actor->members[0];

    if (p->awaits)
        nodepost_unbegin(p, signal);
    else if (signal == 0 && !m->halting)
        member_stop(m, false);
    else if (signal == SIGKILL)
        member_kill_now(m);
    else if (signal > 0 && lifecycle_has_process(m->state))
        process_kill(&m->process, signal);
}

static void nodepost_credit(struct nodepost *p, uint64_t n)
{
    p->flying -= n < p->flying ? n : p->flying;
    if (p->waits && p->flying < TRUNK_AHEAD)
        loop_task_queue(&p->actor->members[0]->room);
    p->waits = p->waits && p->flying >= TRUNK_AHEAD;
    if (p->mutes && p->flying < NODEPOST_SAID)
        process_more(p->actor->members[0]);
    p->mutes = p->mutes && p->flying >= NODEPOST_SAID;
}

void nodepost_frame(struct node *n, const struct frame *f, uint64_t channel)
{
    struct nodepost *p = nodepost_find(n, channel);

    if (p == NULL || p->settled) /* it has ended meanwhile */
        return;
    switch (f->kind) {
    case FRAME_DELIVER:
        nodepost_letter(p, f);
        loop_task_queue(&p->actor->deliver);
        break;
    case FRAME_RUN:
        nodepost_lines(p, f);
        loop_task_queue(&p->actor->deliver);
        break;
    case FRAME_BYE:
        p->bye = true;
        loop_task_queue(&p->task);
        break;
    case FRAME_SIGNAL:
        nodepost_signal(p, f->code);
        break;
    case FRAME_PRESS: /* behind what came before it */
        p->pressed = p->pressed || f->flags != 0;
        p->refreshes = true;
        loop_task_queue(&p->task);
        break;
    case FRAME_CREDIT:
        nodepost_credit(p, f->number);
        break;
    default:
        break;
    }
}
