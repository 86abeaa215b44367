#include "engine/sending.h"

#include "engine/askbook.h"
#include "engine/boxes.h"
#include "engine/deadletters.h"
#include "engine/keeping.h"
#include "engine/member.h"
#include "engine/names.h"
#include "engine/outbox.h"
#include "engine/router.h"
#include "engine/sequencer.h"
#include "engine/waiting.h"
#include "model/address.h"

#include <stdio.h>
#include <string.h>

enum { SENDING_WHY = 256, SENDING_TARGETS = 256 };

mail_origin member_origin(const struct member *m)
{
    return origin_member(m->actor->index, m->index);
}

static void sending_wait(struct member *m, struct actor *full)
{
    if (full == NULL) /* for its turn in a sequential run */
        return;
    waiting_on(&m->waiter, full);
    member_ring_check(m);
}

static void sending_letter(struct system *s, const struct sending *what, struct letter *l)
{
    const struct speak_out *o = what->out;

    *l = (struct letter){
        .from = what->from,
        .when = system_when(s),
        .type = o->type,
        .cause = o->cause,
        .headers = o->headers,
        .body = o->body,
    };
}

/* The targets that take l; the others' copies go to dead letters, with one line in the log. */
static size_t sending_takers(struct member *m, const struct letter *l, struct target *takers)
{
    struct actor *a = m->actor;
    const char *why = NULL;
    size_t n = 0;

    for (size_t i = 0; i < a->n_to; i++) {
        if (router_takes(&a->to[i], l, &why) == 0) {
            takers[n++] = a->to[i];
            continue;
        }
        struct letter copy = *l;
        copy.id = system_id(a->sys, 1);
        deadletters_add(a->sys, NULL, a->conf->to[i], &copy, why, NULL);
        member_note(m, "send.refused to=%s reason=\"%s\"", a->conf->to[i], why);
    }
    return n;
}

bool sending_reserved(const struct member *m)
{
    if (m->state == LIFE_DRAINING) /* its mail is read by the next process, behind these asks */
        return false;
    return m->asking + boxes_beyond(m) >= m->actor->conf->mailbox.messages;
}

void sending_answered(struct member *m)
{
    const struct speak_out *next = outbox_front(m);

    if (m->waiter.on != m->actor || next == NULL || next->type != MSG_ASK || sending_reserved(m))
        return;
    waiting_end(&m->waiter);
    m->waiter.wake(&m->waiter);
}

static int sending_post_to(struct system *s, const struct sending *what, const struct target *t,
                           size_t n, struct actor **full)
{
    struct letter l;

    sending_letter(s, what, &l);
    if (what->out->type != MSG_ASK)
        return router_post(s, t, n, &l, full);
    if (what->by != NULL && sending_reserved(what->by)) {
        *full = what->by->actor;
        return ERR_AGAIN;
    }
    l.id = system_id(s, 1);
    int rc = asks_open(s, l.id, what->asker, t[0].actor, what->out->tag, what->out->timeout_ms);
    if (rc != 0)
        return rc;
    rc = router_post(s, t, n, &l, full);
    if (rc != 0)
        asks_cancel(s, l.id);
    return rc;
}

int sending_post(struct system *s, const struct sending *what, struct actor **full, char *why,
                 size_t size)
{
    struct letter l;
    struct target t;
    const char *reason = NULL;

    sending_letter(s, what, &l);
    if (what->out->to.len == 0 && what->by != NULL) {
        struct target takers[SENDING_TARGETS];
        struct actor *a = what->by->actor;
        if (a->n_to == 0 || a->n_to > SENDING_TARGETS) {
            (void)snprintf(why, size, "no address, and the actor has no `to`");
            return ERR_INVALID;
        }
        if (l.type == MSG_ASK && a->n_to > 1) {
            (void)snprintf(why, size, "an ask needs one receiver, and the actor's `to` is a list");
            return ERR_REFUSED;
        }
        size_t n = sending_takers(what->by, &l, takers);
        return n == 0 ? 0 : sending_post_to(s, what, takers, n, full);
    }
    int rc = names_resolve(s, what->out->to, &t, why, size);
    if (rc != 0)
        return rc;
    rc = router_takes(&t, &l, &reason);
    if (rc != 0) {
        (void)snprintf(why, size, "%s: %s", t.actor->conf->name, reason);
        return rc;
    }
    rc = sending_post_to(s, what, &t, 1, full);
    if (rc == ERR_NOMEM)
        (void)snprintf(why, size, "the supervisor is out of memory");
    if (rc == ERR_FULL)
        keeping_why(s, why, size);
    return rc;
}

/* What could not be delivered goes to dead letters and back to its sender. */
static void sending_bounce(struct member *m, const struct speak_out *o, const char *why)
{
    struct system *s = m->actor->sys;
    struct sending what = {member_origin(m), member_origin(m), m, o};
    struct letter l;
    char to[ADDRESS_MAX + 1];

    (void)snprintf(to, sizeof(to), "%.*s", (int)(o->to.len > 255 ? 255 : o->to.len),
                   o->to.len == 0 ? "" : (const char *)o->to.data);
    sending_letter(s, &what, &l);
    l.id = system_id(s, 1);
    member_note(m, "send.refused to=\"%s\" reason=\"%s\"", to, why);
    deadletters_add(s, NULL, to, &l, why, NULL);
    asks_tell_dead(s, member_origin(m), o->tag, to, why, o->body, l.id);
}

static const char sending_stuck[] =
    "its sender was stopped in a ring of full mailboxes, where it found no room";

static int sending_try(struct member *m, const struct speak_out *o, struct actor **full)
{
    struct sending what = {member_origin(m), member_origin(m), m, o};
    char why[SENDING_WHY] = "refused";

    if (sequencer_doses(m) && !sequencer_allows(m, STEP_SEND))
        return ERR_AGAIN;
    int rc = sending_post(m->actor->sys, &what, full, why, sizeof(why));

    if (rc == ERR_FULL) /* it waits for a full disk as for a full mailbox */
        return ERR_AGAIN;
    if (rc == ERR_AGAIN && m->bounces && *full != NULL) {
        (void)snprintf(why, sizeof(why), "%s", sending_stuck);
        rc = ERR_REFUSED;
    }
    if (rc != 0 && rc != ERR_AGAIN)
        sending_bounce(m, o, why);
    return rc;
}

static void sending_keep(struct member *m, const struct speak_out *o)
{
    struct speak_out kept = *o;
    struct letter in;

    if (kept.cause == 0 && hand_front(&m->speak->hand, &in))
        kept.cause = in.id; /* until it is sent much may have left the hand */
    if (outbox_add(m, &kept) != 0)
        sending_bounce(m, o, "the supervisor is out of memory");
}

void sending_send(void *member, const struct speak_out *out)
{
    struct member *m = member;
    struct actor *full = NULL;

    if (m->outbox == NULL) {
        if (sending_try(m, out, &full) != ERR_AGAIN)
            return;
        sending_wait(m, full);
    }
    sending_keep(m, out);
}

bool sending_congested(void *member)
{
    const struct member *m = member;

    return m->outbox_bytes >= SPEAK_AHEAD;
}

bool sending_flush(struct member *m)
{
    const struct speak_out *next = NULL;

    while ((next = outbox_front(m)) != NULL) {
        struct actor *full = NULL;
        if (sending_try(m, next, &full) == ERR_AGAIN) {
            sending_wait(m, full);
            return false;
        }
        outbox_shift(m);
    }
    keeping_poke(m->actor->sys);
    return true;
}

void sending_drop(struct member *m)
{
    waiting_end(&m->waiter);
    while (outbox_front(m) != NULL)
        outbox_shift(m);
}

static size_t sending_each_line(struct member *m, const char *data, size_t len, char delim)
{
    size_t done = 0;

    while (done < len) {
        const char *end = memchr(data + done, delim, len - done);
        struct actor *full = NULL;
        if (end == NULL)
            break;
        struct speak_out o = {.type = MSG_TELL,
                              .body = span_of(data + done, (size_t)(end - (data + done)))};
        if (sending_try(m, &o, &full) == ERR_AGAIN) {
            sending_wait(m, full);
            break;
        }
        done += o.body.len + 1;
    }
    return done;
}

size_t sending_lines(void *member, const char *data, size_t len, char delim)
{
    struct member *m = member;
    struct actor *a = m->actor, *full = NULL;

    if (a->n_to != 1 || m->bounces || sequencer_doses(m) ||
        !router_bulk(&a->to[0], member_origin(m), delim))
        return sending_each_line(m, data, len, delim);
    uint64_t lines = 0;
    size_t done =
        router_post_lines(a->sys, &a->to[0], member_origin(m), data, len, delim, &lines, &full);
    if (full != NULL)
        sending_wait(m, full);
    return done;
}

static int sending_post_each(struct system *s, const struct sending *what, char delim,
                             struct sent_lines *sent, struct actor **full, char *why, size_t size)
{
    const char *at = what->out->body.data, *end = at + what->out->body.len;
    int rc = 0;

    while (rc == 0 && at < end) {
        const char *stop = memchr(at, delim, (size_t)(end - at));
        struct speak_out one = *what->out;
        struct sending single = {what->from, what->asker, what->by, &one};
        if (stop == NULL)
            break;
        one.body = span_of(at, (size_t)(stop - at));
        rc = sending_post(s, &single, full, why, size);
        if (rc == 0) {
            at = stop + 1;
            sent->lines++;
            sent->bytes += one.body.len + 1;
        }
    }
    return rc;
}

int sending_post_lines(struct system *s, const struct sending *what, char delim,
                       struct sent_lines *sent, struct actor **full, char *why, size_t size)
{
    const struct span data = what->out->body;
    struct target t;
    int rc = names_resolve(s, what->out->to, &t, why, size);

    *sent = (struct sent_lines){0, 0};
    if (rc != 0)
        return rc;
    if (!router_bulk(&t, what->from, delim))
        return sending_post_each(s, what, delim, sent, full, why, size);
    sent->bytes =
        router_post_lines(s, &t, what->from, data.data, data.len, delim, &sent->lines, full);
    return *full == NULL ? 0 : ERR_AGAIN;
}

/* The ask goes on to the next stage with its asker, id and headers. */
static int sending_pass_ask(struct member *m, const struct letter *in, struct span body)
{
    struct actor *a = m->actor, *full = NULL;
    struct letter l = *in;
    const char *why = NULL;

    l.body = body;
    l.tag = span_of(NULL, 0);
    l.attempt = 1;
    l.blame = 0;
    l.solo = false;
    l.when = system_when(a->sys);
    l.cause = in->id;
    if (router_takes(&a->to[0], &l, &why) != 0) {
        asks_fail(a->sys, in->id, why);
        l.id = system_id(a->sys, 1);
        deadletters_add(a->sys, NULL, a->conf->to[0], &l, why, NULL);
        member_note(m, "send.refused to=%s reason=\"%s\"", a->conf->to[0], why);
        return 0;
    }
    int rc = router_post(a->sys, a->to, 1, &l, &full);
    if (rc == ERR_NOMEM)
        asks_fail(a->sys, in->id, "the supervisor is out of memory");
    if (rc == ERR_AGAIN && m->bounces)
        asks_fail(a->sys, in->id, sending_stuck);
    if (rc == 0 || rc == ERR_NOMEM || m->bounces)
        return 0;
    sending_wait(m, full);
    return ERR_AGAIN;
}

int sending_pass(void *member, const struct letter *in, struct span body)
{
    struct member *m = member;
    struct actor *full = NULL;
    struct speak_out o = {.type = MSG_TELL, .body = body};

    if (in != NULL && in->type == MSG_ASK && m->actor->n_to == 1)
        return sending_pass_ask(m, in, body);
    if (in != NULL) {
        o.headers = in->headers;
        o.cause = in->id;
    }
    if (sending_try(m, &o, &full) != ERR_AGAIN)
        return 0;
    sending_wait(m, full);
    return ERR_AGAIN;
}
