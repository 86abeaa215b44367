/* Actors of `dead: true` are told of every dead letter. */
#ifndef ENGINE_DEADTOLD_H
#define ENGINE_DEADTOLD_H

#include "engine/deadletters.h"

/* It is a dead letter now: a MSG_DEAD to each of them, save for what was theirs and what had told
 * one of them itself. One whose mailbox is full is not told, and the log says so. */
void deadtold_tell(struct system *s, const struct deadletter *d);

#endif
