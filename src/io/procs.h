/* What /proc tells of processes, and the killing of all that a process started.
 *
 * The supervisor and its guardian are child subreapers: whatever an actor starts is, once the
 * actor is dead, a child of the supervisor (or hangs below one). Children that nobody has reaped
 * keep their pid, so killing a direct child by pid is safe.
 */
#ifndef IO_PROCS_H
#define IO_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The environment variable that marks every process of an instance: "RUN.ACTOR.MEMBER.GENERATION".
 * RUN names one run of one system. */
#define PROCS_MARK "ACTORSUP_INSTANCE"

/* Calls cb for each direct child of this process (from /proc/self/task/TID/children where the
 * kernel has it, else by a walk of /proc). cb returns false to end the walk. Returns how many, or
 * -1 with errno. */
int procs_children(bool (*cb)(void *arg, pid_t pid), void *arg);

/* The value of PROCS_MARK in the environment that pid was started with; false when it has none or
 * it cannot be read. */
bool procs_mark(pid_t pid, char *buf, size_t size);
pid_t procs_group(pid_t pid);    /* its process group, -1 when gone */
bool procs_is_zombie(pid_t pid); /* dead, waiting to be reaped */
void procs_command(pid_t pid, char *buf,
                   size_t size); /* its command line, for people; "?" if gone */

/* Kills, with SIGKILL, every descendant of this process except `keep` (0: none) and waits until
 * waitpid says that no child is left (or only keep). Blocks; bounded by deadline_ms (0: none).
 * Returns how many processes are left: 0 is the proof that nothing is. Each survivor is told to cb
 * (may be NULL). */
int procs_kill_all(pid_t keep, int deadline_ms, void (*cb)(void *arg, pid_t pid), void *arg);

/* Kills every process of this user whose mark begins with `prefix` (a take-over finds what a killed
 * system left). Returns how many were killed. */
int procs_kill_marked(const char *prefix);
/* The same by one look, without waiting for their end: 0 once none is left. */
int procs_kill_marked_once(const char *prefix);

#endif
