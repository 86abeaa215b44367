/* An actor is gone: what is left of it is its name, by which it is known as a sender. */
#ifndef ENGINE_RETIRING_H
#define ENGINE_RETIRING_H

#include "engine/system.h"

/* a is at rest. What mail it has goes to the dead letters with that reason. Without memory it
 * stays as it is, for a later call. */
void retiring_bury(struct actor *a, const char *reason);

#endif
