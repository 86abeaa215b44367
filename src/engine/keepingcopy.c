/* Mail that is copied to another host: between mailboxes, dead letters and copies.h. */
#include "engine/boxes.h"
#include "engine/clients.h"
#include "engine/deadletters.h"
#include "engine/keepingparts.h"
#include "engine/router.h"

static struct copylog *keeping_log(const struct system *s)
{
    return s->keeping == NULL ? NULL : copies_log(s->keeping->copies);
}

struct copies *keeping_copies(const struct system *s)
{
    return s->keeping == NULL ? NULL : s->keeping->copies;
}

/* --- what is told to it --- */

/* A box has the number of its address. */
static struct store_message keeping_copy_message(struct actor *a, uint32_t box,
                                                 const struct letter *l, char to[ADDRESS_MAX + 1])
{
    (void)router_origin(a->sys, box, to, ADDRESS_MAX + 1);
    struct store_message m = keeping_message(a->sys, box, to, l);

    m.wall -= system_when(a->sys) - l->when;
    if (keeping_find(a->sys, box, l->id) != NULL)
        m.flags = KEPT_LOGGED;
    return m;
}

/* What could not be copied for want of memory is in memory alone, as that of other actors is. */
void keeping_copy_letter(struct actor *a, const struct mailbox *box, const struct letter *l)
{
    struct copylog *log = copies_has(a->conf) ? keeping_log(a->sys) : NULL;
    char to[ADDRESS_MAX + 1];

    if (log == NULL || !keeping_keeps(l))
        return;
    struct store_message m = keeping_copy_message(a, mailbox_tag(box), l, to);
    (void)copylog_add(log, &m);
    copies_added(a->sys->keeping->copies);
}

void keeping_copy_dead(struct system *s, const struct store_message *m, struct span extra)
{
    struct copylog *log = keeping_log(s);

    if (log == NULL)
        return;
    (void)copylog_dead(log, m, extra);
    copies_added(s->keeping->copies);
}

void keeping_copy_changed(struct system *s, uint32_t box, const struct letter *l)
{
    struct copylog *log = keeping_log(s);

    if (log == NULL || !copylog_has(log, box, l->id))
        return;
    copylog_changed(log, box, l);
    copies_added(s->keeping->copies);
}

void keeping_copy_done(struct actor *a, uint32_t box, const struct letter *l)
{
    struct copylog *log = keeping_log(a->sys);
    char to[ADDRESS_MAX + 1];

    if (log == NULL || !copylog_gone(log, box, l->id, false))
        return;
    copies_added(a->sys->keeping->copies);
    if (!copylog_waiting(log, box, l->id))
        return;
    struct store_message m = keeping_copy_message(a, box, l, to);
    copylog_hold(log, &m);
}

void keeping_copy_gone(struct system *s, uint32_t box, uint64_t id, bool dead)
{
    struct copylog *log = keeping_log(s);

    if (log != NULL && copylog_gone(log, box, id, dead))
        copies_added(s->keeping->copies);
}

void keeping_copy_poke(struct system *s)
{
    struct copylog *log = keeping_log(s);

    if (log != NULL && copylog_waits(log))
        copies_added(s->keeping->copies);
}

bool keeping_waits(const struct actor *a)
{
    const struct copies *c = keeping_copies(a->sys);

    return c != NULL && copies_has(a->conf) && copies_room(c) != 0;
}

int keeping_copy_room(struct system *s, const struct target *t, size_t n, struct actor **full)
{
    struct keeping *k = s->keeping;
    struct actor *first = NULL;

    for (size_t i = n; i-- > 0;)
        if (copies_has(t[i].actor->conf))
            first = t[i].actor;
    if (first == NULL || copies_room(k->copies) == 0)
        return 0;
    k->asked = true;
    *full = first;
    return ERR_AGAIN;
}

/* --- what it asks and tells --- */

uint64_t keeping_copy_mark(void *system)
{
    return copies_mark(keeping_copies(system));
}

uint64_t keeping_copy_reached(void *system)
{
    return copies_reached(keeping_copies(system));
}

static uint64_t keeping_disk_mark(void *system)
{
    const struct keeping *k = ((const struct system *)system)->keeping;

    return k->store == NULL ? 0 : store_batch(k->store);
}

static uint64_t keeping_disk_reached(void *system)
{
    const struct keeping *k = ((const struct system *)system)->keeping;

    /* What a disk that fails was to keep was never accepted. */
    return k->store == NULL || store_failing(k->store) ? UINT64_MAX : store_synced(k->store);
}

struct keeping_all {
    struct actor *actor;
    const struct mailbox *box;
};

static void keeping_copy_one(void *arg, const struct letter *l)
{
    const struct keeping_all *all = arg;

    keeping_copy_letter(all->actor, all->box, l);
}

static void keeping_copy_box(struct actor *a, const struct mailbox *box)
{
    struct keeping_all all = {a, box};

    if (box != NULL)
        mailbox_each(box, keeping_copy_one, &all);
}

/* Copies of init mail are made anew for the next process. */
static void keeping_copy_actor(struct actor *a)
{
    struct mailbox **at;

    for (size_t i = 0; (at = boxes_common(a, i)) != NULL; i++)
        keeping_copy_box(a, *at);
    for (size_t k = 0; k < a->n_made; k++) {
        const struct member *m = a->members[k];
        for (size_t i = 0; (at = boxes_of(m, i)) != NULL; i++)
            if (m->init == NULL || *at != m->init->copies)
                keeping_copy_box(a, *at);
    }
}

static void keeping_copy_deadletter(struct system *s, const struct deadletter *d)
{
    const struct letter l = {.id = d->id,
                             .from = d->from,
                             .type = d->type,
                             /* as it was counted on: see deadletter_new */
                             .attempt = (uint8_t)(d->attempts + (d->stderr_text == NULL)),
                             .tag = span_of(bytes_at(&d->tag), bytes_len(&d->tag)),
                             .headers = span_of(bytes_at(&d->headers), bytes_len(&d->headers)),
                             .body = span_of(bytes_at(&d->body), bytes_len(&d->body))};
    struct store_message m = keeping_message(s, keeping_box(d->actor, d->to), d->to, &l);
    struct bytes extra;

    if (!keeping_keeps(&l))
        return;
    if (d->kept != NULL)
        m.flags = KEPT_LOGGED;
    m.wall -= loop_now(s->loop) - d->since;
    keeping_evidence(d, &extra);
    keeping_copy_dead(s, &m, span_of(bytes_at(&extra), bytes_len(&extra)));
    bytes_release(&extra);
}

/* Once all of it is to be copied. */
static void keeping_copy_all(struct system *s)
{
    for (size_t i = 0; i < s->n_actors; i++)
        if (copies_has(s->actors[i]->conf))
            keeping_copy_actor(s->actors[i]);
    for (const struct deadletter *d = deadletters_first(s->dead); d != NULL; d = d->next) {
        if (d->actor == NULL ? d->left : copies_has(d->actor->conf))
            keeping_copy_deadletter(s, d);
    }
}

int keeping_copy(struct system *s)
{
    const struct copylog_host host = {.holds = keeping_holds,
                                      .mark = keeping_disk_mark,
                                      .reached = keeping_disk_reached,
                                      .arg = s};

    s->keeping->copies = copies_new(s, &host, keeping_copy_all);
    return s->keeping->copies == NULL ? ERR_NOMEM : 0;
}
