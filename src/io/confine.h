/* What a child is held to: its user and groups, niceness, file creation mask and limits. */
#ifndef IO_CONFINE_H
#define IO_CONFINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { CONFINE_LIMITS = 4 };

struct confine_limit {
    int resource; /* RLIMIT_* */
    struct rlimit bound;
};

/* All zero: nothing is other than the parent's. */
struct confine {
    bool as_user; /* uid, gid and groups are to be taken on */
    char who[80]; /* who that is, for messages */
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* supplementary; owned */
    size_t n_groups;
    bool has_umask, has_nice;
    mode_t umask;
    int nice; /* absolute, -20 to 19 */
    struct confine_limit limits[CONFINE_LIMITS];
    size_t n_limits;
};

/* The groups that `login` (NULL: none is known) is in, with gid, as initgroups(3) has them. May ask
 * the name services: not for between vfork and exec. 0 or ERR_NOMEM. */
int confine_groups(struct confine *c, const char *login);
/* Adds a limit, at most CONFINE_LIMITS of them. hard at least soft. */
void confine_add(struct confine *c, int resource, uint64_t soft, uint64_t hard);
void confine_release(struct confine *c);

enum confine_step { CONFINE_LIMIT, CONFINE_NICE, CONFINE_GROUPS, CONFINE_USER };

/* In the child, between vfork and exec. 0, or -1 with errno and which step failed: *step, and for a
 * limit its place in *at. */
int confine_self(const struct confine *c, enum confine_step *step, size_t *at);
/* What that failure means: e filled with error's words and what would help. Returns its code. */
int confine_report(const struct confine *c, enum confine_step step, size_t at, int error,
                   struct err *e);

/* Makes a pipe the user's, who could not open /dev/stderr and the like otherwise. Whatever is no
 * pipe stays as it is; so does a pipe where that is not allowed. */
void confine_give(const struct confine *c, int fd);

#endif
