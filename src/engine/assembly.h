/* A system put together, in memory alone: nothing runs yet, nothing is on a disk or listens. */
#ifndef ENGINE_ASSEMBLY_H
#define ENGINE_ASSEMBLY_H

#include "engine/system.h"

/* Fills s, which is all zero save for its cgroups, for t (borrowed): its loop, actors, members,
 * groups, dead letters and timers. `deadline`, `patience` and `changed` are the caller's to fill
 * before the loop runs. 0, or an err code with e; what was made until then goes with
 * assembly_release. */
int assembly_make(struct system *s, const struct topology *t, const char *state_dir, struct err *e);
/* Also of the logs, the reaper and the line to the guardian that its owner hung into it. */
void assembly_release(struct system *s);

#endif
