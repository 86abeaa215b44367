#include "trunk/trunkparts.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRUNK_KIND = 4 }; /* where a packed frame says its kind */

/* --- the connection --- */

bool trunk_attached(const struct trunk *t)
{
    return t->in >= 0;
}

bool trunk_flows(const struct trunk *t)
{
    return t->in >= 0 && t->resumed;
}

void trunk_detach(struct trunk *t)
{
    loop_io_free(t->in_io);
    loop_io_free(t->out_io);
    t->in_io = t->out_io = NULL;
    if (t->out >= 0 && t->out != t->in)
        (void)close(t->out);
    if (t->in >= 0)
        (void)close(t->in);
    t->in = t->out = -1;
    t->resumed = false;
    t->written = t->edge = 0;
    bytes_release(&t->got);
    bytes_release(&t->plain);
    loop_timer_stop(&t->seen);
    loop_task_cancel(&t->flush);
    loop_task_cancel(&t->begin);
    t->connection++;
}

void trunk_lose(struct trunk *t, const char *why)
{
    if (t->in < 0)
        return;
    trunk_detach(t);
    t->ops->lost(t->arg, why);
}

static void trunk_watch(struct trunk *t)
{
    bool more = bytes_len(&t->plain) > 0 || (t->resumed && t->written < bytes_len(&t->kept));

    if (t->in < 0)
        return;
    loop_io_want(t->in_io, t->in == t->out && more ? LOOP_IN | LOOP_OUT : LOOP_IN);
    if (t->out_io != NULL)
        loop_io_want(t->out_io, more ? LOOP_OUT : 0);
}

/* --- what goes out --- */

/* The number of bytes taken; -1: the connection is over. */
static ssize_t trunk_write_some(struct trunk *t, const void *data, size_t len)
{
    ssize_t n = write(t->out, data, len);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n < 0)
        trunk_lose(t, strerror(errno));
    return n;
}

/* The first end of a frame at or behind `written`. */
static void trunk_find_edge(struct trunk *t)
{
    while (t->edge < t->written)
        t->edge += (size_t)frame_size(bytes_at(&t->kept) + t->edge, bytes_len(&t->kept) - t->edge);
}

/* False: nothing more is taken now. */
static bool trunk_write_plain(struct trunk *t)
{
    ssize_t n = trunk_write_some(t, bytes_at(&t->plain), bytes_len(&t->plain));

    if (n > 0)
        bytes_consume(&t->plain, (size_t)n);
    return n > 0;
}

static bool trunk_write_kept(struct trunk *t)
{
    size_t to = bytes_len(&t->plain) > 0 ? t->edge : bytes_len(&t->kept);
    ssize_t n = trunk_write_some(t, bytes_at(&t->kept) + t->written, to - t->written);

    if (n <= 0)
        return false;
    t->written += (size_t)n;
    trunk_find_edge(t);
    return true;
}

void trunk_write(struct trunk *t)
{
    bool on = t->out >= 0;

    while (on) {
        bool between = t->written == t->edge;
        if (bytes_len(&t->plain) > 0 && between)
            on = trunk_write_plain(t);
        else if (t->resumed && t->written < bytes_len(&t->kept))
            on = trunk_write_kept(t);
        else
            on = false;
    }
    trunk_watch(t);
}

static void trunk_flush(void *arg)
{
    trunk_write(arg);
}

void trunk_open(struct trunk *t, const struct frame *f)
{
    if (t->in >= 0 && frame_pack(&t->plain, f) != 0)
        trunk_lose(t, "out of memory");
    loop_task_queue(&t->flush);
}

void trunk_say(struct trunk *t, int kind, uint8_t flags, uint64_t number)
{
    struct frame f = {.kind = (uint8_t)kind, .flags = flags, .number = number};

    if (trunk_flows(t))
        trunk_open(t, &f);
}

void trunk_beat(struct trunk *t, uint64_t number)
{
    trunk_say(t, FRAME_BEAT, 0, number);
}

/* A frame of kept was seen: does it say whose the next ones are? False: it is a piece, and more of
 * its frame is to come. */
static bool trunk_forget_one(struct trunk *t, const unsigned char *frame, size_t size)
{
    struct frame f = {0};

    if (frame[TRUNK_KIND] != FRAME_CHANNEL && frame[TRUNK_KIND] != FRAME_PIECE)
        return true;
    if (frame_unpack(frame, size, &f, NULL) == 0 && f.kind == FRAME_CHANNEL)
        t->kept_channel = f.number;
    return f.kind != FRAME_PIECE || f.flags != 0;
}

/* Those before number `to` were seen. Pieces stay until their frame was seen whole: somebody else
 * than who has seen them may be the next to want it, see trunk_inherit. */
int trunk_forget(struct trunk *t, uint64_t to)
{
    size_t seen = t->front, len = 0;

    if (to < t->base || to > t->sent)
        return ERR_PROTOCOL;
    for (; t->base < to; t->base++) {
        const unsigned char *at = bytes_at(&t->kept) + seen;
        size_t size = (size_t)frame_size(at, bytes_len(&t->kept) - seen);
        seen += size;
        t->fronts++;
        if (trunk_forget_one(t, at, size)) {
            len = seen;
            t->fronts = 0;
        }
    }
    bytes_consume(&t->kept, len);
    t->front = seen - len;
    if (t->resumed) {
        if (seen > t->written)
            return ERR_PROTOCOL; /* it has seen what has not gone out */
        t->written -= len;
        t->edge -= len;
    }
    return 0;
}

int trunk_resume(struct trunk *t, uint64_t number)
{
    t->resumed = false;
    if (trunk_forget(t, number) != 0)
        return ERR_PROTOCOL;
    t->written = t->edge = t->front;
    t->resumed = true;
    t->told = t->received;
    t->untold = 0;
    loop_task_queue(&t->flush);
    return 0;
}

void trunk_reset(struct trunk *t)
{
    bytes_release(&t->kept);
    bytes_release(&t->whole);
    t->base = t->sent = t->fronts = t->received = t->told = 0;
    t->written = t->edge = t->front = t->untold = 0;
    t->out_channel = t->in_channel = t->kept_channel = 0;
}

int trunk_inherit(struct trunk *t)
{
    struct frame c = {.kind = FRAME_CHANNEL, .number = t->kept_channel};
    uint64_t left = t->sent - t->base + t->fronts;
    struct bytes all;

    bytes_init(&all);
    if (left > 0 && (frame_pack(&all, &c) != 0 ||
                     bytes_append(&all, bytes_at(&t->kept), bytes_len(&t->kept)) != 0)) {
        bytes_release(&all);
        return ERR_NOMEM;
    }
    uint64_t channel = left > 0 ? t->out_channel : 0;
    trunk_reset(t);
    t->kept = all;
    t->sent = left > 0 ? left + 1 : 0;
    t->out_channel = channel;
    return 0;
}

uint64_t trunk_sent(const struct trunk *t)
{
    return t->sent;
}

uint64_t trunk_seen(const struct trunk *t)
{
    return t->base;
}

int trunk_send(struct trunk *t, uint64_t channel, const struct frame *f)
{
    struct frame c = {.kind = FRAME_CHANNEL, .number = channel};
    int rc = 0;

    if (channel != t->out_channel && (rc = trunk_put(t, &c)) == 0)
        t->out_channel = channel;
    if (rc == 0)
        rc = trunk_put(t, f);
    if (t->resumed)
        loop_task_queue(&t->flush);
    return rc;
}

/* --- making and attaching --- */

/* What had come before it was attached. */
static void trunk_begin(void *arg)
{
    trunk_frames(arg);
}

struct trunk *trunk_new(struct loop *l, const struct trunk_ops *ops, void *arg)
{
    struct trunk *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->ops = ops;
    t->arg = arg;
    t->loop = l;
    t->in = t->out = -1;
    bytes_init(&t->got);
    bytes_init(&t->kept);
    bytes_init(&t->plain);
    bytes_init(&t->whole);
    loop_task_init(&t->flush, l, trunk_flush, t);
    loop_task_init(&t->begin, l, trunk_begin, t);
    loop_timer_init(&t->seen, l, trunk_tell_seen, t);
    return t;
}

void trunk_free(struct trunk *t)
{
    if (t == NULL)
        return;
    trunk_detach(t);
    bytes_release(&t->kept);
    bytes_release(&t->whole);
    free(t);
}

int trunk_attach(struct trunk *t, int in, int out, const void *rest, size_t len)
{
    trunk_detach(t);
    t->in = in;
    t->out = out;
    (void)fcntl(in, F_SETFL, fcntl(in, F_GETFL) | O_NONBLOCK);
    (void)fcntl(out, F_SETFL, fcntl(out, F_GETFL) | O_NONBLOCK);
    t->in_io = loop_io_new(t->loop, in, trunk_event, t);
    t->out_io = in == out ? NULL : loop_io_new(t->loop, out, trunk_event, t);
    if (t->in_io == NULL || (in != out && t->out_io == NULL) ||
        bytes_append(&t->got, rest, len) != 0) {
        trunk_detach(t);
        return ERR_NOMEM;
    }
    if (len > 0)
        loop_task_queue(&t->begin);
    t->heard = loop_now(t->loop);
    trunk_watch(t);
    return 0;
}

uint64_t trunk_channel(const struct trunk *t)
{
    return t->in_channel;
}

uint64_t trunk_received(const struct trunk *t)
{
    return t->received;
}

size_t trunk_kept(const struct trunk *t)
{
    return bytes_len(&t->kept);
}

int64_t trunk_heard(const struct trunk *t)
{
    return t->heard;
}
