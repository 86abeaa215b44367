/* The files of a cgroup, and what its two users share. Part of cgroup. */
#ifndef IO_CGROUPFILES_H
#define IO_CGROUPFILES_H

#include "io/cgroup.h"

#include <sys/types.h>

struct cgroups {
    char name[128]; /* of the folder that is made in each place: actorsup.SYSTEM.RANDOM */
    struct cgroup_place places[CGROUP_PLACES];
    size_t n;
    unsigned wanted;
    char why[CGROUP_ROLES][ERR_TEXT_MAX]; /* in the order of their bits; empty: no reason */
    bool moved;                           /* this process stands in a cgroup of ours (version 2) */
    cgroup_put_fn *put;
};

/* DIR/NAME, or DIR/NAME/BELOW; false when it is too long. */
bool cgroup_path(const struct cgroups *c, const struct cgroup_place *p, const char *below,
                 char *buf, size_t size);

cgroup_put_fn cgroup_put;
/* The text of dir/file, cut at size. Its length, or -1 with errno. */
ssize_t cgroup_get(const char *dir, const char *file, char *buf, size_t size);

/* Kills each process in dir and in the cgroups below, whose path still holds `mark` when it is
 * killed; never this process. With wait_ms each is waited for so long. Returns how many were
 * found. */
size_t cgroup_kill_listed(const char *dir, const char *mark, int wait_ms);
/* Removes dir and the cgroups below it, as far as they are empty. */
void cgroup_remove(const char *dir);

#endif
