/* A process of an actor and all that it started: begun, watched, ended, cleaned up after. */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include "engine/system.h"

struct process_spec {
    int in, out;        /* the child's ends, or -1 */
    int three;          /* its descriptor 3, or -1 */
    char *const *extra; /* more environment, or NULL */
    char *const *argv;  /* instead of the actor's own: words for actorhost(1); or NULL */
};

/* Who runs a process, and tells of its end by process_gone: we as its parent, or somebody else. */
struct process_ops {
    int (*start)(struct process *p, const struct process_spec *what, struct err *e);
    void (*stop)(struct process *p); /* asks it to end; its grace is seen to by others */
    void (*kill)(struct process *p, int signal);
    void (*clean)(struct process *p); /* ends what it left running; then process_over */
    void (*gone)(struct process *p);  /* or NULL: at its end, before others are told */
    void (*over)(struct process *p);  /* or NULL: before p->over */
    void (*release)(struct process *p);
};
extern const struct process_ops process_child;

void process_init(struct process *p, struct member *m, void (*over)(struct process *p));

/* Starts the actor's command. `in` and `out` are the child's ends for stdin and stdout (borrowed),
 * or -1: /dev/null, and the log. extra (may be NULL) is more environment. Its stderr and readiness
 * are read here. 0, or an err code with e. */
int process_start(struct process *p, int in, int out, char *const *extra, struct err *e);

/* It has ended so: for its ops. */
void process_gone(struct process *p, const struct policy_exit *how);
/* Behind that: what it started is ended, then process_over comes. */
void process_clean(struct process *p);
/* Nothing that it started is left: its stderr is read to the end, and p->over comes. */
void process_over(struct process *p);
void process_more(const struct member *m); /* what its processes say is read on, see relay.h */

/* stop's signal to its group now, KILL after the grace. */
void process_stop(struct process *p);
/* Stopped only after the grace: its input has ended, and it may end by itself until then. */
void process_end_later(struct process *p);
void process_kill(struct process *p, int signal); /* to its group */
void process_release(struct process *p);          /* closes what is left; forgets it */

/* Whether token is that of this process. In constant time. */
bool process_token_is(const struct process *p, struct span token);

#endif
