/* Messages as they come in, and their headers. */
#include "actor/inside.h"

#include <string.h>

static const char *receive_text(char *buf, struct span s)
{
    if (s.len > 0)
        memcpy(buf, s.data, s.len);
    buf[s.len] = 0;
    return buf;
}

int receive_next(struct actor *a, struct actor_message *m, int timeout_ms)
{
    struct frame f;
    int rc;

    do {
        rc = a->port->ops->next(a->port, &f, timeout_ms, &a->why);
        if (rc != 0)
            return rc;
    } while (f.kind != FRAME_DELIVER);
    a->headers_read = false;
    if (f.id != 0)
        a->in_hand++;
    *m = (struct actor_message){.id = f.id,
                                .type = f.type,
                                .attempt = f.attempt,
                                .from = receive_text(a->from, f.from),
                                .to = receive_text(a->to, f.to),
                                .tag = receive_text(a->tag, f.tag),
                                .body = f.body.data,
                                .size = f.body.len,
                                .actor = a,
                                .headers = f.headers.data,
                                .headers_size = f.headers.len};
    return 0;
}

int actor_receive(struct actor *a, struct actor_message *m, int timeout_ms)
{
    if (!a->port->ops->buffered(a->port)) {
        int rc = actor_flush(a, -1);
        if (rc != 0 && rc != ERR_CLOSED)
            return rc;
    }
    return receive_next(a, m, timeout_ms);
}

/* The headers once more, each key and value with a NUL behind it, so that they can be given out
 * as strings. What next said of the packed ones holds: they were checked when they came. */
static int receive_read_headers(struct actor *a, const struct actor_message *m)
{
    struct span packed = span_of(m->headers, m->headers_size);
    struct span key, value;
    size_t at = 0;

    a->headers.start = a->headers.end = 0;
    if (bytes_room(&a->headers, m->headers_size) == NULL)
        return ACTOR_NOMEM;
    while (frame_header_next(packed, &at, &key, &value) == 1) {
        (void)bytes_append(&a->headers, key.data, key.len);
        (void)bytes_byte(&a->headers, 0);
        (void)bytes_append(&a->headers, value.data, value.len);
        (void)bytes_byte(&a->headers, 0);
    }
    a->headers_read = true;
    return 0;
}

int actor_header_at(const struct actor_message *m, size_t index, const char **key,
                    const char **value, size_t *size)
{
    struct actor *a = m->actor;
    struct span k, v;
    size_t at = 0;

    if (m->headers_size == 0)
        return 0;
    if (!a->headers_read && receive_read_headers(a, m) != 0)
        return ACTOR_NOMEM;
    const char *text = (const char *)bytes_at(&a->headers);
    while (frame_header_next(span_of(m->headers, m->headers_size), &at, &k, &v) == 1) {
        if (index-- == 0) {
            *key = text;
            *value = text + k.len + 1;
            *size = v.len;
            return 1;
        }
        text += k.len + v.len + 2;
    }
    return 0;
}

const char *actor_header(const struct actor_message *m, const char *key)
{
    const char *name, *value;
    size_t size;

    for (size_t i = 0; actor_header_at(m, i, &name, &value, &size) == 1; i++) {
        if (strcmp(name, key) == 0)
            return value;
    }
    return NULL;
}
