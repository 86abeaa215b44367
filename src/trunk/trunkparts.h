/* What the files of this room share. */
#ifndef TRUNK_TRUNKPARTS_H
#define TRUNK_TRUNKPARTS_H

#include "base/bytes.h"
#include "trunk/trunk.h"

struct trunk {
    const struct trunk_ops *ops;
    void *arg;
    struct loop *loop;
    int in, out; /* -1: there is no connection */
    struct loop_io *in_io, *out_io;
    unsigned connection; /* counts them */
    bool resumed;        /* what is kept may go out */
    struct bytes got;    /* and not yet told */

    struct bytes kept;   /* frames from number `base` on, behind `front` */
    size_t front;        /* bytes of pieces that were seen, of a frame that was not yet whole */
    uint64_t fronts;     /* those pieces */
    uint64_t base, sent; /* frames that were seen; frames that there ever were */
    size_t written;      /* bytes of kept that are out on this connection; never below front */
    size_t edge;         /* the end of the frame that they end in */
    struct bytes plain;  /* what is not counted: goes between two frames */
    uint64_t out_channel;
    uint64_t kept_channel; /* of the first frame of kept, unless that names one */

    struct bytes whole;      /* what has come of a frame in pieces */
    uint64_t received, told; /* frames; of them, those that SEEN has told of */
    size_t untold;           /* bytes of the others */
    uint64_t in_channel;
    int64_t heard;
    struct loop_task flush, begin;
    struct loop_timer seen;
    bool part; /* of a frame has come since that was told */
};

void trunk_lose(struct trunk *t, const char *why); /* the connection is over */
/* A frame that is not counted, once the connection is resumed. */
void trunk_say(struct trunk *t, int kind, uint8_t flags, uint64_t number);
int trunk_forget(struct trunk *t, uint64_t to); /* what the other side has seen; or ERR_PROTOCOL */

/* Appends f, in pieces if it is large, and counts it. 0, ERR_NOMEM or ERR_TOO_LARGE, with nothing
 * appended. */
int trunk_put(struct trunk *t, const struct frame *f);
/* One more piece has come. 1: with it f is whole, and stays as long as *buf, which is then the
 * caller's to release; 0: more is to come; ERR_PROTOCOL or ERR_NOMEM. */
int trunk_join(struct trunk *t, const struct frame *piece, struct frame *f, struct bytes *buf);
void trunk_frames(struct trunk *t); /* takes the whole ones that came */
void trunk_event(void *arg, int events);
void trunk_tell_seen(void *arg);

#endif
