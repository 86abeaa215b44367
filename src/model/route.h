/* Which member of a pool gets a message: pure functions of what the members have in hand, and of
 * keys and the pool's size. */
#ifndef MODEL_ROUTE_H
#define MODEL_ROUTE_H

#include "model/frame.h"

#include <stdbool.h>
#include <stdint.h>

enum route_kind { ROUTE_LEAST_LOADED, ROUTE_ROUND_ROBIN, ROUTE_HASH };

/* --- mail that any member may have --- */

struct route_load {
    uint64_t in_hand;
    uint32_t rank; /* among those with as many */
    uint32_t member;
};

/* The order in which members are offered mail: the one with the fewest in hand first. */
void route_order(struct route_load *loads, size_t n);
/* How much of what is queued each of n members may take in one round, so that a burst is not
 * swallowed by the first. */
uint64_t route_share(uint64_t queued, size_t n);

/* --- mail with keys --- */

/* FNV-1a of 64 bits (Fowler, Noll, Vo), whose weak high bits are mixed by the finalizer of
 * MurmurHash3 (Appleby). */
uint64_t route_hash(struct span key);

/* Jump consistent hash (Lamping, Veach: "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014):
 * the member of n (at least 1) that a hash belongs to, from 0. With n + 1 members, one hash of n +
 * 1 belongs to the new one, and all others where they did. */
unsigned route_jump(uint64_t hash, unsigned n);

/* The sizes that a pool has had since its keys were last all in their places. */
struct route_range {
    unsigned now;
    unsigned low, high; /* low 0: no key has a place */
};

void route_begin(struct route_range *r, unsigned n); /* n members, and all keys in their places */
void route_resize(struct route_range *r, unsigned n);
void route_rehash(struct route_range *r); /* the keys are others than before */
void route_settle(struct route_range *r); /* all that was in hand for keys that move is over */

/* Do any keys move? */
static inline bool route_moves(const struct route_range *r)
{
    return r->low != r->high;
}

/* Where a hash belongs. False: it has belonged to more than one member since, and what comes for it
 * must wait for what is in hand. */
bool route_place(const struct route_range *r, uint64_t hash, unsigned *member);

#endif
