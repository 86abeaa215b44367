/* What process.c and processchild.c share. */
#ifndef ENGINE_PROCESSPARTS_H
#define ENGINE_PROCESSPARTS_H

#include "engine/process.h"

/* Pipes for its stderr and, where the actor tells by one, its readiness; ours ends are watched. All
 * -1 before; what was made is the caller's, also behind an error. 0, or an err code with e. */
int process_pipes(struct process *p, int err[2], int ready[2], struct err *e);

#endif
