/* Reaps every child of this process, also those it adopted as a subreaper, and tells
 * those who watch a pid. */
#ifndef IO_REAPER_H
#define IO_REAPER_H

#include "base/err.h"
#include "io/loop.h"

#include <sys/types.h>

struct reaper;
typedef void reaper_cb(void *arg, pid_t pid, int status); /* status as waitpid gives it */

struct reaper *reaper_new(struct loop *l, struct err *e); /* takes SIGCHLD */
void reaper_free(struct reaper *r);
/* Call right after spawn, in the same turn. 0 or ERR_NOMEM. Called once, then forgotten. */
int reaper_watch(struct reaper *r, pid_t pid, reaper_cb *cb, void *arg);
void reaper_forget(struct reaper *r, pid_t pid);
/* Calls cb for each child that ended and that nobody watched. */
void reaper_others(struct reaper *r, void (*cb)(void *arg), void *arg);
bool reaper_knows(const struct reaper *r, pid_t pid);

#endif
