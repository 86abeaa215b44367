/* What one process has in hand: handed over and not yet handled, in the order handed
 * over, as runs of its mailboxes. */
#ifndef MODEL_HAND_H
#define MODEL_HAND_H

#include "model/mailbox.h"

struct hand_run;

struct hand {
    struct hand_run *runs; /* a ring, owned */
    uint32_t head, len, cap;
    uint32_t front; /* messages of the first run that are over */
    uint64_t count; /* messages in hand */
    bool solo;      /* the one in hand is to be alone */
    /* Told of each stretch that is about to be over, some of which may have been before. May be
     * NULL. */
    void (*over)(void *arg, const struct mail_run *run);
    void *over_arg;
};

void hand_init(struct hand *h);
void hand_release(struct hand *h); /* must be empty of messages or their mailbox about to go */

int hand_push(struct hand *h, const struct mail_run *run); /* 0 or ERR_NOMEM */
static inline uint64_t hand_count(const struct hand *h)
{
    return h->count;
}
static inline bool hand_solo(const struct hand *h)
{
    return h->solo && h->count > 0;
}

/* The oldest in hand; false when there is none. */
bool hand_front(struct hand *h, struct letter *out);

/* Calls cb for each message in hand, oldest first, until it returns false. cb must not change the
 * hand. */
void hand_each(struct hand *h, bool (*cb)(void *arg, const struct letter *l), void *arg);

/* What is left of the oldest run (some of it may be over already); false when there is none. */
bool hand_front_run(struct hand *h, struct mail_run *out);
/* The first n places of hand_front_run are handled. Returns how many had not been before. */
uint32_t hand_done_run(struct hand *h, uint32_t n);

/* Marks the oldest, or the one with this id, as handled. False: not in hand. */
bool hand_done_front(struct hand *h);
bool hand_done(struct hand *h, uint64_t id);
/* Those with ids from id on, count of them, as far as they are in hand: in one walk, however large
 * count is. Returns how many they were; *bytes: their bodies, and one byte for each. */
uint64_t hand_done_ids(struct hand *h, uint64_t id, uint64_t count, size_t *bytes);
/* As hand_done, but `over` is not told: it was not handled. */
bool hand_remove(struct hand *h, uint64_t id);
struct mailbox *hand_mailbox(struct hand *h,
                             uint64_t id); /* where it came from; NULL: not in hand */
bool hand_find(struct hand *h, uint64_t id, struct letter *out);
/* Returns the message with this id to its place in the queue. False: not in hand, or no memory. */
bool hand_return(struct hand *h, uint64_t id, struct mail_change change);

/* Returns everything to the queue. decide (may be NULL: nothing changes) says how each one changed;
 * its n counts from 0, the oldest. */
void hand_return_all(struct hand *h,
                     struct mail_change (*decide)(void *arg, uint64_t n, const struct letter *l),
                     void *arg);

#endif
