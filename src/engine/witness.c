#include "engine/witness.h"

#include "engine/boxes.h"
#include "engine/sending.h"
#include "engine/taps.h"
#include "model/hand.h"
#include "model/origin.h"

/* Whose mail stands in box: 0, or the number of the one member. */
static int witness_member(const struct actor *a, const struct mailbox *box)
{
    size_t member = box == a->shared ? 0 : boxes_member(a, box);

    return member == 0 ? 0 : (int)a->members[member - 1]->index;
}

/* An end of a flow. */
static uint32_t witness_end(mail_origin o)
{
    return origin_is_client(o) ? FLOWS_OUTSIDE : origin_actor(o);
}

static void witness_flow(struct system *s, mail_origin from, uint32_t to, const struct letter *l)
{
    if (from == ORIGIN_SYSTEM)
        return;
    if (mailbox_bounds(l->type))
        flows_count(&s->flows, witness_end(from), to, 1, 0);
    else if (l->type == MSG_REPLY)
        flows_count(&s->flows, witness_end(from), to, 0, 1);
}

/* --- the trace --- */

static void witness_trace(struct system *s, const struct trace_record *r, uint64_t n)
{
    int64_t ms = loop_now(s->loop);

    if (n != 1 || !trace_may_join(&s->trace, r) || !trace_joins(&s->trace, r, ms))
        trace_add(&s->trace, r, n, ms, loop_clock());
}

/* How it is found out what a message that was accepted follows from. */
static enum trace_kind witness_cause(const struct system *s, const struct letter *l)
{
    if (l->cause != 0 || !mailbox_bounds(l->type) || l->from == ORIGIN_SYSTEM ||
        origin_is_client(l->from))
        return TRACE_ACCEPTED;
    const struct actor *a = s->slots[origin_actor(l->from)];
    bool reads = a != NULL && a->conf->speaks == SPEAKS_LINES && a->conf->ack == ACK_READ;
    return reads ? TRACE_READ : TRACE_HELD;
}

static void witness_entry(struct system *s, uint32_t to, const struct letter *l, uint64_t n)
{
    struct trace_record r = trace_event(witness_cause(s, l), l->type, l->id);

    r.cause = l->cause;
    r.from = l->from;
    r.to = to;
    witness_trace(s, &r, n);
}

static void witness_event(struct system *s, enum trace_kind kind, uint32_t to, uint64_t id,
                          uint64_t n)
{
    struct trace_record r = trace_event(kind, 0, id);

    r.to = to;
    witness_trace(s, &r, n);
}

/* --- what is told --- */

void witness_accepted(struct actor *a, const struct mailbox *box, const struct letter *l)
{
    witness_flow(a->sys, l->from, a->index, l);
    witness_copied(a, box, l);
}

void witness_copied(struct actor *a, const struct mailbox *box, const struct letter *l)
{
    const struct target t = {a, witness_member(a, box)};

    witness_entry(a->sys, origin_member(a->index, (uint32_t)t.member), l, 1);
    if (a->sys->taps != NULL)
        taps_accepted(a->sys, &t, l);
}

void witness_lines(const struct target *t, const struct letter *first, const char *data, char delim,
                   uint64_t n)
{
    struct system *s = t->actor->sys;

    flows_count(&s->flows, witness_end(first->from), t->actor->index, n, 0);
    witness_entry(s, origin_member(t->actor->index, (uint32_t)t->member), first, n);
    if (s->taps != NULL)
        taps_lines(s, t, first, data, delim, n);
}

void witness_told(struct system *s, mail_origin client, const struct letter *l)
{
    struct trace_record r = trace_event(TRACE_TOLD, l->type, l->id);

    r.cause = l->cause;
    r.from = l->from;
    r.to = client;
    witness_flow(s, l->from, FLOWS_OUTSIDE, l);
    witness_trace(s, &r, 1);
    if (s->taps != NULL)
        taps_told(s, client, l);
}

/* Tells of a run as of stretches of ids that follow one another. */
static void witness_run(struct member *m, const struct mail_run *run, enum witness_what what)
{
    enum trace_kind kind = what == WITNESS_TAKEN ? TRACE_TAKEN : TRACE_HANDLED;
    struct system *s = m->actor->sys;
    uint64_t id = 0;

    for (uint32_t i = 0, n = 0; i < run->count; i += n) {
        n = mail_run_successive(run, i, &id);
        witness_event(s, kind, member_origin(m), id, n);
        if (s->taps != NULL)
            taps_happened(m, what, id, n, NULL);
    }
}

void witness_taken(struct member *m, const struct mail_run *run)
{
    if (m->actor->sys->taps != NULL)
        taps_taken(m, run);
    witness_run(m, run, WITNESS_TAKEN);
}

void witness_over(void *member, const struct mail_run *run)
{
    witness_run(member, run, WITNESS_HANDLED);
}

static void witness_happened(struct member *m, enum witness_what what, uint64_t id,
                             const char *reason)
{
    if (m->actor->sys->taps != NULL)
        taps_happened(m, what, id, 1, reason);
}

void witness_failed(struct member *m, const struct letter *l, const char *reason)
{
    witness_event(m->actor->sys, TRACE_FAILED, member_origin(m), l->id, 1);
    witness_happened(m, WITNESS_FAILED, l->id, reason);
}

static bool witness_returned_one(void *member, const struct letter *l)
{
    witness_happened(member, WITNESS_RETURNED, l->id, NULL);
    return true;
}

void witness_returned(struct member *m)
{
    witness_event(m->actor->sys, TRACE_ENDED, member_origin(m), 0, 1);
    if (m->actor->sys->taps != NULL)
        hand_each(&m->speak->hand, witness_returned_one, m);
}

void witness_deferred(struct member *m, const struct letter *l)
{
    witness_event(m->actor->sys, TRACE_DEFERRED, member_origin(m), l->id, 1);
    witness_happened(m, WITNESS_DEFERRED, l->id, NULL);
}

void witness_retried(const struct target *t, const struct letter *l)
{
    witness_event(t->actor->sys, TRACE_RETRIED, origin_member(t->actor->index, 0), l->id, 1);
    if (t->actor->sys->taps != NULL)
        taps_accepted(t->actor->sys, t, l);
}

void witness_dead(struct system *s, struct actor *a, const char *to, const struct letter *l,
                  const char *reason)
{
    uint32_t whose = a == NULL ? TRACE_NOBODY : origin_member(a->index, 0);

    if (a == NULL) /* there was no mailbox for it */
        witness_entry(s, whose, l, 1);
    witness_event(s, TRACE_DEAD, whose, l->id, 1);
    if (s->taps != NULL)
        taps_ended(s, a, to, l, WITNESS_DEAD, reason);
}

void witness_dropped(struct actor *a, const struct letter *l, const char *reason)
{
    witness_event(a->sys, TRACE_DROPPED, origin_member(a->index, 0), l->id, 1);
    if (a->sys->taps != NULL)
        taps_ended(a->sys, a, a->conf->name, l, WITNESS_DROPPED, reason);
}

void witness_gone(const struct actor *a)
{
    struct trace_record r = trace_event(TRACE_GONE, 0, 0);

    r.from = a->heir == FLOWS_OUTSIDE ? TRACE_NOBODY : origin_member(a->heir, 0);
    r.to = origin_member(a->index, 0);
    witness_trace(a->sys, &r, 1);
}
