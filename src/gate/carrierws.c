/* ws: the bytes in the binary messages of a WebSocket. */
#include "base/err.h"
#include "gate/gateparts.h"
#include "gate/wsframe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct carrierws {
    struct wsframe in;
    struct bytes request; /* as far as it has come */
    struct bytes out;     /* to be sent */
    bool open;            /* behind the request */
    bool closed;          /* we have said so: nothing more may follow */
    bool finished;        /* and there is nothing else to be said */
};

static int carrierws_begin(struct passage *p)
{
    p->state = calloc(1, sizeof(struct carrierws));
    return p->state == NULL ? ERR_NOMEM : 0;
}

static bool carrierws_flush(struct passage *p)
{
    struct carrierws *ws = p->state;

    while (bytes_len(&ws->out) > 0) {
        long n = carrier_tcp.write(p, bytes_at(&ws->out), bytes_len(&ws->out));
        if (n == 0)
            return false;
        bytes_consume(&ws->out, n < 0 ? bytes_len(&ws->out) : (size_t)n);
    }
    if (ws->finished)
        carrier_tcp.finish(p);
    return true;
}

static long carrierws_fault(struct passage *p, const char *why)
{
    struct carrierws *ws = p->state;

    (void)snprintf(p->why, sizeof(p->why), "%s", why);
    ws->closed = ws->finished = true;
    (void)carrierws_flush(p);
    return -1;
}

/* What came of the request, which may be its end and more: how much of buf is behind it, from its
 * front; 0 also when it has not ended yet. */
static long carrierws_opens(struct passage *p, unsigned char *buf, size_t n)
{
    struct carrierws *ws = p->state;

    if (bytes_append(&ws->request, buf, n) != 0)
        return carrierws_fault(p, "out of memory");
    const char *at = (const char *)bytes_at(&ws->request);
    size_t size = wsframe_request(at, bytes_len(&ws->request));
    if (size > WSFRAME_REQUEST || (size == 0 && bytes_len(&ws->request) > WSFRAME_REQUEST))
        return carrierws_fault(p, "its request to open a WebSocket is too long");
    if (size == 0)
        return 0;
    const char *why = wsframe_open(at, size, &ws->out);
    if (why != NULL)
        return carrierws_fault(p, why);
    size_t rest = bytes_len(&ws->request) - size;
    memcpy(buf, at + size, rest); /* all of it is of this last piece */
    bytes_release(&ws->request);
    ws->open = true;
    return (long)rest;
}

static long carrierws_read(struct passage *p, void *buf, size_t size)
{
    struct carrierws *ws = p->state;

    if (ws->in.ended)
        return ws->in.why != NULL ? carrierws_fault(p, ws->in.why) : -1;
    long n = carrier_tcp.read(p, buf, size);
    if (n > 0 && !ws->open)
        n = carrierws_opens(p, buf, (size_t)n);
    if (n <= 0)
        return n;
    n = wsframe_read(&ws->in, buf, (size_t)n, &ws->out);
    if (n < 0)
        return carrierws_fault(p, "out of memory");
    if (bytes_len(&ws->out) > 2 * GATE_CHUNK)
        return carrierws_fault(p, "it does not read what it is answered");
    ws->closed = ws->closed || ws->in.ended;
    (void)carrierws_flush(p);
    return n == 0 && ws->in.ended ? carrierws_read(p, buf, size) : n;
}

static long carrierws_write(struct passage *p, const void *data, size_t len)
{
    struct carrierws *ws = p->state;
    unsigned char head[WSFRAME_HEAD];

    if (ws->closed)
        return -1;
    if (!carrierws_flush(p))
        return 0;
    size_t n_head = wsframe_head(head, len);
    if (bytes_append(&ws->out, head, n_head) != 0 || bytes_append(&ws->out, data, len) != 0)
        return -1;
    (void)carrierws_flush(p);
    return (long)len;
}

static void carrierws_finish(struct passage *p)
{
    struct carrierws *ws = p->state;

    if (!ws->closed)
        (void)wsframe_close(&ws->out, 1000);
    ws->closed = ws->finished = true;
}

static void carrierws_end(struct passage *p)
{
    struct carrierws *ws = p->state;

    if (ws == NULL)
        return;
    bytes_release(&ws->request);
    bytes_release(&ws->out);
    free(ws);
}

const struct carrier carrier_ws = {
    .transport = "ws",
    .begin = carrierws_begin,
    .read = carrierws_read,
    .write = carrierws_write,
    .flush = carrierws_flush,
    .finish = carrierws_finish,
    .end = carrierws_end,
};
