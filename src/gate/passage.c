/* One connection: what comes from outside goes to the supervisor and back, and neither is read
 * faster than the other takes it. */
#include "base/err.h"
#include "gate/gateparts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PASSAGE_SILENT_MS = 5000, /* who has sent nothing by then is turned away */
    PASSAGE_LINGER_MS = 2000, /* how long we wait, behind our end, for that of the other side */
    PASSAGE_ROUNDS = 8,       /* chunks in a row, before others have their turn */
};

static unsigned char passage_chunk[GATE_CHUNK];

static struct gate *passage_gate(const struct passage *p)
{
    return p->door->gate;
}

static void passage_over(struct passage *p)
{
    p->over = true;
    loop_task_queue(&p->again);
}

static void passage_free(struct passage *p)
{
    struct gate *g = passage_gate(p);

    loop_timer_stop(&p->patience);
    loop_task_cancel(&p->again);
    loop_io_free(p->net_io);
    loop_io_free(p->own_io);
    if (p->door->carrier->end != NULL)
        p->door->carrier->end(p);
    if (p->net >= 0)
        (void)close(p->net);
    if (p->own >= 0)
        (void)close(p->own);
    bytes_release(&p->in);
    bytes_release(&p->out);
    *(p->prev != NULL ? &p->prev->next : &g->passages) = p->next;
    *(p->next != NULL ? &p->next->prev : &g->last) = p->prev;
    if (!p->welcomed) {
        g->strangers--;
        gate_left(g);
    }
    if (g->dials != NULL)
        loop_stop(g->loop);
    free(p);
}

static void passage_complain(struct passage *p)
{
    struct sockaddr_in from = {.sin_port = 0};
    socklen_t len = sizeof(from);

    (void)getpeername(p->net, (struct sockaddr *)&from, &len);
    gate_says(passage_gate(p), p->door->carrier->transport, "port %u: %s",
              (unsigned)ntohs(from.sin_port), p->why);
}

/* ---- what is waited for ---- */

static void passage_watch(struct passage *p)
{
    const struct carrier *c = p->door->carrier;
    int net = 0, own = 0;

    if (p->over)
        return;
    if (!p->net_ended && bytes_len(&p->in) == 0)
        net |= p->read_wants;
    if (!p->out_ended && (bytes_len(&p->out) > 0 || !c->flush(p)))
        net |= p->write_wants;
    if (!p->own_ended && bytes_len(&p->out) == 0 && !p->out_ended)
        own |= LOOP_IN;
    else if (!p->own_ended && p->out_ended)
        own |= LOOP_HUP;
    if (bytes_len(&p->in) > 0)
        own |= LOOP_OUT;
    loop_io_want(p->net_io, net);
    if (p->own_io != NULL)
        loop_io_want(p->own_io, own);
}

/* ---- from outside ---- */

static void passage_event(void *arg, int events);

/* The first bytes have come: the supervisor gets its end of a pair. */
static int passage_open(struct passage *p)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return ERR_SYSTEM;
    int rc = gate_hands_over(passage_gate(p), p->door->carrier->transport, pair[1]);
    (void)close(pair[1]);
    p->own = pair[0];
    p->own_io = loop_io_new(passage_gate(p)->loop, p->own, passage_event, p);
    loop_timer_stop(&p->patience);
    return rc != 0 ? rc : p->own_io == NULL ? ERR_NOMEM : 0;
}

/* How much of it the supervisor takes now. When it has gone nobody wants it any more. */
static size_t passage_give(struct passage *p, const unsigned char *data, size_t len)
{
    size_t at = 0;

    while (at < len) {
        ssize_t n = send(p->own, data + at, len - at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? at : len;
        at += (size_t)n;
    }
    return at;
}

/* Nothing more comes. The supervisor is told by half an end: a whole one says that the gate is
 * gone. */
static void passage_end_in(struct passage *p)
{
    p->net_ended = true;
    if (p->why[0] != '\0')
        passage_complain(p);
    if (p->why[0] != '\0' || p->own < 0)
        p->out_ended = true; /* there is nobody who could read it */
    if (p->own < 0)
        passage_over(p);
}

static void passage_take(struct passage *p, const unsigned char *data, size_t len)
{
    if (p->own < 0 && !p->own_ended && passage_open(p) != 0) {
        (void)snprintf(p->why, sizeof(p->why), "no descriptor or no memory for it");
        passage_end_in(p);
        passage_over(p);
        return;
    }
    size_t given = p->own < 0 ? len : passage_give(p, data, len);
    if (given < len && bytes_append(&p->in, data + given, len - given) != 0)
        passage_over(p);
}

static void passage_inward(struct passage *p)
{
    const struct carrier *c = p->door->carrier;
    int rounds = 0;

    if (bytes_len(&p->in) > 0)
        bytes_consume(&p->in, passage_give(p, bytes_at(&p->in), bytes_len(&p->in)));
    while (!p->over && !p->net_ended && bytes_len(&p->in) == 0) {
        if (rounds++ == PASSAGE_ROUNDS) { /* what it has read ahead would wake nobody */
            loop_task_queue(&p->again);
            return;
        }
        long n = c->read(p, passage_chunk, sizeof(passage_chunk));
        if (n == 0)
            break;
        if (n < 0)
            passage_end_in(p);
        else
            passage_take(p, passage_chunk, (size_t)n);
    }
    if (p->net_ended && !p->in_ended && bytes_len(&p->in) == 0) {
        p->in_ended = true;
        if (p->own >= 0)
            (void)shutdown(p->own, SHUT_WR);
    }
}

/* ---- from the supervisor ---- */

static void passage_welcome(struct passage *p)
{
    if (p->welcomed)
        return;
    p->welcomed = true;
    passage_gate(p)->strangers--;
    gate_left(passage_gate(p));
}

/* How much the carrier takes now. */
static size_t passage_send(struct passage *p, const unsigned char *data, size_t len)
{
    size_t at = 0;

    while (at < len && !p->out_ended) {
        long n = p->door->carrier->write(p, data + at, len - at);
        if (n == 0)
            return at;
        if (n < 0)
            p->out_ended = true;
        else
            at += (size_t)n;
    }
    return len;
}

/* False: nothing came. */
static bool passage_fetch(struct passage *p)
{
    ssize_t n = recv(p->own, passage_chunk, sizeof(passage_chunk), 0);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (n <= 0) {
        p->own_ended = true;
        return false;
    }
    passage_welcome(p);
    size_t sent = passage_send(p, passage_chunk, (size_t)n);
    if (sent < (size_t)n && bytes_append(&p->out, passage_chunk + sent, (size_t)n - sent) != 0)
        passage_over(p);
    return true;
}

/* The supervisor has closed: behind all that it sent we say so, and wait for the other side, since
 * who closes with something unread takes back what it has sent. */
static void passage_end_out(struct passage *p)
{
    const struct carrier *c = p->door->carrier;

    if (!p->own_ended || bytes_len(&p->out) > 0)
        return;
    if (!p->out_ended && !c->flush(p))
        return;
    if (!p->out_ended && !p->finished) {
        p->finished = true;
        c->finish(p);
        (void)loop_timer_start(&p->patience, PASSAGE_LINGER_MS);
    }
    p->out_ended = p->out_ended || c->flush(p);
    if (p->net_ended && p->out_ended)
        passage_over(p);
}

static void passage_outward(struct passage *p)
{
    if (bytes_len(&p->out) > 0)
        bytes_consume(&p->out, passage_send(p, bytes_at(&p->out), bytes_len(&p->out)));
    for (int i = 0; i < PASSAGE_ROUNDS && p->own >= 0 && !p->over && !p->own_ended &&
                    !p->out_ended && bytes_len(&p->out) == 0;
         i++)
        if (!passage_fetch(p))
            break;
    if (p->own_ended && p->own >= 0) {
        loop_io_free(p->own_io);
        p->own_io = NULL;
        (void)close(p->own);
        p->own = -1;
        bytes_release(&p->in);
    }
    passage_end_out(p);
}

/* ---- events ---- */

static void passage_move(struct passage *p)
{
    passage_inward(p);
    if (!p->over)
        passage_outward(p);
    passage_watch(p);
}

static void passage_event(void *arg, int events)
{
    struct passage *p = arg;

    if (events & LOOP_HUP)
        p->own_ended = true;
    if (!p->over)
        passage_move(p);
}

static void passage_again(void *arg)
{
    struct passage *p = arg;

    if (p->over)
        passage_free(p);
    else
        passage_move(p);
}

static void passage_late(void *arg)
{
    struct passage *p = arg;

    if (p->own < 0 && !p->own_ended) {
        (void)snprintf(p->why, sizeof(p->why), "it sent nothing in %d s", PASSAGE_SILENT_MS / 1000);
        passage_complain(p);
    }
    passage_over(p);
}

void passage_begin(struct door *d, int fd)
{
    struct gate *g = d->gate;
    struct passage *p = calloc(1, sizeof(*p));
    const int on = 1;

    if (p == NULL || (p->net_io = loop_io_new(g->loop, fd, passage_event, p)) == NULL) {
        free(p);
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    p->door = d;
    p->net = fd;
    p->own = -1;
    p->read_wants = LOOP_IN;
    p->write_wants = LOOP_OUT;
    p->since = loop_now(g->loop);
    p->next = g->passages;
    *(p->next != NULL ? &p->next->prev : &g->last) = p;
    g->passages = p;
    g->strangers++;
    loop_timer_init(&p->patience, g->loop, passage_late, p);
    loop_task_init(&p->again, g->loop, passage_again, p);
    if ((d->carrier->begin != NULL && d->carrier->begin(p) != 0) ||
        loop_timer_start(&p->patience, PASSAGE_SILENT_MS) != 0)
        passage_over(p);
    passage_watch(p);
}

void passage_adopt(struct passage *p, int own)
{
    p->own = own;
    p->own_io = loop_io_new(passage_gate(p)->loop, own, passage_event, p);
    loop_timer_stop(&p->patience);
    passage_welcome(p);
    if (p->own_io == NULL)
        passage_over(p);
    passage_move(p); /* a handshake begins by our reading */
}

bool passage_drop_stranger(struct gate *g, int64_t ms)
{
    int64_t now = loop_now(g->loop);

    for (struct passage *p = g->last; p != NULL && now - p->since >= ms; p = p->prev) {
        if (p->welcomed || p->over)
            continue;
        passage_over(p);
        return true;
    }
    return false;
}
