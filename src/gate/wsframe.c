#include "gate/wsframe.h"

#include "base/err.h"

#include <string.h>

enum wsframe_op {
    WSFRAME_CONT = 0x0,
    WSFRAME_TEXT = 0x1,
    WSFRAME_BINARY = 0x2,
    WSFRAME_CLOSE = 0x8,
    WSFRAME_PING = 0x9,
    WSFRAME_PONG = 0xa,
};

enum {
    WSFRAME_FIN = 0x80,
    WSFRAME_RESERVED = 0x70,
    WSFRAME_MASKED = 0x80,
    WSFRAME_SHORT = 125,
    WSFRAME_MORE16 = 126,
    WSFRAME_MORE64 = 127,
    WSFRAME_NORMAL = 1000, /* codes of a close */
    WSFRAME_VIOLATED = 1002,
    WSFRAME_UNSUPPORTED = 1003,
};

static int wsframe_control(struct bytes *out, unsigned op, const void *data, unsigned n)
{
    unsigned char head[2] = {(unsigned char)(WSFRAME_FIN | op), (unsigned char)n};

    return bytes_append(out, head, sizeof(head)) != 0 || bytes_append(out, data, n) != 0 ? ERR_NOMEM
                                                                                         : 0;
}

int wsframe_close(struct bytes *out, unsigned code)
{
    unsigned char text[2] = {(unsigned char)(code >> 8), (unsigned char)code};

    return wsframe_control(out, WSFRAME_CLOSE, text, sizeof(text));
}

size_t wsframe_head(unsigned char head[WSFRAME_HEAD], size_t n)
{
    size_t len = n <= WSFRAME_SHORT ? 0 : n <= 0xffff ? 2 : 8;

    head[0] = WSFRAME_FIN | WSFRAME_BINARY;
    head[1] = (unsigned char)(len == 0 ? n : len == 2 ? WSFRAME_MORE16 : WSFRAME_MORE64);
    for (size_t i = 0; i < len; i++)
        head[2 + i] = (unsigned char)((uint64_t)n >> 8 * (len - 1 - i));
    return 2 + len;
}

static unsigned wsframe_op(const struct wsframe *w)
{
    return w->head[0] & 0x0f;
}

static bool wsframe_is_control(const struct wsframe *w)
{
    return (wsframe_op(w) & 0x08) != 0;
}

/* How many bytes the head has, as far as its first two tell. */
static unsigned wsframe_head_size(const struct wsframe *w)
{
    unsigned n = w->head[1] & 0x7f;

    return w->have < 2 ? 2 : 2 + (n == WSFRAME_MORE16 ? 2 : n == WSFRAME_MORE64 ? 8 : 0) + 4;
}

static uint64_t wsframe_length(const struct wsframe *w)
{
    unsigned n = w->head[1] & 0x7f, bytes = n == WSFRAME_MORE16 ? 2 : n == WSFRAME_MORE64 ? 8 : 0;
    uint64_t length = bytes == 0 ? n : 0;

    for (unsigned i = 0; i < bytes; i++)
        length = length << 8 | w->head[2 + i];
    return length;
}

/* What is wrong with a frame whose head begins with these two bytes, or NULL. */
static const char *wsframe_fault(const struct wsframe *w)
{
    unsigned op = wsframe_op(w);
    bool last = (w->head[0] & WSFRAME_FIN) != 0;

    if ((w->head[0] & WSFRAME_RESERVED) != 0 || (op > WSFRAME_BINARY && op < WSFRAME_CLOSE) ||
        op > WSFRAME_PONG)
        return "a WebSocket frame of no known kind";
    if ((w->head[1] & WSFRAME_MASKED) == 0)
        return "a WebSocket frame without a mask";
    if (wsframe_is_control(w) && (!last || (w->head[1] & 0x7f) > WSFRAME_CONTROL))
        return "a control frame of WebSocket that is too large";
    if (op == WSFRAME_TEXT)
        return "a text message: frames are binary";
    if (!wsframe_is_control(w) && w->in_message != (op == WSFRAME_CONT))
        return "a part of no WebSocket message";
    return NULL;
}

static int wsframe_fail(struct wsframe *w, const char *why, struct bytes *answer)
{
    bool text = wsframe_op(w) == WSFRAME_TEXT;

    w->ended = true;
    w->why = why;
    return wsframe_close(answer, text ? WSFRAME_UNSUPPORTED : WSFRAME_VIOLATED);
}

/* The head is whole. */
static int wsframe_begin(struct wsframe *w, struct bytes *answer)
{
    w->left = wsframe_length(w);
    if (w->left >> 63 != 0)
        return wsframe_fail(w, "a WebSocket frame of no possible length", answer);
    w->in_frame = true;
    w->at = 0;
    w->n_control = 0;
    if (!wsframe_is_control(w))
        w->in_message = (w->head[0] & WSFRAME_FIN) == 0;
    return 0;
}

static int wsframe_end(struct wsframe *w, struct bytes *answer)
{
    unsigned op = wsframe_op(w);

    w->in_frame = false;
    w->have = 0;
    if (op == WSFRAME_PING)
        return wsframe_control(answer, WSFRAME_PONG, w->control, w->n_control);
    if (op != WSFRAME_CLOSE)
        return 0;
    w->ended = true;
    return wsframe_close(answer, WSFRAME_NORMAL);
}

/* Unmasks n bytes to where they belong. Returns how many of them are the stream's. */
static size_t wsframe_take(struct wsframe *w, const unsigned char *data, size_t n,
                           unsigned char *to)
{
    const unsigned char *mask = w->head + wsframe_head_size(w) - 4;

    if (wsframe_is_control(w))
        to = w->control + w->n_control;
    for (size_t i = 0; i < n; i++)
        to[i] = data[i] ^ mask[(w->at + i) & 3];
    w->at = (unsigned)((w->at + n) & 3);
    w->left -= n;
    if (!wsframe_is_control(w))
        return n;
    w->n_control += (unsigned)n;
    return 0;
}

long wsframe_read(struct wsframe *w, unsigned char *data, size_t len, struct bytes *answer)
{
    size_t at = 0, out = 0;
    int rc = 0;

    while (rc == 0 && !w->ended && (at < len || (w->in_frame && w->left == 0))) {
        if (!w->in_frame) {
            w->head[w->have++] = data[at++];
            const char *why = w->have == 2 ? wsframe_fault(w) : NULL;
            if (why != NULL)
                rc = wsframe_fail(w, why, answer);
            else if (w->have > 2 && w->have == wsframe_head_size(w))
                rc = wsframe_begin(w, answer);
            continue;
        }
        size_t n = w->left < len - at ? (size_t)w->left : len - at;
        out += wsframe_take(w, data + at, n, data + out);
        at += n;
        if (w->left == 0)
            rc = wsframe_end(w, answer);
    }
    return rc != 0 ? rc : (long)out;
}
