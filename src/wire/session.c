#include "wire/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SESSION_CHUNK = 128 * 1024, /* read at a time */
    SESSION_KEEP = 1024 * 1024, /* a buffer larger than this is given back when empty */
    SESSION_NAME = 256,
};

struct session {
    struct stream *stream; /* owned */
    struct bytes in;       /* read and not yet returned, the frame last returned in front */
    size_t taken;          /* size of the frame last returned */
    struct bytes ahead;    /* read by session_flush, comes behind `in` */
    size_t ahead_max;
    struct bytes out; /* put and not yet sent */
    int ended;        /* the failure after which nothing more comes, or 0 */
    char name[SESSION_NAME];
    char system[SESSION_NAME];
};

static struct span session_span(const char *text)
{
    return span_of(text, strlen(text));
}

const char *session_name(const struct session *s)
{
    return s->name;
}

const char *session_system(const struct session *s)
{
    return s->system;
}

int session_fd(struct session *s)
{
    return stream_fd(s->stream);
}

void session_read_ahead(struct session *s, size_t bytes)
{
    s->ahead_max = bytes;
}

size_t session_unsent(const struct session *s)
{
    return bytes_len(&s->out);
}

int session_put(struct session *s, const struct frame *f)
{
    return frame_pack(&s->out, f);
}

int session_drain(struct session *s, int timeout_ms)
{
    return stream_drain(s->stream, timeout_ms);
}

int session_await_end(struct session *s, int timeout_ms)
{
    int64_t start = timeout_ms > 0 ? stream_now() : 0;
    long n = s->ended;

    while (n >= 0) {
        bytes_truncate(&s->in, 0);
        n = stream_recv(s->stream, &s->in, SESSION_CHUNK, stream_left(start, timeout_ms));
    }
    s->taken = 0;
    return n == ERR_TIMEOUT ? ERR_TIMEOUT : 0;
}

/* As bytes_consume, but keeps the memory for the next chunk. */
static void session_consume(struct bytes *b, size_t n)
{
    if (n < bytes_len(b) || b->cap > SESSION_KEEP)
        bytes_consume(b, n);
    else
        b->start = b->end = 0;
}

/* Takes what is there while a send has to wait. What ends the reading is found again by
 * session_next, behind the bytes that came before it. */
static int session_look_ahead(struct session *s)
{
    unsigned char *room = bytes_room(&s->ahead, SESSION_CHUNK);

    if (room == NULL)
        return ERR_NOMEM;
    long n = stream_read(s->stream, room, SESSION_CHUNK);
    if (n > 0)
        bytes_grew(&s->ahead, (size_t)n);
    return n < 0 && n != ERR_AGAIN ? (int)n : 0;
}

int session_flush(struct session *s, int timeout_ms)
{
    int64_t start = timeout_ms > 0 ? stream_now() : 0;
    bool reading = true;

    while (bytes_len(&s->out) > 0) {
        long n = stream_write(s->stream, bytes_at(&s->out), bytes_len(&s->out));
        if (n > 0) {
            session_consume(&s->out, (size_t)n);
            continue;
        }
        if (n != ERR_AGAIN)
            return (int)n;
        bool room = bytes_len(&s->ahead) < s->ahead_max;
        int want = STREAM_OUT | (reading && room ? STREAM_IN : 0);
        int got = stream_wait(s->stream, want, stream_left(start, timeout_ms));
        if (got == 0)
            return ERR_TIMEOUT;
        if ((got & STREAM_IN) != 0 && session_look_ahead(s) != 0)
            reading = false;
    }
    return 0;
}

/* What the front of the input is: the size of a whole frame, 0 or ERR_PROTOCOL. */
static long session_front(const struct session *s)
{
    return frame_size(bytes_at(&s->in) + s->taken, bytes_len(&s->in) - s->taken);
}

bool session_buffered(const struct session *s)
{
    return session_front(s) != 0 || bytes_len(&s->ahead) > 0 || s->ended != 0;
}

/* Brings in more bytes: those read ahead, or new ones. */
static int session_fill(struct session *s, int timeout_ms)
{
    if (bytes_len(&s->ahead) > 0) {
        int rc = bytes_append(&s->in, bytes_at(&s->ahead), bytes_len(&s->ahead));
        if (rc == 0)
            session_consume(&s->ahead, bytes_len(&s->ahead));
        return rc;
    }
    long n = stream_recv(s->stream, &s->in, SESSION_CHUNK, timeout_ms);
    if (n == ERR_CLOSED && bytes_len(&s->in) > 0)
        return ERR_PROTOCOL;
    return n < 0 ? (int)n : 0;
}

static int session_end(struct session *s, struct err *e, int code, const char *what)
{
    s->ended = code;
    return err_set(e, code, "%s", what);
}

static int session_fail(struct session *s, struct err *e, int code)
{
    switch (code) {
    case ERR_TIMEOUT:
        return err_set(e, code, "the supervisor sent nothing in time");
    case ERR_NOMEM:
        return err_set(e, code, "no memory for what the supervisor sent");
    case ERR_CLOSED:
        return session_end(s, e, code, "the supervisor closed the connection");
    case ERR_PROTOCOL:
        return session_end(s, e, code, "what the supervisor sent is not whole");
    case ERR_DENIED:
        return session_end(
            s, e, code,
            "no TLS: the certificate there is not one that $ACTOR_TLS_CA vouches for under "
            "the name $ACTOR_TLS_NAME, or it has expired; see `actorsup logs actorsup`");
    default:
        s->ended = code;
        return err_errno(e, "cannot read from the supervisor");
    }
}

/* An ERROR frame in the supervisor's words. */
static int session_refused(struct session *s, const struct frame *f, struct err *e)
{
    s->ended = f->code < 0 ? f->code : ERR_PROTOCOL;
    return err_set(e, s->ended, "%.*s", (int)f->text.len, (const char *)f->text.data);
}

int session_next(struct session *s, struct frame *f, int timeout_ms, struct err *e)
{
    int64_t start = timeout_ms > 0 ? stream_now() : 0;
    const char *why = NULL;
    long size;

    session_consume(&s->in, s->taken);
    s->taken = 0;
    if (s->ended != 0)
        return err_set(e, s->ended, "the connection to the supervisor has ended");
    while ((size = session_front(s)) == 0) {
        int rc = session_fill(s, stream_left(start, timeout_ms));
        if (rc != 0)
            return session_fail(s, e, rc);
    }
    if (size < 0)
        return session_end(s, e, ERR_PROTOCOL, "the supervisor sent what is no frame");
    if (frame_unpack(bytes_at(&s->in), (size_t)size, f, &why) != 0) {
        s->ended = ERR_PROTOCOL;
        return err_set(e, ERR_PROTOCOL, "the supervisor sent a faulty frame: %s", why);
    }
    if (!frame_kind_from(f->kind, 'S')) {
        s->ended = ERR_PROTOCOL;
        return err_set(e, ERR_PROTOCOL, "the supervisor sent a frame that is not its to send: %s",
                       frame_kind_name(f->kind));
    }
    s->taken = (size_t)size;
    return f->kind == FRAME_ERROR ? session_refused(s, f, e) : 0;
}

static int session_greet(struct session *s, const struct session_hello *hello, int timeout_ms,
                         struct err *e)
{
    int64_t start = stream_now();
    struct frame f = {.kind = FRAME_HELLO,
                      .version = FRAME_VERSION,
                      .role = (uint8_t)hello->role,
                      .to = session_span(hello->name),
                      .text = session_span(hello->token)};
    int rc = session_put(s, &f);

    if (rc != 0)
        return err_set(e, rc, "cannot say hello to the supervisor: %s", err_name(rc));
    rc = session_flush(s, timeout_ms);
    if (rc == ERR_TIMEOUT)
        return err_set(e, rc, "the supervisor does not answer");
    /* One that refused us may have closed already: its reason is still there to be read. */
    rc = session_next(s, &f, stream_left(start, timeout_ms), e);
    if (rc != 0)
        return rc;
    if (f.kind != FRAME_WELCOME || f.version != FRAME_VERSION)
        return err_set(e, ERR_PROTOCOL, "the supervisor speaks another version of the protocol");
    (void)snprintf(s->name, sizeof(s->name), "%.*s", (int)f.to.len, (const char *)f.to.data);
    (void)snprintf(s->system, sizeof(s->system), "%.*s", (int)f.from.len,
                   (const char *)f.from.data);
    return 0;
}

int session_open(struct session **out, struct stream *stream, const struct session_hello *hello,
                 int timeout_ms, struct err *e)
{
    struct session *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        stream_close(stream);
        return err_set(e, ERR_NOMEM, "no memory for a session");
    }
    s->stream = stream;
    s->ahead_max = SIZE_MAX;
    bytes_init(&s->in);
    bytes_init(&s->ahead);
    bytes_init(&s->out);
    int rc = session_greet(s, hello, timeout_ms, e);
    if (rc != 0) {
        session_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

void session_close(struct session *s)
{
    if (s == NULL)
        return;
    stream_close(s->stream);
    bytes_release(&s->in);
    bytes_release(&s->ahead);
    bytes_release(&s->out);
    free(s);
}
