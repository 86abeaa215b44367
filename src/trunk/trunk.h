/* A trunk: the frames between two supervisors, in order and each once, whatever becomes of the
 * connections that carry them.
 *
 * Frames that were sent are kept until the other side has seen them. When a connection breaks the
 * trunk stays; on the next one both sides say how many frames they have got, and the rest is sent
 * again. So a cut loses nothing, repeats nothing and reorders nothing. The frames that stand for a
 * connection itself (NODE, TAKEN, SEEN, BEAT) are not among those that are counted.
 *
 * A large frame travels in pieces, each of them counted: on a slow line a BEAT does not wait for
 * all of it, and a cut does not make it begin anew.
 *
 * What is kept is bounded by those who send: see CREDIT in frame.def. */
#ifndef TRUNK_TRUNK_H
#define TRUNK_TRUNK_H

#include "io/loop.h"
#include "model/frame.h"

/* Flags of TAKEN. */
enum { TRUNK_RESUMES, TRUNK_ANEW, TRUNK_ENDS, TRUNK_TAKES, TRUNK_ORDERS };
enum { GONE_STARTED = 1, GONE_SIGNAL = 2, GONE_SCARCE = 4, GONE_LOST = 8 }; /* of GONE */
enum { SAID_OUTPUT, SAID_EVENT };                                           /* type of SAID */

/* What a node says before its first frame, behind whatever a login shell has said. */
#define TRUNK_BEGINS "\n@@actorsup-node-1@@\n"
/* What is said instead where there will be none; then why, and a newline. */
#define TRUNK_FAILS "\n@@actorsup-fail@@ "
#define TRUNK_BARRED "another supervisor has it" /* in that line, where it is so */

/* Channels with this bit are tunnels: the node opens them for connections that it relays. */
#define TRUNK_TUNNEL (UINT64_C(1) << 63)

/* The channel of trees of files. */
#define TRUNK_FREIGHT (UINT64_C(1) << 62)
enum { TREE_NEEDS, TREE_THERE, TREE_FAILED }; /* flags of TREE from a node */

/* Flags of COPY: a copy begins, beside the one before, which goes once this is whole; from here on
 * it is; there is to be none any more; the next bytes of the same records follow. */
enum { COPY_BEGINS = 1, COPY_WHOLE = 2, COPY_NONE = 4, COPY_MORE = 8 };
#define TRUNK_COPY_MAX (1024 * 1024) /* bytes of records in one frame */

/* So much of a channel may be under way that is bounded by CREDIT: output of a process, and the
 * bytes of a tunnel in each direction. */
#define TRUNK_AHEAD (256 * 1024)
#define TRUNK_FREIGHT_AHEAD (1024 * 1024) /* the same of files */
/* What a frame counts for that. */
static inline size_t trunk_cost(const struct frame *f)
{
    return f->body.len + f->headers.len + f->text.len + 64;
}

struct trunk;

struct trunk_ops {
    /* The next frame of the other side. */
    void (*frame)(void *arg, const struct frame *f);
    /* NODE, TAKEN, LEFT or HELD: who is there, how far it is, what it has and runs. */
    void (*opening)(void *arg, const struct frame *f);
    /* The connection is over, and both descriptors are closed; why is static or borrowed. */
    void (*lost)(void *arg, const char *why);
    /* An answer to trunk_beat: the number that it had. */
    void (*beat)(void *arg, uint64_t number);
};

struct trunk *trunk_new(struct loop *l, const struct trunk_ops *ops, void *arg); /* NULL: memory */
void trunk_free(struct trunk *t); /* NULL is allowed */

/* A connection: both descriptors are the trunk's (they may be one), and are closed by it. The one
 * before is given up without a word. rest: what has been read of it already. 0 or ERR_NOMEM, with
 * both closed. */
int trunk_attach(struct trunk *t, int in, int out, const void *rest, size_t len);
void trunk_detach(struct trunk *t);
bool trunk_attached(const struct trunk *t);

/* NODE or TAKEN: at once, before all else. */
void trunk_open(struct trunk *t, const struct frame *f);
/* The other side has got so many frames: the rest goes out from here on. ERR_PROTOCOL: that cannot
 * be. */
int trunk_resume(struct trunk *t, uint64_t number);
bool trunk_flows(const struct trunk *t); /* it is attached and resumed */
/* Forgets what was sent and what has come: another session begins. */
void trunk_reset(struct trunk *t);

/* Another session begins, with somebody who has got nothing of it: what was sent and not seen is
 * its beginning. What has come is forgotten. 0 or ERR_NOMEM, unchanged. */
int trunk_inherit(struct trunk *t);
uint64_t trunk_sent(const struct trunk *t); /* frames, or pieces of them, of this session */
uint64_t trunk_seen(const struct trunk *t); /* of them, those that the other side says to have */

/* One more frame on a channel. 0, ERR_NOMEM or ERR_TOO_LARGE: it is not sent. */
int trunk_send(struct trunk *t, uint64_t channel, const struct frame *f);
/* What the other side takes now goes out, as no turn of the loop is to come. */
void trunk_write(struct trunk *t);
void trunk_beat(struct trunk *t, uint64_t number);
uint64_t trunk_channel(const struct trunk *t); /* of the frame that is being told */

uint64_t trunk_received(const struct trunk *t); /* of this session, counted as trunk_sent */
size_t trunk_kept(const struct trunk *t);       /* bytes of frames not yet seen whole there */
int64_t trunk_heard(const struct trunk *t);     /* loop_now when something came last */

#endif
