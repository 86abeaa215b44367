/* A process of an actor and all that it started: begun, watched, ended, cleaned up after. */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include "engine/system.h"

void process_init(struct process *p, struct member *m, void (*over)(struct process *p));

/* Starts the actor's command. `in` and `out` are the child's ends for stdin and stdout (borrowed),
 * or -1: /dev/null, and the log. extra (may be NULL) is more environment. Its stderr and readiness
 * are read here. 0, or an err code with e. */
int process_start(struct process *p, int in, int out, char *const *extra, struct err *e);

/* Nothing that it started is left: its stderr is read to the end, and p->over comes. */
void process_over(struct process *p);

/* stop's signal to its group now, KILL after the grace. */
void process_stop(struct process *p);
/* Stopped only after the grace: its input has ended, and it may end by itself until then. */
void process_end_later(struct process *p);
void process_kill(struct process *p, int signal); /* to its group */
void process_release(struct process *p);          /* closes what is left; forgets it */

/* Whether token is that of this process. In constant time. */
bool process_token_is(const struct process *p, struct span token);

#endif
