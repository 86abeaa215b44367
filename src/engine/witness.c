#include "engine/witness.h"

#include "engine/boxes.h"
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

void witness_accepted(struct actor *a, const struct mailbox *box, const struct letter *l)
{
    witness_flow(a->sys, l->from, a->index, l);
    witness_copied(a, box, l);
}

void witness_copied(struct actor *a, const struct mailbox *box, const struct letter *l)
{
    const struct target t = {a, witness_member(a, box)};

    if (a->sys->taps != NULL)
        taps_accepted(a->sys, &t, l);
}

void witness_lines(const struct target *t, const struct letter *first, const char *data, char delim,
                   uint64_t n)
{
    struct system *s = t->actor->sys;

    flows_count(&s->flows, witness_end(first->from), t->actor->index, n, 0);
    if (s->taps != NULL)
        taps_lines(s, t, first, data, delim, n);
}

void witness_told(struct system *s, mail_origin client, const struct letter *l)
{
    witness_flow(s, l->from, FLOWS_OUTSIDE, l);
    if (s->taps != NULL)
        taps_told(s, client, l);
}

/* Tells of a run as of stretches of ids that follow one another. */
static void witness_run(struct member *m, const struct mail_run *run, enum witness_what what)
{
    struct letter l;

    for (uint32_t i = 0, n = 0; i < run->count; i += n) {
        n = mail_run_successive(run, i);
        mail_run_letter(run, i, &l);
        if (m->actor->sys->taps != NULL)
            taps_happened(m, what, l.id, n, NULL);
    }
}

void witness_taken(struct member *m, const struct mail_run *run)
{
    if (m->actor->sys->taps == NULL)
        return;
    taps_taken(m, run);
    witness_run(m, run, WITNESS_TAKEN);
}

void witness_over(void *member, const struct mail_run *run)
{
    struct member *m = member;

    if (m->actor->sys->taps != NULL)
        witness_run(m, run, WITNESS_HANDLED);
}

static void witness_happened(struct member *m, enum witness_what what, uint64_t id,
                             const char *reason)
{
    if (m->actor->sys->taps != NULL)
        taps_happened(m, what, id, 1, reason);
}

void witness_failed(struct member *m, const struct letter *l, const char *reason)
{
    witness_happened(m, WITNESS_FAILED, l->id, reason);
}

static bool witness_returned_one(void *member, const struct letter *l)
{
    witness_happened(member, WITNESS_RETURNED, l->id, NULL);
    return true;
}

void witness_returned(struct member *m)
{
    if (m->actor->sys->taps != NULL)
        hand_each(&m->speak->hand, witness_returned_one, m);
}

void witness_deferred(struct member *m, const struct letter *l)
{
    witness_happened(m, WITNESS_DEFERRED, l->id, NULL);
}

void witness_retried(const struct target *t, const struct letter *l)
{
    if (t->actor->sys->taps != NULL)
        taps_accepted(t->actor->sys, t, l);
}

void witness_dead(struct system *s, struct actor *a, const char *to, const struct letter *l,
                  const char *reason)
{
    if (s->taps != NULL)
        taps_ended(s, a, to, l, WITNESS_DEAD, reason);
}

void witness_dropped(struct actor *a, const struct letter *l, const char *reason)
{
    if (a->sys->taps != NULL)
        taps_ended(a->sys, a, a->conf->name, l, WITNESS_DROPPED, reason);
}
