/* The books of an actor: accepted = handled + queued + in hand + dead + dropped.
 * Queued and in hand are counted by the mailboxes, dead by what lies in the dead letters now. */
#ifndef MODEL_BOOKS_H
#define MODEL_BOOKS_H

#include <stdbool.h>
#include <stdint.h>

struct books {
    uint64_t accepted;
    uint64_t handled;
    uint64_t dead;
    uint64_t dropped;
};

static inline bool books_balance(const struct books *b, uint64_t queued, uint64_t in_hand)
{
    return b->accepted == b->handled + queued + in_hand + b->dead + b->dropped;
}

#endif
