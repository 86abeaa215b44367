/* What member.c and its neighbours (memberhost.c, jobs.c) share. */
#ifndef ENGINE_MEMBERPARTS_H
#define ENGINE_MEMBERPARTS_H

#include "engine/member.h"

void member_on(struct member *m, enum life_event event);
int member_begin(struct member *m, struct err *e); /* a process of it: 0, or an err code with e */

/* Its process did not get ready in time, or is not well: it is stopped, and has failed. The text is
 * what ps says then. */
void member_unfit(struct member *m, enum unfit why, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Goes on with the end of its process, if that is under way. */
void member_drain(struct member *m);

/* Callbacks of a member's timers, task, waiter and process. */
void member_due(void *arg);
void member_overdue(void *arg);
/* It was stopped, and what it has said waits for room. */
void member_overstays(struct member *m);
void member_room(void *arg);
void member_woken(struct waiter *w);
void member_over(struct process *p);

/* The part of speak_host for `once`; see speak.h. */
int member_job_start(void *member, char *const *extra_env, int in, int out, void *job,
                     struct err *e);
void member_job_kill(void *member, void *job);
void member_ended(void *member);

#endif
