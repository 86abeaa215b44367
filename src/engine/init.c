#include "engine/boxes.h"
#include "engine/initparts.h"
#include "engine/keeping.h"
#include "engine/router.h"
#include "engine/routing.h"

#include <stdio.h>
#include <stdlib.h>

static struct mailbox *init_mailbox(const struct topo_actor *c)
{
    return mailbox_new(c->mailbox.messages, c->mailbox.bytes, c->delimiter);
}

int init_member_make(struct member *m, struct err *e)
{
    struct init_member *im = calloc(1, sizeof(*im));

    if (im != NULL && (im->copies = init_mailbox(m->actor->conf)) != NULL) {
        m->init = im;
        return 0;
    }
    free(im);
    return err_set(e, ERR_NOMEM, "out of memory");
}

int init_make(struct actor *a, const struct topo_actor *conf, struct err *e)
{
    if (initial_entries(&conf->init) == 0)
        return 0;
    if (a->init == NULL) {
        struct init *in = calloc(1, sizeof(*in));
        if (in == NULL || (in->shared = init_mailbox(conf)) == NULL) {
            free(in);
            return err_set(e, ERR_NOMEM, "out of memory");
        }
        if (keeping_wants(conf))
            keeping_watch(a, in->shared, 0);
        a->init = in;
    }
    for (size_t i = 0; i < a->n_made; i++)
        if (a->members[i]->init == NULL && init_member_make(a->members[i], e) != 0)
            return ERR_NOMEM;
    return 0;
}

void init_free(struct actor *a)
{
    if (a->init == NULL)
        return;
    mailbox_free(a->init->shared);
    initial_release(&a->init->kept);
    free(a->init);
    a->init = NULL;
}

void init_forget(struct init_member *im, size_t i)
{
    initial_drop(im->taken[i].kept);
    im->n_taken--;
    for (; i < im->n_taken; i++)
        im->taken[i] = im->taken[i + 1];
}

void init_member_free(struct member *m)
{
    struct init_member *im = m->init;

    if (im == NULL)
        return;
    while (im->n_taken > 0)
        init_forget(im, im->n_taken - 1);
    free(im->taken);
    initial_leave(&im->state);
    mailbox_free(im->own);
    mailbox_free(im->copies);
    free(im);
    m->init = NULL;
}

void init_begin(struct member *m)
{
    if (m->init != NULL)
        initial_begin(&m->init->state);
}

/* --- where it goes --- */

uint32_t init_entries(const struct actor *a, const struct letter *l)
{
    const char *name = NULL;
    unsigned member = 0;

    if (!mailbox_bounds(l->type))
        return 0;
    if (l->from != ORIGIN_SYSTEM && !origin_is_client(l->from)) {
        name = a->sys->slots[origin_actor(l->from)]->conf->name;
        member = origin_index(l->from);
    }
    return initial_of(&a->conf->init, name, member, l->headers);
}

bool init_wants(const struct actor *a, mail_origin from)
{
    const struct letter l = {.from = from, .type = MSG_TELL};

    return init_entries(a, &l) != 0;
}

struct mailbox *init_lane(struct actor *a, struct mailbox *box, const struct letter *l)
{
    size_t member = boxes_member(a, box);

    if (mailbox_bounds(l->type) && init_entries(a, l) == 0)
        return box;
    if (member == 0)
        return a->init->shared;
    struct init_member *im = a->members[member - 1]->init;
    if (im->own == NULL)
        im->own = init_mailbox(a->conf);
    if (im->own == NULL)
        return a->init->shared;
    if (keeping_wants(a->conf))
        keeping_watch(a, im->own, (int)member);
    return im->own;
}

void init_bury(struct actor *a)
{
    if (a->init == NULL)
        return;
    initial_release(&a->init->kept);
    for (size_t i = 0; i < a->n_made; i++)
        initial_leave(&a->members[i]->init->state);
}

/* --- other entries --- */

struct init_from {
    struct actor *actor;
    struct mailbox *box;
};

/* What is queued in box goes to where it belongs now: to `plain`, whose mail it is, or to init
 * mail. */
static void init_sort(struct actor *a, struct mailbox *box, struct mailbox *plain)
{
    struct letter l;

    for (uint64_t n = box == NULL ? 0 : mailbox_queued(box); n > 0 && mailbox_peek(box, &l); n--) {
        struct mailbox *home = plain == a->shared ? routing_box(a, &l) : plain;
        struct mailbox *lane = home == NULL ? NULL : init_lane(a, home, &l);
        if (lane == NULL || mailbox_put(lane, &l) != 0)
            return;
        router_moved_front(a, box, lane);
    }
}

static struct mailbox *init_where(void *from, const struct letter *l)
{
    const struct init_from *f = from;

    return init_lane(f->actor, f->box, l);
}

/* The same of mail with keys, whose other messages keep their places. */
static void init_part(struct actor *a, struct mailbox *box)
{
    struct init_from from = {a, box};

    if (box != NULL)
        (void)mailbox_part(box, init_where, &from);
}

void init_adopt(struct actor *a, const struct topo_actor *was)
{
    struct mailbox *const *aside = routing_aside(a);

    if (a->init == NULL)
        return;
    initial_renamed(&a->init->kept, &was->init, &a->conf->init);
    init_sort(a, a->shared, a->shared);
    init_sort(a, a->init->shared, a->shared);
    init_part(a, aside == NULL ? NULL : *aside);
    for (size_t i = 0; i < a->n_made; i++) {
        struct init_member *im = a->members[i]->init;
        initial_member_renamed(&im->state, &was->init, &a->conf->init);
        for (size_t k = 0; k < im->n_taken; k++)
            im->taken[k].entries = init_entries(a, &im->taken[k].kept->l);
        struct mailbox *plain = im->own == NULL ? a->members[i]->own : actor_own_box(a, (int)i + 1);
        init_sort(a, a->members[i]->own, plain);
        init_sort(a, im->own, plain);
        init_part(a, a->members[i]->keyed);
    }
}

/* --- what others ask --- */

bool init_open(const struct member *m)
{
    return initial_lacks(&m->actor->conf->init, &m->init->state) == 0;
}

bool init_holds(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (init_open(a->members[i]))
            return false;
    return true;
}

void init_senders(const struct actor *a, void (*cb)(void *arg, mail_origin from), void *arg)
{
    for (size_t i = 0; a->init != NULL && i < INITIAL_MAX; i++) {
        if (a->init->kept.last[i] != NULL)
            cb(arg, a->init->kept.last[i]->l.from);
        for (size_t k = 0; k < a->n_made; k++)
            if (a->members[k]->init->state.last[i] != NULL)
                cb(arg, a->members[k]->init->state.last[i]->l.from);
    }
}

bool init_reason(const struct member *m, char *buf, size_t size)
{
    char what[MEMBER_REASON];

    if (m->init == NULL || m->state != LIFE_READY || init_open(m))
        return false;
    (void)snprintf(buf, size, "it waits for init from %s",
                   initial_text(&m->actor->conf->init,
                                initial_lacks(&m->actor->conf->init, &m->init->state), what,
                                sizeof(what)));
    return true;
}
