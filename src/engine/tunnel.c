/* Connections of clients on other hosts: what they say comes as if they had connected here. */
#include "engine/clients.h"
#include "engine/hostparts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TUNNEL_CHUNK = 64 * 1024 };

struct tunnel {
    struct tunnel *next;
    struct host *host;
    uint64_t channel;
    int fd;
    struct loop_io *io;
    struct bytes in;  /* for the client here */
    uint64_t credit;  /* of it, written and not yet told */
    uint64_t sent;    /* the other way: not yet told to be written */
    bool ended, ends; /* the node's client has ended; so has ours */
    struct loop_task over;
};

static void tunnel_send(struct tunnel *t, const struct frame *f)
{
    (void)trunk_send(t->host->trunk, t->channel, f);
}

static void tunnel_free(void *arg)
{
    struct tunnel *t = arg, **at = &t->host->tunnels;

    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    t->host->sys->n_tunnels--;
    loop_task_cancel(&t->over);
    loop_io_free(t->io);
    if (t->fd >= 0)
        (void)close(t->fd);
    bytes_release(&t->in);
    free(t);
}

static void tunnel_watch(struct tunnel *t)
{
    int want = bytes_len(&t->in) > 0 ? LOOP_OUT : 0;

    if (!t->ends && t->sent < TRUNK_AHEAD)
        want |= LOOP_IN;
    loop_io_want(t->io, want);
    if (t->ends && (t->ended || bytes_len(&t->in) == 0))
        loop_task_queue(&t->over);
}

static void tunnel_end(struct tunnel *t)
{
    struct frame f = {.kind = FRAME_TUNNEL, .flags = 1};

    if (!t->ends)
        tunnel_send(t, &f);
    t->ends = true;
    bytes_release(&t->in);
}

static void tunnel_write(struct tunnel *t)
{
    struct frame credit = {.kind = FRAME_CREDIT};

    while (bytes_len(&t->in) > 0) {
        ssize_t n = send(t->fd, bytes_at(&t->in), bytes_len(&t->in), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            tunnel_end(t);
        if (n <= 0)
            break;
        bytes_consume(&t->in, (size_t)n);
        t->credit += (uint64_t)n;
    }
    if (t->credit >= TRUNK_AHEAD / 4) {
        credit.number = t->credit;
        t->credit = 0;
        tunnel_send(t, &credit);
    }
    if (t->ended && bytes_len(&t->in) == 0)
        (void)shutdown(t->fd, SHUT_WR);
}

static void tunnel_read(struct tunnel *t)
{
    unsigned char buf[TUNNEL_CHUNK];
    ssize_t n = recv(t->fd, buf, sizeof(buf), MSG_DONTWAIT);
    struct frame f = {.kind = FRAME_TUNNEL, .body = {buf, n > 0 ? (size_t)n : 0}};

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        tunnel_end(t);
        return;
    }
    t->sent += (uint64_t)n;
    tunnel_send(t, &f);
}

static void tunnel_event(void *arg, int events)
{
    struct tunnel *t = arg;

    if (events & LOOP_OUT)
        tunnel_write(t);
    if ((events & LOOP_IN) && !t->ends)
        tunnel_read(t);
    tunnel_watch(t);
}

static struct tunnel *tunnel_new(struct host *h, uint64_t channel)
{
    struct tunnel *t = calloc(1, sizeof(*t));
    int pair[2];

    if (t == NULL || !clients_room(h->sys) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        free(t);
        return NULL;
    }
    *t = (struct tunnel){.next = h->tunnels, .host = h, .channel = channel, .fd = pair[0]};
    t->io = loop_io_new(h->sys->loop, pair[0], tunnel_event, t);
    bytes_init(&t->in);
    loop_task_init(&t->over, h->sys->loop, tunnel_free, t);
    h->tunnels = t;
    h->sys->n_tunnels++;
    if (t->io == NULL) {
        (void)close(pair[1]);
        tunnel_free(t);
        return NULL;
    }
    clients_serve(h->sys, pair[1], CLIENTS_HERE);
    return t;
}

static void tunnel_bytes(struct tunnel *t, const struct frame *f)
{
    if (t->ends)
        return;
    if (bytes_len(&t->in) > 2 * TRUNK_AHEAD || bytes_append(&t->in, f->body.data, f->body.len) != 0)
        tunnel_end(t);
    t->ended = t->ended || f->flags != 0;
    tunnel_write(t);
    tunnel_watch(t);
}

void tunnel_frame(struct host *h, uint64_t channel, const struct frame *f)
{
    struct frame refused = {.kind = FRAME_TUNNEL, .flags = 1};
    struct tunnel *t = h->tunnels;

    while (t != NULL && t->channel != channel)
        t = t->next;
    if (f->kind == FRAME_CREDIT && t != NULL) {
        t->sent -= f->number < t->sent ? f->number : t->sent;
        tunnel_watch(t);
    }
    if (f->kind != FRAME_TUNNEL || (t == NULL && f->flags != 0))
        return;
    if (t == NULL && (t = tunnel_new(h, channel)) == NULL) {
        (void)trunk_send(h->trunk, channel, &refused);
        return;
    }
    tunnel_bytes(t, f);
}

void tunnels_drop(struct host *h)
{
    while (h->tunnels != NULL)
        tunnel_free(h->tunnels); // NOLINT(clang-analyzer-unix.Malloc): that unlinks
}
