/* Init mail on its way to a process, and what becomes of it. */
#include "engine/events.h"
#include "engine/initparts.h"
#include "engine/process.h"
#include "engine/router.h"
#include "engine/witness.h"

#include <signal.h>
#include <stdlib.h>

/* --- handing over --- */

static struct init_taken *init_add(struct member *m, const struct init_taken *t)
{
    struct init_member *im = m->init;

    if (im->n_taken == im->cap_taken) {
        size_t cap = im->cap_taken == 0 ? 4 : 2 * im->cap_taken;
        struct init_taken *grown = realloc(im->taken, cap * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        im->taken = grown;
        im->cap_taken = cap;
    }
    im->taken[im->n_taken] = *t;
    return &im->taken[im->n_taken++];
}

/* A copy is a message of its own in the books; one that is not handed over any more never was. */
static bool init_copy(struct member *m, struct initial_kept *k, uint32_t entries)
{
    struct actor *a = m->actor;
    struct letter l = k->l;

    l.id = system_id(a->sys, 1);
    l.when = system_when(a->sys);
    l.type = MSG_TELL; /* who asked was answered */
    l.cause = k->l.id;
    const struct init_taken t = {.id = l.id, .entries = entries, .copy = true, .kept = k};
    if (init_add(m, &t) == NULL)
        return false;
    if (mailbox_put(m->init->copies, &l) != 0) {
        m->init->n_taken--;
        return false;
    }
    k->refs++;
    a->books.accepted++;
    witness_copied(a, m->init->copies, &l);
    return true;
}

static void init_broken(struct member *m)
{
    event_member(m, "speak.broken", "reason=\"%s\"", "out of memory");
    process_kill(&m->process, SIGKILL);
}

struct mailbox *init_box(struct member *m, struct letter *first)
{
    struct init *in = m->actor->init;
    struct init_member *im = m->init;
    uint32_t entries = 0;
    struct initial_kept *k;

    while ((k = initial_due(&in->kept, &im->state, &entries)) != NULL) {
        if (!init_copy(m, k, entries)) {
            init_broken(m);
            return NULL;
        }
    }
    struct mailbox *const boxes[] = {im->copies, im->own, in->shared};
    for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
        if (boxes[i] != NULL && mailbox_peek(boxes[i], first))
            return boxes[i];
    return NULL;
}

/* --- what becomes of it --- */

static struct init_taken *init_find(const struct member *m, uint64_t id)
{
    struct init_member *im = m->init;

    for (size_t i = 0; i < im->n_taken; i++)
        if (im->taken[i].id == id)
            return &im->taken[i];
    return NULL;
}

void init_took(struct member *m, const struct mail_run *run)
{
    struct init_member *im = m->init;
    bool copies = run->mailbox == im->copies;

    if (!copies && run->mailbox != im->own && run->mailbox != m->actor->init->shared)
        return;
    for (uint32_t i = 0; i < run->count; i++) {
        struct letter l;
        mail_run_letter(run, i, &l);
        struct init_taken *found = copies ? init_find(m, l.id) : NULL;
        uint32_t entries = found == NULL ? init_entries(m->actor, &l) : 0;
        if (found != NULL)
            found->held = true;
        if (entries == 0)
            continue;
        const struct init_taken t = {.id = l.id,
                                     .entries = entries,
                                     .own = run->mailbox == im->own,
                                     .held = true,
                                     .kept = initial_keep(&l)};
        if (t.kept == NULL || init_add(m, &t) == NULL) {
            initial_drop(t.kept);
            init_broken(m); /* it could not be kept; what it has in hand comes again */
            return;
        }
    }
}

static void init_over(struct member *m, size_t i)
{
    struct actor *a = m->actor;
    struct init_member *im = m->init;
    const struct init_taken *t = &im->taken[i];
    bool open = init_open(m);

    initial_handled(&a->init->kept, &im->state, t->entries, t->own, t->kept);
    if (!open && init_open(m))
        event_member(m, "actor.initialised", "%s", "");
    init_forget(im, i);
    loop_task_queue(&a->deliver);
    loop_task_queue(&a->sys->changed);
}

/* They are handled in the order in which they were taken, mostly: where nothing waits for it, the
 * first that is in hand ends the search. */
static void init_look(struct member *m, bool all)
{
    struct init_member *im = m->init;
    struct letter l;

    for (size_t i = 0; i < im->n_taken;) {
        if (im->taken[i].held && !hand_find(&m->speak->hand, im->taken[i].id, &l))
            init_over(m, i);
        else if (!all && im->taken[i].held)
            return;
        else
            i++;
    }
}

void init_handled(struct member *m)
{
    if (m->init->n_taken > 0)
        init_look(m, !init_open(m));
}

void init_left(struct member *m, uint64_t id, bool dead)
{
    struct init_taken *t = init_find(m, id);

    if (t == NULL)
        return;
    if (dead && t->copy)
        initial_forget(&m->actor->init->kept, &m->init->state, t->kept);
    if (dead || !t->copy)
        init_forget(m->init, (size_t)(t - m->init->taken));
    else
        t->held = false;
}

void init_settle(struct member *m, bool withdraw)
{
    struct init_member *im = m->init;

    init_look(m, true);
    for (size_t i = im->n_taken; withdraw && i > 0; i--) {
        if (!im->taken[i - 1].copy || !hand_remove(&m->speak->hand, im->taken[i - 1].id))
            continue;
        m->actor->books.accepted--;
        init_forget(im, i - 1);
    }
}

/* The next process gets copies of its own, which have failed as often as these. */
void init_returned(struct member *m)
{
    struct init_member *im = m->init;
    struct letter l;

    while (mailbox_drop_front(im->copies, &l)) {
        const struct init_taken *t = init_find(m, l.id);
        if (t != NULL) {
            t->kept->l.attempt = l.attempt;
            t->kept->l.blame = l.blame;
            t->kept->l.solo = l.solo;
        }
        m->actor->books.accepted--;
    }
    while (im->n_taken > 0)
        init_forget(im, im->n_taken - 1);
}

void init_leave(struct member *m)
{
    if (m->init == NULL)
        return;
    init_returned(m);
    router_move(m->actor, m->init->own, m->actor->init->shared);
    initial_leave(&m->init->state);
}
