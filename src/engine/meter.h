/* What the processes of members use of processors and memory. It is looked at in /proc when
 * somebody asks, by a thread, and not in between. Those on other hosts are asked of their nodes,
 * which look in the same way.
 *
 * Each member has what its processes and all that they started use: descendants, and what was left
 * to the supervisor, which is known by its mark or else by its process group. */
#ifndef ENGINE_METER_H
#define ENGINE_METER_H

#include "engine/system.h"

/* Begins a look here and on all hosts that are up, unless there was one a moment ago. */
void meter_ask(struct system *s);
/* Is what was asked for there? What a host has not told after a moment is waited for no longer. */
bool meter_told(const struct system *s);
void meter_host_told(struct system *s); /* one of the hosts that were asked has answered */
/* What was found on a host, or here (NULL), is told anew: nothing so far; what this process of a
 * member uses, besides. */
void meter_begin(struct system *s, const struct host *h);
void meter_add(struct member *m, double cpu, double memory);

/* For a node: false: no look is under way, what is known was found a moment ago. Else
 * relay.measured is called behind it. */
bool meter_look(struct system *s);

/* Of a member with a process (or jobs), and of this supervisor itself; figures below 0: not known,
 * or no longer. */
struct used meter_of(const struct system *s, const struct member *m);
struct used meter_own(const struct system *s);

void meter_free(struct system *s);

#endif
