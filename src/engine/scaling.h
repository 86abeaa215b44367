/* How many members a pool has, while it runs. */
#ifndef ENGINE_SCALING_H
#define ENGINE_SCALING_H

#include "engine/selection.h"

#include <jansson.h>

/* pools: an object of names and numbers. All of it or nothing. Those that leave are put into sel
 * (which is replaced); they are gone when they are at rest. 0, or an err code with e. */
int scaling_make(struct system *s, const json_t *pools, struct selection *sel, struct err *e);

/* Makes what n members of a need, without their being members yet. 0, or an err code with e. */
int scaling_room(struct actor *a, size_t n, struct err *e);
/* a has n members (at least 1; there is room) from now on: more start, fewer leave. */
void scaling_to(struct actor *a, size_t n);

/* m is at rest: when it was to leave, it is no member any more. Its mail goes to the others. */
void scaling_gone(struct member *m);

#endif
