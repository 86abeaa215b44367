#include "engine/router.h"

#include "engine/askbook.h"
#include "engine/boxes.h"
#include "engine/clients.h"
#include "engine/deadletters.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/keeping.h"
#include "engine/mail.h"
#include "engine/routing.h"
#include "engine/witness.h"
#include "model/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool router_answers(const struct topo_actor *c)
{
    return c->speaks != SPEAKS_LINES || c->n_to == 0 || (c->ack == ACK_LINE && c->n_to == 1);
}

int router_takes(const struct target *t, const struct letter *l, const char **why)
{
    const struct topo_actor *c = t->actor->conf;

    *why = NULL;
    if (c->speaks == SPEAKS_NONE)
        *why = "it has no mailbox (speaks: none)";
    else if (t->actor->closed)
        *why = "its input has ended";
    else if (l->type == MSG_ASK && t->member == ADDRESS_ALL)
        *why = "an ask needs one receiver";
    else if (l->type == MSG_ASK && !router_answers(c))
        *why = "does not answer";
    else if (l->body.len > FRAME_BODY_MAX)
        *why = "the body is over 16 MiB";
    else if (c->speaks == SPEAKS_LINES && l->body.len > 0 &&
             memchr(l->body.data, c->delimiter, l->body.len) != NULL)
        *why = c->delimiter == '\n' ? "the body holds a newline, which ends a message to it"
                                    : "the body holds a NUL, which ends a message to it";
    return *why == NULL ? 0 : ERR_REFUSED;
}

bool actor_is_done(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->state != LIFE_DONE)
            return false;
    return true;
}

bool actor_is_past(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (lifecycle_has_process(a->members[i]->state))
            return false;
    return a->removed;
}

/* Calls cb with each mailbox that l goes to by t. */
static inline int router_boxes(const struct target *t, const struct letter *l,
                               int (*cb)(const struct letter *, struct actor *, struct mailbox *))
{
    bool all = t->member == ADDRESS_ALL;
    size_t n = all ? t->actor->n_members : 1;

    for (size_t i = 0; i < n; i++) {
        struct mailbox *box = actor_box(t->actor, all ? (int)i + 1 : t->member, l);
        if (box == NULL)
            return ERR_NOMEM;
        int rc = cb(l, t->actor, boxes_lane(t->actor, box, l));
        if (rc != 0)
            return rc;
    }
    return 0;
}

const char *router_over(const struct actor *a, const struct mailbox *box)
{
    if (actor_is_past(a))
        return "removed";
    const struct member *m = box == a->shared ? NULL : boxes_owner(a, box);
    bool done = m != NULL ? m->state == LIFE_DONE : actor_is_done(a);
    return done ? "done" : NULL;
}

static int router_fits(const struct letter *l, struct actor *a, struct mailbox *box)
{
    if (router_over(a, box) != NULL || a->sys->stopping)
        return 0;
    if (a->conf->mailbox.full != FULL_BLOCK) {
        if (mailbox_bounds(l->type) && !mailbox_fits(box, letter_size(l)))
            mail_count(a);
        return 0;
    }
    return mailbox_fits(box, letter_size(l)) ? 0 : ERR_AGAIN;
}

static void router_dropped(struct actor *a, const struct letter *l, const char *reason)
{
    a->books.dropped++;
    witness_dropped(a, l, reason);
    if (l->type == MSG_ASK)
        asks_fail(a->sys, l->id, reason);
}

static void router_arm_expiry(struct actor *a)
{
    if (a->conf->mailbox.expire_ms != TOPO_FOREVER && !loop_timer_armed(&a->expiry))
        (void)loop_timer_start(&a->expiry, a->conf->mailbox.expire_ms);
}

void router_arrived(struct actor *a)
{
    router_arm_expiry(a);
    loop_task_queue(&a->deliver);
}

/* Makes room by policy. False: l itself is the one that goes. */
static bool router_make_room(struct actor *a, struct mailbox *box, const struct letter *l)
{
    struct letter old;

    while (!mailbox_fits(box, letter_size(l))) {
        if (a->conf->mailbox.full != FULL_DROP_OLD || !mailbox_peek(box, &old) ||
            !mailbox_bounds(old.type) || !mailbox_drop_front(box, &old))
            return false;
        router_dropped(a, &old, "dropped");
    }
    return true;
}

static int router_put(const struct letter *what, struct actor *a, struct mailbox *box)
{
    struct letter l = *what;
    char to[ADDRESS_MAX + 1];

    if (l.id == 0)
        l.id = system_id(a->sys, 1);
    a->books.accepted++;
    witness_accepted(a, box, &l);
    const char *over = router_over(a, box);
    if (over != NULL) {
        keeping_add(a, box, &l);
        deadletters_add(a->sys, a, actor_box_address(a, box, to, sizeof(to)), &l, over, NULL);
        if (l.type == MSG_ASK)
            asks_fail(a->sys, l.id, over);
        return 0;
    }
    if (a->conf->mailbox.full != FULL_BLOCK && mailbox_bounds(l.type) &&
        !router_make_room(a, box, &l)) {
        router_dropped(a, &l, "dropped");
        return 0;
    }
    if (mailbox_put(box, &l) != 0) {
        a->books.dropped++;
        witness_dropped(a, &l, "out of memory");
        event_actor(a, "mail.lost", "reason=\"out of memory\"");
        return ERR_NOMEM;
    }
    keeping_add(a, box, &l);
    router_arrived(a);
    return 0;
}

int router_post(struct system *s, const struct target *t, size_t n, const struct letter *l,
                struct actor **full)
{
    struct letter copy = *l;

    for (size_t i = 0; i < n; i++) {
        int rc = router_boxes(&t[i], l, router_fits);
        if (rc == ERR_AGAIN)
            *full = t[i].actor;
        if (rc != 0)
            return rc;
    }
    if (n > 1 || (n == 1 && t[0].member == ADDRESS_ALL))
        copy.id = 0;
    int rc = keeping_begin(s, t, n, l, full);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = router_boxes(&t[i], &copy, router_put);
    keeping_end(s);
    return rc;
}

int router_put_back(const struct target *t, const struct letter *l, const struct deadletter *was)
{
    struct mailbox *box = actor_box(t->actor, t->member, l);

    if (box != NULL)
        box = boxes_lane(t->actor, box, l);
    if (box == NULL || mailbox_put(box, l) != 0)
        return ERR_NOMEM;
    keeping_retry(t->actor, box, was, l);
    witness_retried(t, l);
    router_arrived(t->actor);
    return 0;
}

static bool router_target_done(const struct target *t)
{
    return actor_is_done(t->actor) || actor_is_past(t->actor) ||
           (t->member > 0 && (size_t)t->member <= t->actor->n_members &&
            t->actor->members[t->member - 1]->state == LIFE_DONE);
}

bool router_bulk(const struct target *t, mail_origin from, char delim)
{
    const struct topo_actor *c = t->actor->conf;

    return c->speaks != SPEAKS_NONE && t->member != ADDRESS_ALL && !t->actor->closed &&
           c->mailbox.full == FULL_BLOCK && !keeping_wants(c) && !router_target_done(t) &&
           !t->actor->sys->stopping && (t->actor->init == NULL || !init_wants(t->actor, from)) &&
           (c->speaks != SPEAKS_LINES || c->delimiter == delim);
}

size_t router_post_lines(struct system *s, const struct target *t, mail_origin from,
                         const char *data, size_t len, char delim, uint64_t *n, struct actor **full)
{
    struct actor *a = t->actor;
    struct mailbox *box = actor_own_box(a, t->member);
    const struct letter first = {
        .id = s->next_id, .from = from, .when = system_when(s), .type = MSG_TELL, .attempt = 1};
    uint64_t lines = 0;

    *n = 0;
    if (box == NULL) {
        *full = a;
        return 0;
    }
    size_t done = mailbox_put_lines(box, data, len, delim, from, first.id, first.when, &lines);
    (void)system_id(s, lines);
    a->books.accepted += lines;
    *n = lines;
    if (lines > 0) {
        witness_lines(t, &first, data, delim, lines);
        router_arrived(a);
    }
    if (done < len && memchr(data + done, delim, len - done) != NULL)
        *full = a;
    return done;
}

/* An answer to one that is not there any more. */
static void router_late(struct system *s, mail_origin to, const struct letter *l)
{
    char address[ADDRESS_MAX + 1];

    if (l->type != MSG_REPLY)
        return;
    (void)router_origin(s, to, address, sizeof(address));
    deadletters_add(s, NULL, address, l, "late", NULL);
}

void router_deliver(struct system *s, mail_origin to, const struct letter *l)
{
    if (to == ORIGIN_SYSTEM)
        return;
    if (origin_is_client(to)) {
        if (clients_deliver(s, to, l))
            witness_told(s, to, l);
        else
            router_late(s, to, l);
        return;
    }
    struct actor *a = s->slots[origin_actor(to)];
    struct mailbox *box = a->removed ? NULL : actor_own_box(a, (int)origin_index(to));
    if (box == NULL) {
        router_late(s, to, l);
        return;
    }
    /* A filter has no use for being told; the log and the dead letters have it. */
    if (a->conf->speaks == SPEAKS_NONE || (l->type != MSG_REPLY && a->conf->speaks != SPEAKS_JSON &&
                                           a->conf->speaks != SPEAKS_FRAMES))
        return;
    (void)router_put(l, a, boxes_lane(a, box, l));
}

size_t router_origin(struct system *s, mail_origin o, char *buf, size_t size)
{
    int n = 0;

    if (o == ORIGIN_SYSTEM)
        n = snprintf(buf, size, "actorsup");
    else if (origin_is_client(o))
        n = snprintf(buf, size, "~%u", origin_client_number(o));
    else if (origin_index(o) == 0)
        n = snprintf(buf, size, "%s", s->slots[origin_actor(o)]->conf->name);
    else
        n = snprintf(buf, size, "%s/%u", s->slots[origin_actor(o)]->conf->name, origin_index(o));
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* What is too old goes. *next: in so many ms it is to be looked at again, where that is sooner. */
static void router_expire_box(struct actor *a, struct mailbox *box, int64_t *next)
{
    uint32_t now = system_when(a->sys);
    struct letter l;

    while (box != NULL && mailbox_peek(box, &l)) {
        int64_t left = a->conf->mailbox.expire_ms - (int32_t)(now - l.when);
        if (left > 0) {
            *next = left < *next ? left : *next;
            return;
        }
        (void)mailbox_drop_front(box, &l);
        router_dropped(a, &l, "expired");
    }
}

void router_expire(void *actor)
{
    struct actor *a = actor;
    struct mailbox *const *aside = routing_aside(a);
    int64_t next = TOPO_FOREVER;

    router_expire_box(a, a->shared, &next);
    router_expire_box(a, aside == NULL ? NULL : *aside, &next);
    for (size_t i = 0; i < a->n_made; i++) {
        router_expire_box(a, a->members[i]->own, &next);
        router_expire_box(a, a->members[i]->keyed, &next);
    }
    if (next != TOPO_FOREVER)
        (void)loop_timer_start(&a->expiry, next);
    else if (actor_held(a) > 0)
        (void)loop_timer_start(&a->expiry, a->conf->mailbox.expire_ms);
    loop_task_queue(&a->room);
    flow_emptied(a);
}

void router_moved_front(struct actor *a, struct mailbox *from, struct mailbox *to)
{
    struct letter l;

    if (mailbox_drop_front(from, &l))
        keeping_moved(a, from, to, &l);
}

void router_move(struct actor *a, struct mailbox *from, struct mailbox *to)
{
    struct letter l;

    while (from != NULL && mailbox_peek(from, &l) && mailbox_put(to, &l) == 0)
        router_moved_front(a, from, to);
}

bool router_bury_front(struct actor *a, struct mailbox *box, const char *reason)
{
    char to[ADDRESS_MAX + 1];
    struct letter l;

    if (!mailbox_drop_front(box, &l))
        return false;
    deadletters_add(a->sys, a, actor_box_address(a, box, to, sizeof(to)), &l, reason, NULL);
    if (l.type == MSG_ASK)
        asks_fail(a->sys, l.id, reason);
    return true;
}

void router_bury(struct actor *a, struct mailbox *box, const char *reason)
{
    while (box != NULL && router_bury_front(a, box, reason))
        ;
}

void router_bury_all(struct actor *a, const char *reason)
{
    for (size_t i = 0; i < boxes_end(a); i++)
        router_bury(a, *boxes_at(a, i), reason);
}

void router_bury_member(struct member *m, const char *reason)
{
    for (size_t i = 0; boxes_of(m, i) != NULL; i++)
        if (boxes_of(m, i) != &m->keyed || !routing_moves(m->actor)) /* else it may be another's */
            router_bury(m->actor, *boxes_of(m, i), reason);
}
