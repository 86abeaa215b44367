/* All that an actor sends. */
#include "actor/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EMIT_COALESCE = 64 * 1024, EMIT_LOG_MAX = 4096, EMIT_REASON_MAX = 4096 };

int inside_fail(struct actor *a, int code, const char *format, ...)
{
    va_list ap;

    a->why.code = code;
    va_start(ap, format);
    (void)vsnprintf(a->why.text, sizeof(a->why.text), format, ap);
    va_end(ap);
    return code;
}

int actor_flush(struct actor *a, int timeout_ms)
{
    int rc = a->port->ops->flush(a->port, timeout_ms);

    return rc == 0 ? 0 : inside_fail(a, rc, "cannot send to the supervisor: %s", err_name(rc));
}

int emit_frame(struct actor *a, const struct frame *f)
{
    int rc = a->port->ops->put(a->port, f);

    if (rc == ERR_TOO_LARGE)
        return inside_fail(a, rc, "over 16 MiB of body, 64 KiB of headers or 255 bytes of name");
    if (rc != 0)
        return inside_fail(a, rc, "cannot send: %s", err_name(rc));
    return a->port->ops->unsent(a->port) < EMIT_COALESCE ? 0 : actor_flush(a, -1);
}

/* Most sends go where the last one went, which need not be parsed again. */
int emit_check_target(struct actor *a, const char *to)
{
    struct address parsed;
    const char *why = "";

    if (to == NULL || to[0] == 0 || strcmp(to, a->sent_to) == 0)
        return 0;
    size_t len = strlen(to);
    if (address_parse(to, len, &parsed, &why) != 0)
        return inside_fail(a, ACTOR_INVALID, "not an address: %s: %s", to, why);
    memcpy(a->sent_to, to, len + 1);
    return 0;
}

static int emit_check_tag(struct actor *a, const char *tag)
{
    if (tag == NULL || tag[0] == 0 || tag[0] == '~')
        return inside_fail(a, ACTOR_INVALID, "the tag of an ask is not empty nor begins with ~");
    if (strlen(tag) > ACTOR_TAG_LENGTH_MAX)
        return inside_fail(a, ACTOR_TOO_LARGE, "a tag has at most 64 bytes");
    return 0;
}

int emit_pack_headers(struct actor *a, const struct actor_pair *headers, struct span *out)
{
    a->packed.start = a->packed.end = 0;
    for (const struct actor_pair *h = headers; h != NULL && h->key != NULL; h++) {
        struct span value = inside_span(h->value);
        int rc = frame_header_add(&a->packed, h->key, strlen(h->key), value.data, value.len);
        if (rc != 0)
            return inside_fail(a, rc, "cannot send the header %s: %s", h->key, err_name(rc));
    }
    *out = span_of(bytes_at(&a->packed), bytes_len(&a->packed));
    return 0;
}

int actor_send(struct actor *a, const char *to, const void *body, size_t size)
{
    return actor_send_with(a, to, NULL, body, size);
}

int actor_send_with(struct actor *a, const char *to, const struct actor_pair *headers,
                    const void *body, size_t size)
{
    struct frame f = {.kind = FRAME_SEND, .to = inside_span(to), .body = span_of(body, size)};
    int rc = emit_check_target(a, to);

    if (rc == 0 && headers != NULL)
        rc = emit_pack_headers(a, headers, &f.headers);
    return rc == 0 ? emit_frame(a, &f) : rc;
}

static int emit_ask(struct actor *a, const char *to, const char *tag, int64_t timeout_ms,
                    const void *body, size_t size)
{
    struct frame f = {.kind = FRAME_ASK,
                      .to = inside_span(to),
                      .tag = inside_span(tag),
                      .millis = timeout_ms < 0 ? 0 : timeout_ms,
                      .body = span_of(body, size)};
    int rc = emit_check_target(a, to);

    return rc == 0 ? emit_frame(a, &f) : rc;
}

int actor_ask(struct actor *a, const char *to, const char *tag, int64_t timeout_ms,
              const void *body, size_t size)
{
    int rc = emit_check_tag(a, tag);

    return rc == 0 ? emit_ask(a, to, tag, timeout_ms, body, size) : rc;
}

int actor_ask_then(struct actor *a, const char *to, int64_t timeout_ms, const void *body,
                   size_t size, actor_handler *handler, void *arg)
{
    char tag[ASKS_TAG_SIZE];
    void *unused;

    if (handler == NULL)
        return inside_fail(a, ACTOR_INVALID, "no handler for the answer");
    if (asks_add(&a->asks, handler, arg, tag) != 0)
        return inside_fail(a, ACTOR_NOMEM, "no memory for another ask");
    int rc = emit_ask(a, to, tag, timeout_ms, body, size);
    if (rc != 0)
        (void)asks_take(&a->asks, tag, &unused);
    return rc;
}

/* Sends what settles a message in hand. */
static int emit_settle(struct actor *a, const struct frame *f)
{
    if (f->id == 0)
        return inside_fail(a, ACTOR_INVALID, "a message without an id is not to be settled");
    int rc = emit_frame(a, f);
    if (rc == ERR_NOMEM || rc == ERR_TOO_LARGE)
        return rc;
    if (a->current == f->id)
        a->current = 0;
    if (a->in_hand > 0)
        a->in_hand--;
    return rc;
}

int actor_ack(struct actor *a, uint64_t id)
{
    struct frame f = {.kind = FRAME_ACK, .id = id};

    return emit_settle(a, &f);
}

int actor_reply(struct actor *a, uint64_t id, const void *body, size_t size)
{
    return actor_reply_with(a, id, NULL, body, size);
}

int actor_reply_with(struct actor *a, uint64_t id, const struct actor_pair *headers,
                     const void *body, size_t size)
{
    struct frame f = {.kind = FRAME_REPLY, .id = id, .body = span_of(body, size)};
    int rc = headers == NULL ? 0 : emit_pack_headers(a, headers, &f.headers);

    return rc == 0 ? emit_settle(a, &f) : rc;
}

int actor_fail(struct actor *a, uint64_t id, const char *reason)
{
    struct frame f = {.kind = FRAME_FAIL, .id = id, .text = inside_span(reason)};

    if (f.text.len > EMIT_REASON_MAX)
        f.text.len = EMIT_REASON_MAX;
    return emit_settle(a, &f);
}

int actor_defer(struct actor *a, uint64_t id)
{
    struct frame f = {.kind = FRAME_DEFER, .id = id};

    return emit_settle(a, &f);
}

int actor_wake(struct actor *a, int64_t after_ms, const char *tag, const void *body, size_t size)
{
    struct frame f = {.kind = FRAME_WAKE,
                      .millis = after_ms < 0 ? 0 : after_ms,
                      .tag = inside_span(tag),
                      .body = span_of(body, size)};

    if (f.tag.len > ACTOR_TAG_LENGTH_MAX)
        return inside_fail(a, ACTOR_TOO_LARGE, "a tag has at most 64 bytes");
    return emit_frame(a, &f);
}

int actor_unwake(struct actor *a, const char *tag)
{
    struct frame f = {.kind = FRAME_UNWAKE, .tag = inside_span(tag)};

    if (f.tag.len > ACTOR_TAG_LENGTH_MAX)
        return inside_fail(a, ACTOR_TOO_LARGE, "a tag has at most 64 bytes");
    return emit_frame(a, &f);
}

int actor_ready(struct actor *a)
{
    struct frame f = {.kind = FRAME_READY};
    int rc = emit_frame(a, &f);

    return rc == 0 ? actor_flush(a, -1) : rc;
}

int actor_log(struct actor *a, int level, const char *format, ...)
{
    char text[EMIT_LOG_MAX + 1];
    va_list ap;

    if (level < ACTOR_DEBUG || level > ACTOR_ERROR)
        return inside_fail(a, ACTOR_INVALID, "no such level: %d", level);
    va_start(ap, format);
    int n = vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (n < 0)
        return inside_fail(a, ACTOR_INVALID, "not a format: %s", format);
    struct frame f = {.kind = FRAME_LOG, .type = (uint8_t)level, .text = inside_span(text)};
    return emit_frame(a, &f);
}
