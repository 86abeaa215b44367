/* What a client that is welcome says. */
#include "engine/clientparts.h"
#include "engine/control.h"
#include "engine/keeping.h"
#include "engine/sending.h"
#include "engine/sequencer.h"
#include "engine/waiting.h"

#include <stdlib.h>
#include <string.h>

static void client_accepted(struct client *c)
{
    struct frame f = {.kind = FRAME_ACCEPTED, .number = c->sure};

    if (c->role != FRAME_ROLE_SEND || (c->told == c->sure && !(c->bye && c->n_waits == 0)))
        return;
    c->told = c->sure;
    client_send(c, &f);
}

/* n more are accepted. before: what keeping_mark was then. */
static void client_count(struct client *c, uint64_t n, const struct keeping_mark *before)
{
    c->accepted += n;
    const struct keeping_mark mark = keeping_mark(c->sys);
    if (mark.added != before->added || mark.copy != before->copy) {
        if (c->n_waits == 0 || (c->n_waits == 1 && !keeping_same(&c->waits[0].mark, &mark)))
            c->n_waits++;
        c->waits[c->n_waits - 1].mark = mark;
    }
    if (c->n_waits > 0)
        c->waits[c->n_waits - 1].count = c->accepted;
    else
        c->sure = c->accepted;
}

static void client_tell_refusal(struct client *c, int code, const char *why)
{
    struct frame f = {.kind = FRAME_REFUSED,
                      .number = c->accepted + 1,
                      .code = code,
                      .text = span_of(why, strlen(why))};

    client_accepted(c);
    client_send(c, &f);
}

/* What was to be synced cannot be: it is not accepted, though it may be handled. */
static void client_unsure(struct client *c)
{
    char why[512];

    keeping_why(c->sys, why, sizeof(why));
    c->accepted = c->sure;
    c->n_waits = 0;
    c->refused = true;
    client_tell_refusal(c, ERR_FULL, why);
    free(c->refusal);
    c->refusal = NULL;
}

void client_settle(struct client *c)
{
    while (c->n_waits > 0 && keeping_reached(c->sys, &c->waits[0].mark)) {
        c->sure = c->waits[0].count;
        c->waits[0] = c->waits[1];
        c->n_waits--;
    }
    if (c->n_waits > 0 && keeping_failing(c->sys))
        client_unsure(c);
    if (c->n_waits == 0 && c->refusal != NULL) {
        client_tell_refusal(c, c->refusal_code, c->refusal);
        free(c->refusal);
        c->refusal = NULL;
    }
    client_accepted(c);
    if (c->bye && c->n_waits == 0 && c->role == FRAME_ROLE_SEND)
        c->closing = true;
}

static void client_refused(struct client *c, int code, const char *why)
{
    c->refused = true;
    c->refusal_code = code;
    if (c->n_waits == 0 || (c->refusal = strdup(why)) == NULL)
        client_tell_refusal(c, code, why);
}

/* False: it waits for room. */
static bool client_message(struct client *c, const struct frame *f)
{
    struct speak_out out = sending_out(f);
    struct sending what = {c->origin, origin_client(c->number), NULL, &out};
    struct actor *full = NULL;
    char why[512] = "refused";
    const struct keeping_mark before = keeping_mark(c->sys);
    int rc = sending_post(c->sys, &what, &full, why, sizeof(why));

    if (rc == ERR_AGAIN) {
        waiting_on(&c->waiter, full);
        return false;
    }
    c->asked = c->asked || out.type == MSG_ASK;
    if (rc != 0)
        client_refused(c, rc, why);
    else
        client_count(c, 1, &before);
    return true;
}

/* The same for many; those before what is refused are accepted. */
static bool client_lines(struct client *c, const struct frame *f)
{
    const char *at = (const char *)f->body.data + c->lines_at;
    struct speak_out out = {
        .to = f->to, .type = MSG_TELL, .body = span_of(at, f->body.len - c->lines_at)};
    struct sending what = {c->origin, origin_client(c->number), NULL, &out};
    struct sent_lines sent = {0, 0};
    struct actor *full = NULL;
    char why[512] = "refused";
    const struct keeping_mark before = keeping_mark(c->sys);
    int rc = sending_post_lines(c->sys, &what, (char)f->flags, &sent, &full, why, sizeof(why));

    client_count(c, sent.lines, &before);
    if (rc == ERR_AGAIN) {
        c->lines_at += sent.bytes;
        waiting_on(&c->waiter, full);
        return false;
    }
    c->lines_at = 0;
    if (rc != 0)
        client_refused(c, rc, why);
    return true;
}

/* False: nothing more may be read from it now. */
static bool client_frame(struct client *c, const struct frame *f, size_t size)
{
    if (c->role == 0) {
        client_hello(c, f, size);
    } else if (f->kind == FRAME_BYE) {
        c->bye = true;
        client_settle(c);
    } else if (c->role == FRAME_ROLE_SEND && (f->kind == FRAME_SEND || f->kind == FRAME_ASK)) {
        return c->refused || client_message(c, f);
    } else if (c->role == FRAME_ROLE_SEND && f->kind == FRAME_LINES) {
        return c->refused || client_lines(c, f);
    } else if (c->role == FRAME_ROLE_CONTROL && f->kind == FRAME_CALL) {
        control_request(c, f->body.data, f->body.len);
    } else {
        client_refuse(c, ERR_PROTOCOL, "this frame is not for this role");
    }
    return true;
}

void client_frames(struct client *c)
{
    while (!c->dead && !c->closing && !(c->bye && c->n_waits > 0) && bytes_len(&c->in) > 0) {
        struct frame f;
        const char *why = "not a frame";
        long size = frame_size(bytes_at(&c->in), bytes_len(&c->in));
        if (size == 0)
            break;
        if (client_gated(c)) {
            sequencer_look(c->sys);
            break;
        }
        if (size < 0 || frame_unpack(bytes_at(&c->in), (size_t)size, &f, &why) != 0) {
            client_refuse(c, ERR_PROTOCOL, why);
            break;
        }
        if (!client_frame(c, &f, (size_t)size))
            break;
        if (c->fd >= 0)
            bytes_consume(&c->in, (size_t)size);
    }
    client_settle(c);
}
