/* Is a sequential system at rest: has what the last step caused come to its end? */
#ifndef ENGINE_STILLNESS_H
#define ENGINE_STILLNESS_H

#include "engine/system.h"

/* Who keeps it from rest: a member, or a client by its number. */
struct stir {
    const struct member *member; /* NULL: none in particular */
    uint32_t client;             /* 0: none */
    const char *why;             /* static text */
};

/* True when it is at rest. To be asked by a timer of the loop. */
bool stillness_reached(struct system *s, struct stir *by);

#endif
