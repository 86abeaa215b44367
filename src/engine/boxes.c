#include "engine/boxes.h"

#include "engine/keeping.h"

#include <stdio.h>

enum { BOXES_PLAIN = 2, BOXES_INIT = 4 }; /* of a member, without and with `init` */

/* With `init` each has a lane for init mail beside it, and a member the copies for its process. */
static size_t boxes_each(const struct actor *a)
{
    return a->init == NULL ? BOXES_PLAIN : BOXES_INIT;
}

static size_t boxes_first(const struct actor *a)
{
    return 1u + (a->init != NULL) + (a->routing != NULL);
}

size_t boxes_end(const struct actor *a)
{
    return boxes_first(a) + a->n_made * boxes_each(a);
}

struct mailbox **boxes_common(const struct actor *a, size_t i)
{
    if (i == 0)
        return (struct mailbox **)&a->shared;
    if (i == 1 && a->init != NULL)
        return &a->init->shared;
    return i < boxes_first(a) ? routing_aside(a) : NULL;
}

struct mailbox **boxes_of(const struct member *m, size_t i)
{
    struct mailbox **const boxes[BOXES_INIT] = {
        (struct mailbox **)&m->own, (struct mailbox **)&m->keyed,
        m->init == NULL ? NULL : &m->init->own, m->init == NULL ? NULL : &m->init->copies};

    return i < boxes_each(m->actor) ? boxes[i] : NULL;
}

struct mailbox **boxes_at(const struct actor *a, size_t place)
{
    size_t first = boxes_first(a), each = boxes_each(a);

    if (place < first)
        return boxes_common(a, place);
    return boxes_of(a->members[(place - first) / each], (place - first) % each);
}

const struct member *boxes_owner(const struct actor *a, const struct mailbox *box)
{
    for (size_t i = 0; i < a->n_made; i++)
        for (size_t k = 0; k < boxes_each(a); k++)
            if (*boxes_of(a->members[i], k) == box)
                return a->members[i];
    return NULL;
}

size_t boxes_member(const struct actor *a, const struct mailbox *box)
{
    for (size_t i = 0; i < a->n_made; i++) {
        const struct member *m = a->members[i];
        if (m->own == box || (m->init != NULL && (m->init->own == box || m->init->copies == box)))
            return i + 1;
    }
    return 0;
}

static uint64_t boxes_sum(const struct actor *a, uint64_t (*of)(const struct mailbox *m))
{
    uint64_t n = 0;

    for (size_t i = 0; i < boxes_end(a); i++)
        n += *boxes_at(a, i) == NULL ? 0 : of(*boxes_at(a, i));
    return n;
}

uint64_t actor_queued(const struct actor *a)
{
    return boxes_sum(a, mailbox_queued);
}

uint64_t actor_held(const struct actor *a)
{
    return boxes_sum(a, mailbox_held);
}

uint64_t boxes_beyond(const struct member *m)
{
    const struct mailbox *own = m->init != NULL ? m->init->own : m->own;
    const struct init *in = m->actor->init;

    return mailbox_beyond(own != NULL ? own : in != NULL ? in->shared : m->actor->shared);
}

const char *actor_box_address(const struct actor *a, const struct mailbox *box, char *buf,
                              size_t size)
{
    size_t member = box == NULL ? 0 : boxes_member(a, box);

    if (member == 0)
        return a->conf->name;
    (void)snprintf(buf, size, "%s/%zu", a->conf->name, member);
    return buf;
}

struct mailbox *actor_own_box(struct actor *a, int member)
{
    if (member <= 0 || !a->conf->is_pool || (size_t)member > a->n_members)
        return a->shared; /* of one that has left the pool: the others take it */
    struct member *m = a->members[member - 1];
    if (m->own == NULL)
        m->own = mailbox_new(a->conf->mailbox.messages, a->conf->mailbox.bytes, a->conf->delimiter);
    if (m->own != NULL && keeping_wants(a->conf))
        keeping_watch(a, m->own, member);
    return m->own;
}
