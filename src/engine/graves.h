/* Actors that were spawned and are gone keep their slot as long as somebody may ask who they were.
 */
#ifndef ENGINE_GRAVES_H
#define ENGINE_GRAVES_H

#include "engine/system.h"

/* Frees those that nothing refers to any more, once there are so many that it pays. To be called
 * while nothing of any actor is under way. */
void graves_collect(struct system *s);

#endif
