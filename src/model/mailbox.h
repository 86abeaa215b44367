/* A mailbox: a chain of segments that hold messages from acceptance until they are handled.
 *
 * A segment is a slotted page: bodies, each with the delimiter of the mailbox behind it, grow up
 * from the start, slots of 24 bytes grow down from the end; so a run of neighbouring messages is
 * one run of bytes, and goes to a pipe as one iovec. Segments begin at 4 KiB, grow to 64 KiB while
 * the mailbox is in use, are as large as a larger body needs, and are given back when drained.
 *
 * Every slot is queued, held (handed over, in somebody's `struct hand`), or done. A message that
 * comes back is queued again at its old place, so order is kept without moving anything.
 * No allocation a message, save for those that carry headers or a tag.
 */
#ifndef MODEL_MAILBOX_H
#define MODEL_MAILBOX_H

#include "model/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mailbox;
struct mail_segment;

/* Who sent a message, as a number: see origin.h. */
typedef uint32_t mail_origin;

/* A message as it is put in or looked at. Spans given to mailbox_put are copied; spans of a
 * looked-at message are borrowed until the message is done. */
struct letter {
    uint64_t id;
    mail_origin from;
    uint32_t when;       /* ms on the loop's clock, cut to 32 bits: compare by difference */
    uint8_t type;        /* enum frame_type */
    uint8_t attempt;     /* of the next (or running) delivery, from 1; stays at 255 */
    uint8_t blame;       /* attempts that failed or ended in a death laid on it */
    bool solo;           /* handed over alone, nothing else being in hand */
    uint64_t cause;      /* of one that is to be accepted: what it follows from; 0: not known */
    struct span tag;     /* see DELIVER in frame.def */
    struct span headers; /* packed, or empty */
    struct span body;
};

/* What a message counts against the bound in bytes. */
static inline size_t letter_size(const struct letter *l)
{
    return l->body.len + l->headers.len + l->tag.len;
}

/* A run of neighbouring messages of one segment, handed over together. */
struct mail_run {
    struct mailbox *mailbox;
    struct mail_segment *segment;
    uint32_t first, count;
};

/* Told what becomes of messages of a mailbox, by whoever keeps them elsewhere too. */
struct mailbox_watch {
    void (*done)(void *arg, uint32_t tag, const struct letter *l);
    /* It was returned as another than it was. */
    void (*changed)(void *arg, uint32_t tag, const struct letter *l);
};

struct mailbox *mailbox_new(uint64_t max_messages, uint64_t max_bytes, char delimiter);
void mailbox_free(struct mailbox *m);

/* watch is borrowed; NULL: nobody is told. tag: a number of the caller's for this mailbox. */
void mailbox_watch(struct mailbox *m, const struct mailbox_watch *watch, void *arg, uint32_t tag);
uint32_t mailbox_tag(const struct mailbox *m); /* 0 at first */

/* Whether the bound covers messages of a type: tells and asks. */
static inline bool mailbox_bounds(uint8_t type)
{
    return type == MSG_TELL || type == MSG_ASK;
}

/* Whether a tell or ask of len bytes (letter_size) is within the bound now. An empty mailbox takes
 * any. */
bool mailbox_fits(const struct mailbox *m, size_t len);
/* New bounds take effect from the next message on. */
void mailbox_bound(struct mailbox *m, uint64_t max_messages, uint64_t max_bytes);

/* Puts a message at the tail whatever the bound says; the caller has asked mailbox_fits where the
 * bound covers it. 0 or ERR_NOMEM, unchanged. attempt 0 counts as 1. */
int mailbox_put(struct mailbox *m, const struct letter *l);

/* Puts as many whole lines of data (each ended by delim) at the tail as the bound allows, as tells
 * of one sender with ids from first_id on. Lines over FRAME_BODY_MAX are the caller's to refuse
 * beforehand. Returns the bytes consumed; *lines is how many messages that was. */
size_t mailbox_put_lines(struct mailbox *m, const char *data, size_t len, char delim,
                         mail_origin from, uint64_t first_id, uint32_t when, uint64_t *lines);

/* Takes up to max messages and about max_bytes (at least one message) from the front of what is
 * queued: neighbours of one segment, none of them solo unless it is the only one. They are held
 * until done or returned. False: nothing is queued. */
bool mailbox_take(struct mailbox *m, uint64_t max, size_t max_bytes, struct mail_run *run);
/* The same of the first message that the bound does not cover (a reply, a wake), wherever it
 * stands: that one alone. False: there is none. */
bool mailbox_take_beyond(struct mailbox *m, struct mail_run *run);
/* The same of the first that is queued of those with ids from `id` on, `count` of them, and those
 * behind it of the same: wherever they stand. False: there is none. */
bool mailbox_take_ids(struct mailbox *m, uint64_t id, uint64_t count, struct mail_run *run);
/* The message that mailbox_take would give first. */
bool mailbox_peek(struct mailbox *m, struct letter *out);
/* Takes the front message and marks it done in one go (expiry, drop-old, a dead actor's mail): the
 * spans of out, which are valid until the next call, are what it was. */
bool mailbox_drop_front(struct mailbox *m, struct letter *out);

/* Where a message belongs: the mailbox that it is in, or another; NULL: no memory. */
typedef struct mailbox *mailbox_where(void *arg, const struct letter *l);
/* Each queued message goes to the tail of the mailbox where it belongs, in order; those that stay
 * keep their place. No watch is told. False: no memory, and the rest stays. */
bool mailbox_part(struct mailbox *m, mailbox_where *where, void *arg);

/* Calls cb with each message that is queued or held, in order. Its spans are borrowed. */
void mailbox_each(const struct mailbox *m, void (*cb)(void *arg, const struct letter *l),
                  void *arg);
/* Calls cb with the sender of each message that is queued or held. m NULL: nothing. */
void mailbox_senders(const struct mailbox *m, void (*cb)(void *arg, mail_origin from), void *arg);

void mail_run_letter(const struct mail_run *r, uint32_t i, struct letter *out);
/* The bytes of messages [i, i+n) with their delimiters: one span. */
struct span mail_run_bytes(const struct mail_run *r, uint32_t i, uint32_t n);
/* How many of the run's messages from i on end within the first `bytes` bytes of mail_run_bytes(r,
 * i, ...). */
uint32_t mail_run_within(const struct mail_run *r, uint32_t i, uint64_t bytes);
/* How many messages from i on, one after the other, are no asks. */
uint32_t mail_run_plain(const struct mail_run *r, uint32_t i);
/* How many messages from i on, one after the other, have ids that follow one another, from *id on.
 */
uint32_t mail_run_successive(const struct mail_run *r, uint32_t i, uint64_t *id);
/* The place of id in the run, or -1. Fast where ids ascend. */
int64_t mail_run_find(const struct mail_run *r, uint64_t id);

bool mail_run_held(const struct mail_run *r, uint32_t i); /* not yet done or returned */
/* [i, i+n) are handled: their place is free. Those done before are passed over. Returns how many
 * were not. */
uint32_t mail_run_done(struct mail_run *r, uint32_t i, uint32_t n);
/* How a returned message has changed. */
struct mail_change {
    bool again; /* it was read of: attempt + 1 */
    bool blame; /* blame + 1 */
    bool solo;  /* to be handed over alone from now on */
};
/* The held message at i is queued again at its old place. */
void mail_run_return(struct mail_run *r, uint32_t i, struct mail_change change);

uint64_t mailbox_queued(const struct mailbox *m); /* messages not held */
uint64_t mailbox_held(const struct mailbox *m);
uint64_t mailbox_beyond(const struct mailbox *m); /* of those queued, neither tells nor asks */
uint64_t mailbox_bytes(const struct mailbox *m);  /* letter_size of both */
uint64_t mailbox_memory(const struct mailbox *m); /* bytes of its segments */
/* When the oldest message that is queued or held was put, else false. */
bool mailbox_oldest(const struct mailbox *m, uint32_t *when);

#endif
