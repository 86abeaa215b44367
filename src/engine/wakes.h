/* Timers of actors: a wake message after a time, known by tag. They belong to the actor, and
 * survive its processes. */
#ifndef ENGINE_WAKES_H
#define ENGINE_WAKES_H

#include "engine/system.h"

void wakes_set(void *member, int64_t after_ms, struct span tag, struct span body);
void wakes_cancel(void *member, struct span tag);
void wakes_free(struct actor *a);

#endif
