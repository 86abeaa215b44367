/* Behind a reload: actors whose processes are to be new ones, all at once or one after the other,
 * and those that are to go. */
#ifndef ENGINE_RENEWING_H
#define ENGINE_RENEWING_H

#include "engine/system.h"

/* The file has it no more: it stops, and is gone then; what mail it still has goes to the dead
 * letters. */
void renewing_remove(struct actor *a);
/* It takes up a->pending once all of it is at rest, and starts again: all (which are to be started
 * at all), or those that were not stopped by hand. */
void renewing_replace(struct actor *a, bool all);
/* Its edition is a new one. Who has no process starts at once, save for what was stopped by hand;
 * the others one after the other, each ready before the next. */
void renewing_restart(struct actor *a);

void renewing_follow(struct system *s); /* some state has changed */

/* Has m come as far as it will by itself, or can it not? */
bool renewing_settled(const struct member *m);
bool renewing_hopeless(const struct member *m);
/* What a member that runs what the file said before waits for, to buf; false: it is none. */
bool renewing_reason(const struct member *m, char *buf, size_t size);
bool renewing_stale(const struct member *m); /* its process is one of before */

#endif
