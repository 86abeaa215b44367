/* What the adaptors with ids (json, frames) share: mail on its way to a process, how much of it
 * may be out at a time, and the exact count of what was read when the process died.
 *
 * Messages are copied into a bounded buffer: a process may ack what it never read, and the
 * buffer must not point into a segment that goes then.
 */
#ifndef SPEAK_HANDOVER_H
#define SPEAK_HANDOVER_H

#include "speak/speak.h"

#define HANDOVER_AHEAD \
    (64 * 1024) /* bytes built and not yet written, over which no mail is taken */

/* Where a message in hand ends in the stream of this process. */
struct handover_end {
    uint64_t id; /* 0: the message left the hand and may come again */
    uint64_t end;
};

struct handover {
    struct bytes out;          /* built, not yet written */
    uint64_t written;          /* bytes of the stream since the process began */
    struct handover_end *ends; /* in the order handed over; those handled are swept now and then */
    size_t n_ends, cap_ends;
    uint64_t done; /* marked in the hand, not yet told to the host */

    bool windowed;
    uint64_t window;     /* messages in hand at most */
    uint64_t floor;      /* the window was found too small below this */
    uint64_t round_left; /* of the round's messages in hand */
    int64_t round_start;
    struct loop_timer look;
    int64_t look_ms;
    const struct speak *sp;
    struct loop_task *pump;

    bool shut; /* the process closed its end */

    mail_origin origin; /* the sender whose address is in `from` */
    size_t from_len;    /* 0: none is */
    char from[256];
};

/* Packs one message, and its end, into ho->out. 0 or ERR_NOMEM. */
typedef int handover_pack(struct bytes *out, const struct speak *sp, const struct letter *l,
                          struct span from);

/* pump: the adaptor's task that calls handover_pump; it and sp outlive ho. */
void handover_start(struct handover *ho, const struct speak *sp, struct loop_task *pump);
void handover_release(struct handover *ho);

/* Takes mail as far as buffer and window allow, and writes. True when all that was taken is
 * written. False: the descriptor is full (or shut), or it was enough for one turn (see *more). */
bool handover_pump(struct handover *ho, struct speak *sp, handover_pack *pack, bool take,
                   bool *more);

/* Marks a message as handled; false when it is not in hand. Tell the host by handover_tell. */
bool handover_ack(struct handover *ho, struct speak *sp, uint64_t id);
/* To be called before the message is given to host->fail or host->defer. False: not in hand. */
bool handover_leaves(struct handover *ho, struct speak *sp, uint64_t id);
void handover_tell(struct handover *ho, struct speak *sp);

/* How many of the oldest messages in hand end within the first `bytes` bytes of the stream. */
uint64_t handover_within(const struct handover *ho, struct speak *sp, uint64_t bytes);

/* The sender's address, remembered for the next message of the same. */
struct span handover_from(struct handover *ho, const struct speak *sp, mail_origin from);

#endif
