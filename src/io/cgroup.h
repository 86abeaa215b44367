/* Control groups: bounds of memory and of processes that hold for a process and all that it starts,
 * and a way to find and end these, whatever they did to their groups and environments.
 *
 * Where cgroups can be made, and which ones, depends on the system: version 2, or version 1 with a
 * hierarchy for each controller, or both side by side. They are made below the cgroup that we are
 * in ourselves. Nothing here is needed for a start without bounds. */
#ifndef IO_CGROUP_H
#define IO_CGROUP_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a hierarchy is there for. */
enum cgroup_role { CGROUP_MEMORY = 1, CGROUP_PIDS = 2, CGROUP_KILL = 4 };
#define CGROUP_ROLES 3  /* how many there are */
#define CGROUP_PLACES 3 /* one for each, at most */

/* A folder of a hierarchy: that of our own cgroup. */
struct cgroup_place {
    char dir[PATH_MAX];
    bool v2;
    unsigned roles; /* that it has; of version 2 they stand in a file, see cgroup_controllers */
};

/* ---- what is where: pure ---- */

/* Reads the texts of /proc/self/mountinfo and /proc/self/cgroup. Returns how many places there
 * are. */
size_t cgroup_find(const char *mountinfo, const char *own,
                   struct cgroup_place places[CGROUP_PLACES]);
/* The roles that the text of a cgroup.controllers (version 2) stands for, CGROUP_KILL included. */
unsigned cgroup_controllers(const char *text);
/* Leaves each role that is wanted to one place alone, and drops places that have none. Returns how
 * many are left. */
size_t cgroup_choose(struct cgroup_place places[], size_t n, unsigned wanted);
/* The number behind `key ` in a text of such lines; 0 when there is none. */
uint64_t cgroup_number(const char *text, const char *key);

/* ---- where a system makes its own ---- */

struct cgroups;

/* Those of this machine that can serve. Nothing is made yet. NULL without memory. */
struct cgroups *cgroups_new(const char *system, unsigned wanted);
/* Writes text into dir/file. 0, or -1 with errno. */
typedef int cgroup_put_fn(const char *dir, const char *file, const char *text);
/* The same in places that are given (each with its roles), and with another way to write. */
struct cgroups *cgroups_new_at(const char *system, unsigned wanted,
                               const struct cgroup_place places[], size_t n, cgroup_put_fn *put);
void cgroups_free(struct cgroups *c); /* frees the memory alone */
/* The folders to be made, a line each, for cgroups_sweep. The caller frees it. */
char *cgroups_record(const struct cgroups *c);

/* Makes the folders. Where version 2 asks for it, that no processes stand beside our cgroups, the
 * calling process is moved into one of its own: call it before the supervisor is started. What does
 * not work is no error but missing in cgroups_roles, and cgroups_why says why. */
void cgroups_make(struct cgroups *c);
unsigned cgroups_roles(const struct cgroups *c);
/* Why a role is missing, in words for a user. */
const char *cgroups_why(const struct cgroups *c, enum cgroup_role role);
/* Takes the calling process back to where it was, and removes what is empty. True: all is gone. */
bool cgroups_end(struct cgroups *c);

/* Kills what is left in the folders of an earlier record, and removes them. Blocks, bounded by a
 * few seconds. */
void cgroups_sweep(const char *record);

/* ---- that of one process ---- */

#define CGROUP_NO_BOUND UINT64_MAX

struct cgroup;

/* Makes one, with its bounds: bytes, and how many processes and threads. name is unique among those
 * of c, which must live longer. 0, or an err code with e and nothing made. */
int cgroup_new(const struct cgroups *c, const char *name, uint64_t memory, uint64_t processes,
               struct cgroup **out, struct err *e);
/* Opens what a child writes to in order to enter it (spawn.h); fds of CGROUP_PLACES. The caller
 * closes them. Returns how many, or an err code with e. */
int cgroup_open(const struct cgroup *g, int fds[CGROUP_PLACES], struct err *e);
/* SIGKILL to all that is in it. True: something was. */
bool cgroup_kill(struct cgroup *g);
/* How often the kernel killed a process in it for want of memory. */
uint64_t cgroup_oom_kills(const struct cgroup *g);
/* Removes it; one with processes in it stays until cgroups_end. Takes g, which may be NULL. */
void cgroup_free(struct cgroup *g);

#endif
