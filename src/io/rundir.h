/* The folder of a running system: DIR/actorsup/SYSTEM, see actorsup(1).
 * Mode 0700; every step opened without following links, owner and mode checked on the descriptor.
 */
#ifndef IO_RUNDIR_H
#define IO_RUNDIR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RUNDIR_SOCKET "sock" /* the listening unix socket in it */
#define RUNDIR_PID "pid"
#define RUNDIR_LOCK "lock"
#define RUNDIR_RUN "run" /* the mark's RUN of the supervisor that holds or last held it */

#define RUNDIR_CGROUPS "cgroups" /* the folders of its cgroups, a line each, while it has any */

struct rundir;

/* Opens the folder, making it (and actorsup/) when create is true. ERR_DENIED when owner, mode or
 * kind of a step are not as they must be; ERR_NOT_RUNNING when it is not there and create is false;
 * ERR_TOO_LARGE when the socket's path would not fit in sockaddr_un. */
int rundir_open(const char *system, bool create, struct rundir **out, struct err *e);
void rundir_free(
    struct rundir *r); /* closes; a held lock stays with the open file of a parent or child */

int rundir_fd(const struct rundir *r);
const char *rundir_path(const struct rundir *r);   /* absolute */
const char *rundir_system(const struct rundir *r); /* the name of the folder */
const char *rundir_base(
    const struct rundir *r); /* DIR: what ACTORSUP_RUNTIME_DIR must be to find it again */
const char *rundir_socket(const struct rundir *r); /* absolute path of the socket */

/* Takes the lock (of one open file, shared over fork). 0, or ERR_EXISTS with e saying which
 * pid runs it. */
int rundir_lock(struct rundir *r, struct err *e);
int rundir_lock_fd(const struct rundir *r);
bool rundir_running(const struct rundir *r); /* somebody holds the lock */
pid_t rundir_pid(const struct rundir *r);    /* what `pid` says, or 0 */

/* Small files in it, replaced atomically / read whole (cut at size). 0 or ERR_SYSTEM. */
int rundir_write(struct rundir *r, const char *name, const char *text, struct err *e);
int rundir_read(const struct rundir *r, const char *name, char *buf, size_t size);
int rundir_remove(struct rundir *r, const char *name); /* 0 or ERR_SYSTEM; not there is well */
/* Removes socket, pid and run file (not the lock file or the folder: a racing `up` may hold it
 * open). */
void rundir_clean(struct rundir *r);

/* Calls cb with each system of this user that is running now. Returns how many, or ERR_*. */
int rundir_list(void (*cb)(void *arg, const char *system), void *arg, struct err *e);

/* ${XDG_STATE_HOME:-~/.local/state}/actorsup/SYSTEM, made (0700) when create; absolute path in buf.
 * 0 or ERR_* with e. */
int rundir_state(const char *system, bool create, char *buf, size_t size, struct err *e);

#endif
