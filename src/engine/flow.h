/* What follows for others from the state of a member: starts that waited for it, the end of flows
 * (`eof: upstream`), and the end of the system. */
#ifndef ENGINE_FLOW_H
#define ENGINE_FLOW_H

#include "engine/system.h"

bool flow_ends(const struct actor *a); /* nothing more will come for it */
void flow_check(struct actor *a);      /* may a have the end of its input now? */
/* Mail left the queue of a: when it was the last, the end may be due. */
void flow_emptied(struct actor *a);
void flow_changed(void *system); /* the task: some member changed its state */
/* The first thing that a waits for by its `after` before it may start, as "db to be ready"; false:
 * nothing. */
bool flow_waits(const struct actor *a, char *buf, size_t size);
/* What of other it waits for so; false: nothing. */
bool flow_waits_for(const struct actor *a, const struct actor *other, char *buf, size_t size);
/* Does a wait so for members of other that are in this state? */
bool flow_awaits(const struct actor *a, const struct actor *other, enum life_state state);

/* The order of a stop: an actor stops once those that started after it have. */
void flow_stop(struct system *s);
bool flow_at_rest(const struct system *s);
bool flow_any_failed(const struct system *s);
uint64_t flow_unhandled(const struct system *s); /* messages queued or in hand */

#endif
