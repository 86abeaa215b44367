/* The actors of a system, made from its topology. */
#ifndef ENGINE_ROSTER_H
#define ENGINE_ROSTER_H

#include "engine/system.h"

/* Makes all actors of s->topology, and resolves their `to`. 0, or an err code with e filled; what
 * was made until then goes with roster_free. */
int roster_make(struct system *s, struct err *e);
void roster_free(struct system *s);

#endif
