/* Starting a child process by vfork semantics, with nothing but what is named:
 * a process group of its own, default signals, an empty mask, every other descriptor closed,
 * PR_SET_PDEATHSIG SIGKILL against the death of the calling (main) thread. */
#ifndef IO_SPAWN_H
#define IO_SPAWN_H

#include "base/err.h"
#include "io/confine.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct spawn_spec {
    const char *program;           /* absolute path, from spawn_find */
    char *const *argv;             /* borrowed */
    char *const *envp;             /* borrowed */
    const char *cwd;               /* absolute */
    int in, out, err;              /* become 0, 1, 2; -1: /dev/null */
    int ready;                     /* becomes 3; -1: none */
    const struct confine *confine; /* borrowed; NULL: as we are */
    const int *cgroups;            /* cgroup.procs of those it begins in, open for writing */
    size_t n_cgroups;
};

/* 0 with *pid, or ERR_SYSTEM with e saying which step failed ("cannot execute ./x: Permission
 * denied"); ERR_AGAIN when there is no process, descriptor or memory for it now. A child that could
 * not execute has been reaped. The caller keeps its descriptors. */
int spawn_start(const struct spawn_spec *s, pid_t *pid, struct err *e);

/* Whether spawn_start would be allowed to: a child takes all steps but the last, enters no cgroup,
 * and is gone again. argv and envp are not used. 0, or as spawn_start. */
int spawn_rehearse(const struct spawn_spec *s, struct err *e);

/* Raises this process's soft limit of open files to the hard one, and remembers what it was: the
 * children of spawn_start get that. Without this call they inherit the limit as it is. Returns the
 * limit that holds now. */
uint64_t spawn_raise_files(void);

/* The program that `name` means in cwd with this PATH (a name with a slash is relative to cwd).
 * Fills out (of size) with an absolute path. 0, ERR_UNKNOWN (no such file), ERR_DENIED (cannot be
 * executed) or ERR_TOO_LARGE. */
int spawn_find(const char *name, const char *cwd, const char *path, char *out, size_t size);

#endif
