/* A process of an actor on another host, as process_ops. */
#ifndef ENGINE_POST_H
#define ENGINE_POST_H

#include "engine/process.h"

#define POST_PID ((pid_t)-1) /* in place of a pid, of which the kernel here knows nothing */

extern const struct process_ops post_ops;

pid_t post_pid(const struct post *p); /* on its host; 0: not known yet */

/* It has ended, or was given up, and what it has said before still waits for room. */
bool post_is_over(const struct post *p);

/* Was it begun by a supervisor before? Is what that had not seen yet to come first? */
bool post_taken(const struct post *p);
bool post_replays(const struct post *p);

/* Its output may flow again. */
void post_changed(struct member *m); /* its node is told what its actor is now */
void post_room(struct post *p);
uint64_t post_read(const struct post *p); /* of what it had in hand, once it is gone */
/* To its node. */
void post_send(struct post *p, const struct frame *f);
int64_t post_rtt_us(const struct post *p);

/* The pid of a process, wherever it runs; 0: not known. */
static inline int post_pid_of(const struct process *p)
{
    return (int)(p->post == NULL ? p->pid : post_pid(p->post));
}

#endif
