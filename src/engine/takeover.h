/* Ending by force what a supervisor cannot end itself any more: one that hangs, and what a killed
 * one left behind. */
#ifndef ENGINE_TAKEOVER_H
#define ENGINE_TAKEOVER_H

#include "io/rundir.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef void takeover_survivor(void *arg, pid_t pid);

/* Kills every process that bears the mark of the run that holds or last held the folder, and waits
 * for their end. Returns how many were killed; *left how many live on after deadline_ms, each told
 * to cb (may be NULL). */
int takeover_marked(const struct rundir *r, int deadline_ms, int *left, takeover_survivor *cb,
                    void *arg);

/* Ends what is left in the cgroups of the run that last held the folder, and removes them. Only
 * with the lock held. */
void takeover_cgroups(struct rundir *r);

/* Waits until nobody holds the lock. False when time ran out. */
bool takeover_wait_unlocked(const struct rundir *r, int64_t deadline_ms);

/* Kills the supervisor that the folder names, if it is there. Its pid, or 0. */
pid_t takeover_kill_supervisor(const struct rundir *r);

#endif
