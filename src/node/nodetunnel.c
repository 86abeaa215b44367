/* Connections to this node that are no actor's: their bytes go to the home, where they are answered
 * as those of any other. */
#include "node/nodeparts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NODETUNNEL_CHUNK = 64 * 1024 };

struct nodetunnel {
    struct nodetunnel *next;
    struct node *node;
    uint64_t channel;
    int fd;
    struct loop_io *io;
    struct bytes in;  /* for the client */
    uint64_t credit;  /* of it, written and not yet told */
    uint64_t sent;    /* to the home, and not yet told to be written */
    bool ended, ends; /* the home has ended it; our client has */
    struct loop_task over;
};

static void nodetunnel_free(void *arg)
{
    struct nodetunnel *t = arg, **at = &t->node->tunnels;

    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    loop_task_cancel(&t->over);
    loop_io_free(t->io);
    (void)close(t->fd);
    bytes_release(&t->in);
    free(t);
}

static void nodetunnel_watch(struct nodetunnel *t)
{
    int want = bytes_len(&t->in) > 0 ? LOOP_OUT : 0;

    if (!t->ends && t->sent < TRUNK_AHEAD)
        want |= LOOP_IN;
    else if (!t->ends)
        want |= LOOP_HUP;
    loop_io_want(t->io, want);
    if (t->ended && bytes_len(&t->in) == 0)
        loop_task_queue(&t->over);
}

static void nodetunnel_send(struct nodetunnel *t, const void *data, size_t len, bool last)
{
    struct frame f = {.kind = FRAME_TUNNEL, .flags = last, .body = {data, len}};

    t->sent += len;
    (void)trunk_send(t->node->trunk, t->channel, &f);
}

static void nodetunnel_write(struct nodetunnel *t)
{
    struct frame credit = {.kind = FRAME_CREDIT};

    while (bytes_len(&t->in) > 0) {
        ssize_t n = send(t->fd, bytes_at(&t->in), bytes_len(&t->in), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            t->ended = true;
            bytes_release(&t->in);
        }
        if (n <= 0)
            break;
        bytes_consume(&t->in, (size_t)n);
        t->credit += (uint64_t)n;
    }
    if (t->credit < TRUNK_AHEAD / 4)
        return;
    credit.number = t->credit;
    t->credit = 0;
    (void)trunk_send(t->node->trunk, t->channel, &credit);
}

static void nodetunnel_read(struct nodetunnel *t)
{
    unsigned char buf[NODETUNNEL_CHUNK];
    ssize_t n = recv(t->fd, buf, sizeof(buf), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    t->ends = n <= 0;
    nodetunnel_send(t, buf, n > 0 ? (size_t)n : 0, t->ends);
}

static void nodetunnel_event(void *arg, int events)
{
    struct nodetunnel *t = arg;

    if (events & LOOP_OUT)
        nodetunnel_write(t);
    if ((events & (LOOP_IN | LOOP_HUP)) && !t->ends)
        nodetunnel_read(t);
    nodetunnel_watch(t);
}

void nodetunnel_begin(struct node *n, int fd, const void *rest, size_t len)
{
    struct nodetunnel *t = calloc(1, sizeof(*t));

    if (t == NULL || (t->io = loop_io_new(n->sys->loop, fd, nodetunnel_event, t)) == NULL) {
        free(t);
        (void)close(fd);
        return;
    }
    t->node = n;
    t->fd = fd;
    t->channel = TRUNK_TUNNEL | ++n->next_tunnel;
    bytes_init(&t->in);
    loop_task_init(&t->over, n->sys->loop, nodetunnel_free, t);
    t->next = n->tunnels;
    n->tunnels = t;
    nodetunnel_send(t, rest, len, false);
    nodetunnel_watch(t);
}

void nodetunnel_frame(struct node *n, uint64_t channel, const struct frame *f)
{
    struct nodetunnel *t = n->tunnels;

    while (t != NULL && t->channel != channel)
        t = t->next;
    if (t == NULL)
        return;
    if (f->kind == FRAME_CREDIT)
        t->sent -= f->number < t->sent ? f->number : t->sent;
    if (f->kind == FRAME_TUNNEL) {
        t->ended = t->ended || f->flags != 0;
        if (bytes_append(&t->in, f->body.data, f->body.len) != 0)
            t->ended = true;
        nodetunnel_write(t);
    }
    nodetunnel_watch(t);
}

void nodetunnels_drop(struct node *n)
{
    while (n->tunnels != NULL)
        nodetunnel_free(n->tunnels); // NOLINT(clang-analyzer-unix.Malloc): that unlinks
}
