/* frames: the frames of actor-protocol(7), over the socket that the process opened or, with
 * `transport: stdio`, over its stdin and stdout. */
#include "speak/frames.h"

#include "model/bits.h"
#include "model/origin.h"
#include "speak/chunk.h"
#include "speak/framedeliver.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
    FRAMES_ACK_SIZE = 13,
    FRAMES_PATIENCE_MS = 3000, /* for the end of a stream whose process is gone */
};

static void frames_pump(void *arg);

static void frames_watch(struct frames *f)
{
    bool full = bytes_len(&f->ho.out) > 0 && !f->ho.shut;
    bool read = !f->no_more_input && !f->broken && !f->sp.host->congested(f->sp.member);
    int out = full ? LOOP_OUT : 0, in = read ? LOOP_IN : 0;

    if (f->sp.in_io != NULL)
        loop_io_want(f->sp.in_io, f->adopted ? in | out : out);
    if (f->sp.out_io != NULL)
        loop_io_want(f->sp.out_io, in);
}

/* ---- to the process ---- */

/* Behind the last message: `exit` and, on a pipe, the end of input. */
static void frames_finish(struct frames *f)
{
    struct letter l = {.type = MSG_EXIT, .attempt = 1, .from = ORIGIN_SYSTEM};
    bool more;

    if (!f->exit_built) {
        if (framedeliver(&f->ho.out, &f->sp, &l, handover_from(&f->ho, &f->sp, l.from)) != 0) {
            f->sp.host->broken(f->sp.member, "out of memory");
            return;
        }
        f->exit_built = true;
        if (!handover_pump(&f->ho, &f->sp, framedeliver, false, &more))
            return;
    }
    if (f->adopted)
        return;
    loop_io_free(f->sp.in_io);
    f->sp.in_io = NULL;
    speak_end_pipe(&f->sp);
    f->stdin_ended = true;
}

/* ---- from the process ---- */

static void frames_break(struct frames *f, const char *why)
{
    struct frame error = {
        .kind = FRAME_ERROR, .code = ERR_PROTOCOL, .text = span_of(why, strlen(why))};
    bool more;

    f->broken = true;
    bytes_release(&f->rest);
    /* Its last words may find the pipe full; the log has them in any case. */
    if (f->sp.in >= 0 && !f->stdin_ended && frame_pack(&f->ho.out, &error) == 0)
        (void)handover_pump(&f->ho, &f->sp, framedeliver, false, &more);
    f->sp.host->broken(f->sp.member, why);
}

/* Does what the whole frames at the front of data say. Returns the bytes that they have; all of
 * them when the protocol is violated. */
static size_t frames_parse(struct frames *f, const unsigned char *data, size_t len)
{
    static const unsigned char ack[] = {0, 0, 0, FRAMES_ACK_SIZE - 4, FRAME_ACK};
    const char *why = NULL;
    size_t at = 0;

    while (!f->broken) {
        const unsigned char *p = data + at;
        if (len - at >= FRAMES_ACK_SIZE && memcmp(p, ack, sizeof(ack)) == 0 && f->open && !f->bye) {
            frameops_ack(f, bits_get(p + 5, 8));
            at += FRAMES_ACK_SIZE;
            continue;
        }
        struct frame frame;
        long size = frame_size(p, len - at);
        if (size == 0)
            return at;
        why = "not a frame: its length or its kind cannot be";
        if (size < 0 || frame_unpack(p, (size_t)size, &frame, &why) != 0)
            break;
        why = frameops_run(f, &frame);
        if (why != NULL)
            break;
        at += (size_t)size;
    }
    if (!f->broken)
        frames_break(f, why);
    return len;
}

static void frames_parse_rest(struct frames *f)
{
    size_t n = frames_parse(f, bytes_at(&f->rest), bytes_len(&f->rest));

    f->unparsed = false;
    if (!f->broken)
        bytes_consume(&f->rest, n);
}

/* Reads once into the common buffer, behind the beginning of a frame if there is one. */
static ssize_t frames_read_small(struct frames *f)
{
    unsigned char *buf = chunk_begin();
    size_t have = bytes_len(&f->rest);

    memcpy(buf, bytes_at(&f->rest), have);
    ssize_t n = chunk_read(f->sp.out, buf + have, SPEAK_CHUNK);
    if (n > 0) {
        size_t len = have + (size_t)n;
        bytes_consume(&f->rest, have);
        size_t done = frames_parse(f, buf, len);
        if (!f->broken && bytes_append(&f->rest, buf + done, len - done) != 0)
            frames_break(f, "out of memory");
    }
    chunk_end();
    return n;
}

/* Reads once more of a frame that is larger than the common buffer, and no further. Memory grows
 * with what has come, not with what was announced. */
static ssize_t frames_read_large(struct frames *f)
{
    size_t have = bytes_len(&f->rest);
    size_t left = 4 + (size_t)bits_get(bytes_at(&f->rest), 4) - have;
    size_t size = left < have ? left : have;
    unsigned char *to = bytes_room(&f->rest, size);

    if (to == NULL) {
        frames_break(f, "out of memory");
        return -1;
    }
    ssize_t n = chunk_read(f->sp.out, to, size);
    if (n > 0) {
        bytes_grew(&f->rest, (size_t)n);
        if ((size_t)n == left)
            frames_parse_rest(f);
    }
    return n;
}

/* The end of the stream. What relays it keeps its half open until we close ours. */
static void frames_ended(struct frames *f)
{
    struct pollfd p = {.fd = f->sp.out};

    f->no_more_input = true;
    if (f->relayed && !f->bye && poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0) {
        f->cut_off = true;
        f->sp.host->cut_off(f->sp.member, "its connection broke: the gate has ended");
    }
    if (f->draining)
        f->sp.host->drained(f->sp.member);
}

/* False when nothing came. */
static bool frames_read(struct frames *f)
{
    ssize_t n = bytes_len(&f->rest) < SPEAK_CHUNK ? frames_read_small(f) : frames_read_large(f);

    if (n < 0)
        frames_ended(f);
    else
        speak_took(&f->sp, (size_t)n);
    handover_tell(&f->ho, &f->sp);
    return n > 0;
}

/* ---- events ---- */

static void frames_pump(void *arg)
{
    struct frames *f = arg;
    bool more = false;

    if (f->open && f->sp.in >= 0 && !f->stdin_ended && !f->broken &&
        handover_pump(&f->ho, &f->sp, framedeliver, !f->exit_built, &more) && f->ending)
        frames_finish(f);
    if (more)
        loop_task_queue(&f->task);
    frames_watch(f);
}

/* What came together with HELLO. */
static void frames_begin(void *arg)
{
    struct frames *f = arg;

    if (f->unparsed)
        frames_parse_rest(f);
    handover_tell(&f->ho, &f->sp);
    frames_pump(f);
}

static void frames_event(void *arg, int events)
{
    struct frames *f = arg;

    if ((events & LOOP_IN) && !f->no_more_input && !f->broken &&
        !f->sp.host->congested(f->sp.member)) {
        (void)frames_read(f);
        if (f->ho.windowed)
            loop_task_queue(&f->task);
    }
    if (events & LOOP_OUT)
        frames_pump(f);
    else
        frames_watch(f);
}

/* ---- the ops ---- */

/* Somebody whom nobody could find holds the stream open. */
static void frames_late(void *arg)
{
    struct frames *f = arg;

    f->no_more_input = true;
    f->sp.host->drained(f->sp.member);
}

static int frames_init(struct speak *sp, struct err *e)
{
    struct frames *f = (struct frames *)sp;

    (void)e;
    loop_task_init(&f->task, sp->loop, frames_begin, f);
    loop_timer_init(&f->patience, sp->loop, frames_late, f);
    return 0;
}

static void frames_forget(struct frames *f)
{
    loop_task_cancel(&f->task);
    loop_timer_stop(&f->patience);
    handover_release(&f->ho);
    bytes_release(&f->rest);
    f->open = f->bye = f->broken = f->adopted = f->no_more_input = false;
    f->relayed = f->cut_off = f->draining = false;
    f->unparsed = f->ending = f->exit_built = f->stdin_ended = false;
}

static int frames_start(struct speak *sp, struct err *e)
{
    struct frames *f = (struct frames *)sp;

    frames_forget(f);
    handover_start(&f->ho, sp, &f->task);
    if (sp->in < 0 || sp->out < 0)
        return 0;
    sp->in_io = loop_io_new(sp->loop, sp->in, frames_event, f);
    sp->out_io = loop_io_new(sp->loop, sp->out, frames_event, f);
    if (sp->in_io == NULL || sp->out_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    frames_watch(f);
    return 0;
}

static void frames_adopt(struct speak *sp, int fd, bool relayed, const void *rest, size_t len)
{
    struct frames *f = (struct frames *)sp;

    if (sp->in >= 0) {
        sp->host->note(sp->member, "speak.bad reason=a second stream of the same process");
        (void)close(fd);
        return;
    }
    sp->in_io = loop_io_new(sp->loop, fd, frames_event, f);
    if (sp->in_io == NULL || bytes_append(&f->rest, rest, len) != 0) {
        loop_io_free(sp->in_io);
        sp->in_io = NULL;
        (void)close(fd);
        frames_break(f, "out of memory");
        return;
    }
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    sp->in = sp->out = fd;
    f->adopted = f->open = true;
    f->relayed = relayed;
    f->unparsed = len > 0;
    loop_task_queue(&f->task);
}

static void frames_room(struct speak *sp)
{
    loop_task_queue(&((struct frames *)sp)->task);
}

/* In turns it takes at once or is passed over. */
static void frames_mail(struct speak *sp)
{
    if (sp->conf->route == ROUTE_ROUND_ROBIN && !((struct frames *)sp)->unparsed)
        frames_pump(sp);
    else
        frames_room(sp);
}

static void frames_end(struct speak *sp)
{
    ((struct frames *)sp)->ending = true;
    frames_room(sp);
}

/* True: there is no more to come. */
static bool frames_drained(struct frames *f)
{
    if (f->relayed && !frames_read(f) && !f->no_more_input) {
        if (!f->draining)
            (void)loop_timer_start(&f->patience, FRAMES_PATIENCE_MS);
        f->draining = true;
        frames_watch(f);
        return false;
    }
    if (!f->relayed && (!speak_rest(&f->sp) || !frames_read(f)))
        f->no_more_input = true;
    return true;
}

static bool frames_drain(struct speak *sp, const struct policy_exit *how, uint64_t *n_read)
{
    struct frames *f = (struct frames *)sp;
    size_t unread = 0;

    (void)how;
    if (f->unparsed)
        frames_parse_rest(f);
    while (sp->out >= 0 && !f->no_more_input && !f->broken) {
        if (sp->host->congested(sp->member))
            return false;
        if (!frames_drained(f))
            return false;
    }
    if (bytes_len(&f->rest) > 0)
        sp->host->note(sp->member, "speak.bad reason=the process ended in the middle of a frame");
    bytes_release(&f->rest);
    handover_tell(&f->ho, sp);
    if (!f->adopted && sp->in >= 0)
        unread = speak_unread(sp->in);
    unread = f->cut_off || unread > f->ho.written ? f->ho.written : unread;
    *n_read = handover_within(&f->ho, sp, f->ho.written - unread);
    return true;
}

static void frames_stop(struct speak *sp)
{
    speak_close(sp);
    frames_forget((struct frames *)sp);
}

const struct speak_ops speak_frames = {
    .name = "frames",
    .size = sizeof(struct frames),
    .init = frames_init,
    .start = frames_start,
    .adopt = frames_adopt,
    .mail = frames_mail,
    .room = frames_room,
    .end = frames_end,
    .drain = frames_drain,
    .stop = frames_stop,
    .release = frames_stop,
};
