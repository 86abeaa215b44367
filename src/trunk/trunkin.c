/* What comes over a trunk. */
#include "base/err.h"
#include "trunk/trunkparts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    TRUNK_CHUNK = 256 * 1024,      /* read at once */
    TRUNK_TURN = 1024 * 1024,      /* read in one turn of the loop */
    TRUNK_SEEN_BYTES = 256 * 1024, /* so much has come: that is told at once */
    TRUNK_SEEN_MS = 20,            /* and else after so long */
    TRUNK_PART_MS = 50,            /* the same of a part of a frame */
};

void trunk_tell_seen(void *arg)
{
    struct trunk *t = arg;

    loop_timer_stop(&t->seen);
    if (t->told == t->received && !t->part)
        return;
    t->part = false;
    t->told = t->received;
    t->untold = 0;
    trunk_say(t, FRAME_SEEN, 0, t->received);
}

/* Part of a large frame has come: on a slow line that is long before all of it, and who sends it
 * is to know that it arrives. */
static void trunk_parted(struct trunk *t)
{
    t->part = true;
    if (!loop_timer_armed(&t->seen))
        (void)loop_timer_start(&t->seen, TRUNK_PART_MS);
}

static void trunk_count(struct trunk *t, size_t size)
{
    t->received++;
    t->untold += size;
    if (t->untold >= TRUNK_SEEN_BYTES)
        trunk_tell_seen(t);
    else if (!loop_timer_armed(&t->seen))
        (void)loop_timer_start(&t->seen, TRUNK_SEEN_MS);
}

/* It is counted once it is kept: what is told as seen does not come again. */
static int trunk_take_piece(struct trunk *t, const struct frame *piece, size_t size)
{
    struct frame f;
    struct bytes whole;
    int rc = trunk_join(t, piece, &f, &whole);

    if (rc < 0)
        return rc;
    trunk_count(t, size);
    if (rc > 0) {
        t->ops->frame(t->arg, &f);
        bytes_release(&whole);
    }
    return 0;
}

/* 0, ERR_PROTOCOL, or of a piece ERR_NOMEM. */
static int trunk_take(struct trunk *t, const struct frame *f, size_t size)
{
    switch (f->kind) {
    case FRAME_NODE:
    case FRAME_TAKEN:
    case FRAME_LEFT:
    case FRAME_HELD:
        t->ops->opening(t->arg, f);
        return 0;
    case FRAME_SEEN:
        return t->resumed ? trunk_forget(t, f->number) : ERR_PROTOCOL;
    case FRAME_BEAT:
        if (f->flags == 0)
            trunk_say(t, FRAME_BEAT, 1, f->number);
        else
            t->ops->beat(t->arg, f->number);
        return 0;
    default:
        break;
    }
    if (!t->resumed || (f->kind != FRAME_PIECE && bytes_len(&t->whole) > 0))
        return ERR_PROTOCOL;
    if (f->kind == FRAME_PIECE)
        return trunk_take_piece(t, f, size);
    trunk_count(t, size);
    if (f->kind == FRAME_CHANNEL)
        t->in_channel = f->number;
    else
        t->ops->frame(t->arg, f);
    return 0;
}

void trunk_frames(struct trunk *t)
{
    unsigned connection = t->connection;

    while (bytes_len(&t->got) > 0) {
        struct frame f;
        const char *why = "what came is no frame";
        long size = frame_size(bytes_at(&t->got), bytes_len(&t->got));
        if (size == 0) {
            trunk_parted(t);
            return;
        }
        if (size < 0 || frame_unpack(bytes_at(&t->got), (size_t)size, &f, &why) != 0) {
            trunk_lose(t, why);
            return;
        }
        int rc = trunk_take(t, &f, (size_t)size);
        if (t->connection != connection)
            return;
        if (rc != 0) {
            trunk_lose(t, rc == ERR_NOMEM ? "out of memory" : "a frame came out of turn");
            return;
        }
        bytes_consume(&t->got, (size_t)size);
    }
}

/* False: nothing more now. */
static bool trunk_read(struct trunk *t)
{
    unsigned connection = t->connection;
    unsigned char *to = bytes_room(&t->got, TRUNK_CHUNK);
    ssize_t n = to == NULL ? -1 : read(t->in, to, TRUNK_CHUNK);

    if (to == NULL || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        trunk_lose(t, to == NULL ? "out of memory" : strerror(errno));
        return false;
    }
    if (n == 0)
        trunk_lose(t, "the connection has ended");
    if (n <= 0)
        return false;
    bytes_grew(&t->got, (size_t)n);
    t->heard = loop_now(t->loop);
    trunk_frames(t);
    return t->connection == connection && n == TRUNK_CHUNK;
}

void trunk_event(void *arg, int events)
{
    struct trunk *t = arg;
    unsigned connection = t->connection;

    if (events & LOOP_OUT)
        trunk_write(t);
    for (size_t n = 0; (events & LOOP_IN) && t->connection == connection && n < TRUNK_TURN;
         n += TRUNK_CHUNK)
        if (!trunk_read(t))
            break;
}
