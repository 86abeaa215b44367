/* What init.c and initmail.c share. */
#ifndef ENGINE_INITPARTS_H
#define ENGINE_INITPARTS_H

#include "engine/init.h"

/* An init message that was handed over; or a copy, from when it was put into `copies`. */
struct init_taken {
    uint64_t id;
    uint32_t entries;
    bool copy, own;
    bool held; /* it is in hand */
    struct initial_kept *kept;
};

/* The entries that a message of a's is of. */
uint32_t init_entries(const struct actor *a, const struct letter *l);
void init_forget(struct init_member *im, size_t i); /* taken[i] is over */

#endif
