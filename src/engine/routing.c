#include "engine/routing.h"

#include "engine/keeping.h"
#include "engine/router.h"
#include "model/route.h"

#include <stdlib.h>
#include <string.h>

struct routing {
    struct route_range range;
    struct mailbox *aside; /* of keys that move: they wait here for what is in hand */
    size_t holder;         /* a member that had such a message in hand when it was looked at last */
    uint64_t held;
};

struct routing *routing_new(const struct topo_actor *conf)
{
    struct routing *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return NULL;
    r->aside = mailbox_new(conf->mailbox.messages, conf->mailbox.bytes, conf->delimiter);
    if (r->aside != NULL)
        return r;
    free(r);
    return NULL;
}

void routing_free(struct routing *r)
{
    if (r == NULL)
        return;
    mailbox_free(r->aside);
    free(r);
}

/* --- where a message belongs --- */

/* False: it has none. */
static bool routing_key(const struct actor *a, const struct letter *l, uint64_t *hash)
{
    const char *header = a->conf->route_header;
    struct span key, value;
    size_t at = 0, len = strlen(header);

    while (frame_header_next(l->headers, &at, &key, &value) > 0) {
        if (key.len == len && memcmp(key.data, header, len) == 0) {
            *hash = route_hash(value);
            return true;
        }
    }
    return false;
}

static struct mailbox *routing_keyed(struct actor *a, struct member *m)
{
    const struct topo_mailbox *c = &a->conf->mailbox;

    if (m->keyed == NULL) {
        m->keyed = mailbox_new(c->messages, c->bytes, a->conf->delimiter);
        if (m->keyed != NULL)
            keeping_watch(a, m->keyed, 0);
    }
    return m->keyed;
}

struct mailbox *routing_box(struct actor *a, const struct letter *l)
{
    struct routing *r = a->routing;
    unsigned place;
    uint64_t hash;

    if (r == NULL || l->headers.len == 0 || r->range.now == 0 || !routing_key(a, l, &hash))
        return a->shared;
    return route_place(&r->range, hash, &place) ? routing_keyed(a, a->members[place]) : r->aside;
}

struct mailbox **routing_aside(const struct actor *a)
{
    return a->routing == NULL ? NULL : &a->routing->aside;
}

uint64_t routing_queued(const struct actor *a)
{
    uint64_t n = a->routing == NULL ? 0 : mailbox_queued(a->routing->aside);

    for (size_t i = 0; i < a->n_made; i++)
        if (a->members[i]->keyed != NULL)
            n += mailbox_queued(a->members[i]->keyed);
    return n;
}

/* --- keys that move --- */

bool routing_moves(const struct actor *a)
{
    return a->routing != NULL && route_moves(&a->routing->range);
}

struct routing_look {
    struct member *m;
    uint64_t id; /* 0: none */
};

static bool routing_look_one(void *arg, const struct letter *l)
{
    struct routing_look *look = arg;
    struct member *m = look->m;
    struct actor *a = m->actor;
    unsigned place;
    uint64_t hash;

    if (!routing_key(a, l, &hash) || route_place(&a->routing->range, hash, &place))
        return true;
    const struct mailbox *box = hand_mailbox(&m->speak->hand, l->id);
    if (box != m->keyed && box != a->shared) /* it was sent to NAME/N, or comes first */
        return true;
    look->id = l->id;
    return false;
}

/* Is something in hand of a key that moves? */
static bool routing_held(struct actor *a)
{
    struct routing *r = a->routing;
    struct letter l;

    if (r->holder < a->n_made && hand_find(&a->members[r->holder]->speak->hand, r->held, &l))
        return true;
    for (size_t i = 0; i < a->n_made; i++) {
        struct routing_look look = {a->members[i], 0};
        hand_each(&a->members[i]->speak->hand, routing_look_one, &look);
        if (look.id != 0) {
            r->holder = i;
            r->held = look.id;
            return true;
        }
    }
    return false;
}

struct routing_sweep {
    struct actor *actor;
    struct mailbox *from;
    struct route_range was;
};

/* What has had a place up to now, and has none any more, is put aside. What had none before is
 * older than what is there. */
static struct mailbox *routing_where_aside(void *arg, const struct letter *l)
{
    struct routing_sweep *s = arg;
    struct routing *r = s->actor->routing;
    unsigned place;
    uint64_t hash;

    return routing_key(s->actor, l, &hash) && route_place(&s->was, hash, &place) &&
                   !route_place(&r->range, hash, &place)
               ? r->aside
               : s->from;
}

static struct mailbox *routing_where_now(void *arg, const struct letter *l)
{
    struct routing_sweep *s = arg;

    return routing_box(s->actor, l);
}

static bool routing_sweep(struct routing_sweep *s, struct mailbox *from, mailbox_where *where)
{
    s->from = from;
    return from == NULL || mailbox_part(from, where, s);
}

static bool routing_sweep_keyed(struct routing_sweep *s, mailbox_where *where)
{
    bool done = true;

    for (size_t i = 0; done && i < s->actor->n_made; i++)
        done = routing_sweep(s, s->actor->members[i]->keyed, where);
    return done;
}

/* The range has just become another than `was`. What there is no memory for stays where it is:
 * only its order is at risk. */
static void routing_part(struct actor *a, struct route_range was)
{
    struct routing_sweep s = {.actor = a, .was = was};

    keeping_watch(a, a->routing->aside, 0);
    keeping_watch(a, a->shared, 0);
    if (a->routing->range.low == 0)
        (void)routing_sweep(&s, a->shared, routing_where_aside);
    (void)routing_sweep_keyed(&s, routing_where_aside);
    loop_task_queue(&a->deliver);
}

void routing_settle(struct actor *a)
{
    struct routing *r = a->routing;
    struct routing_sweep s = {.actor = a};

    if (!routing_moves(a) || routing_held(a))
        return;
    struct route_range moving = r->range;
    route_settle(&r->range);
    if ((moving.low == 0 && !routing_sweep(&s, a->shared, routing_where_now)) ||
        !routing_sweep_keyed(&s, routing_where_now) ||
        !routing_sweep(&s, r->aside, routing_where_now)) {
        r->range = moving; /* no memory: with the next mail it is tried again */
        return;
    }
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->state == LIFE_DONE)
            router_bury(a, a->members[i]->keyed, "done");
    if (a->waiters != NULL)
        loop_task_queue(&a->room);
}

/* --- members --- */

static bool routing_has(const struct member *m, bool already)
{
    return !m->leaving && (already || (m->state == LIFE_READY && !m->halting && !m->ending));
}

void routing_begin(struct actor *a)
{
    struct routing *r = a->routing;
    unsigned n = 0;

    if (r == NULL)
        return;
    while (n < a->n_members && !a->members[n]->leaving)
        n++;
    route_begin(&r->range, n);
}

void routing_sized(struct actor *a)
{
    struct routing *r = a->routing;
    unsigned n = 0;

    if (r == NULL)
        return;
    while (n < a->n_members && routing_has(a->members[n], n < r->range.now))
        n++;
    if (n == 0 || n == r->range.now)
        return;
    struct route_range was = r->range;
    route_resize(&r->range, n);
    routing_part(a, was);
}

void routing_leave(struct member *m)
{
    struct routing_sweep s = {.actor = m->actor};

    if (m->actor->routing == NULL)
        (void)routing_sweep(&s, m->keyed, routing_where_now);
}

/* --- another file --- */

static void routing_rehash(struct actor *a)
{
    struct route_range was = a->routing->range;

    route_rehash(&a->routing->range);
    routing_part(a, was);
}

static void routing_end(struct actor *a)
{
    struct routing *r = a->routing;
    struct routing_sweep s = {.actor = a};

    a->routing = NULL;
    keeping_watch(a, a->shared, 0);
    (void)routing_sweep_keyed(&s, routing_where_now);
    (void)routing_sweep(&s, r->aside, routing_where_now);
    router_bury(a, r->aside, "out of memory");
    routing_free(r);
}

void routing_adopt(struct actor *a, const struct topo_actor *was, struct routing **fresh)
{
    const struct topo_actor *is = a->conf;

    if (is->route != ROUTE_HASH) {
        if (a->routing != NULL)
            routing_end(a);
    } else if (a->routing == NULL) {
        a->routing = *fresh;
        *fresh = NULL;
        routing_begin(a);
        routing_rehash(a);
    } else if (strcmp(was->route_header, is->route_header) != 0) {
        routing_rehash(a);
    }
}
