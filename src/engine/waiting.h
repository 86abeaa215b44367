/* Those whose output waits for room in a mailbox. */
#ifndef ENGINE_WAITING_H
#define ENGINE_WAITING_H

#include "engine/system.h"

/* A waiter that waits for the same actor already keeps its place. */
void waiting_on(struct waiter *w, struct actor *on);
void waiting_end(struct waiter *w);
/* There may be room: wakes those who wait, in turn, while there is. */
void waiting_room(struct actor *a);
void waiting_turn(void *actor); /* the actor's task for the next turn */

#endif
