#include "io/confine.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int confine_groups(struct confine *c, const char *login)
{
    int n = 32, had;
    gid_t *list = NULL;

    if (login == NULL) {
        if ((list = malloc(sizeof(*list))) == NULL)
            return ERR_NOMEM;
        list[0] = c->gid;
        n = 1;
    }
    while (login != NULL) {
        gid_t *grown = realloc(list, (size_t)n * sizeof(*list));
        if (grown == NULL) {
            free(list);
            return ERR_NOMEM;
        }
        list = grown;
        had = n;
        if (getgrouplist(login, c->gid, list, &n) >= 0)
            break;
        if (n <= had) /* how many there are is said, yet not to be relied on */
            n = had * 2;
    }
    free(c->groups);
    c->groups = list;
    c->n_groups = (size_t)n;
    return 0;
}

void confine_add(struct confine *c, int resource, uint64_t soft, uint64_t hard)
{
    struct confine_limit *l = &c->limits[c->n_limits];

    if (c->n_limits == CONFINE_LIMITS)
        bug("more than %d limits", CONFINE_LIMITS);
    c->n_limits++;
    l->resource = resource;
    l->bound.rlim_cur = (rlim_t)soft;
    l->bound.rlim_max = (rlim_t)hard;
}

void confine_release(struct confine *c)
{
    free(c->groups);
    memset(c, 0, sizeof(*c));
}

/* The library would change the user of each thread of the memory that we run in, which is our
 * parent's: it is the kernel that must be asked. */
static int confine_user(const struct confine *c, enum confine_step *step)
{
    *step = CONFINE_GROUPS;
    if (syscall(SYS_setgroups, c->n_groups, c->groups) != 0 ||
        syscall(SYS_setresgid, c->gid, c->gid, c->gid) != 0)
        return -1;
    *step = CONFINE_USER;
    return syscall(SYS_setresuid, c->uid, c->uid, c->uid) != 0 ? -1 : 0;
}

int confine_self(const struct confine *c, enum confine_step *step, size_t *at)
{
    if (c->has_umask)
        (void)umask(c->umask);
    *step = CONFINE_LIMIT;
    for (*at = 0; *at < c->n_limits; ++*at)
        if (setrlimit((__rlimit_resource_t)c->limits[*at].resource, &c->limits[*at].bound) != 0)
            return -1;
    *step = CONFINE_NICE;
    if (c->has_nice && setpriority(PRIO_PROCESS, 0, c->nice) != 0)
        return -1;
    return c->as_user ? confine_user(c, step) : 0;
}

static const struct {
    int resource;
    const char *key;
    const char *remedy;
} confine_names[] = {
    {RLIMIT_NOFILE, "files", "ulimit -Hn"},
    {RLIMIT_CPU, "cpu", "ulimit -Ht"},
    {RLIMIT_CORE, "core", "ulimit -Hc"},
    {RLIMIT_AS, "memory", "ulimit -Hv"},
};

static int confine_report_limit(const struct confine_limit *l, struct err *e)
{
    const char *key = "?", *remedy = "ulimit -H";

    for (size_t i = 0; i < sizeof(confine_names) / sizeof(confine_names[0]); i++) {
        if (confine_names[i].resource != l->resource)
            continue;
        key = confine_names[i].key;
        remedy = confine_names[i].remedy;
    }
    return err_errno(e, "cannot set `limits: %s`, which is over our own hard limit (%s)", key,
                     remedy);
}

int confine_report(const struct confine *c, enum confine_step step, size_t at, int error,
                   struct err *e)
{
    errno = error;
    switch (step) {
    case CONFINE_LIMIT:
        return confine_report_limit(&c->limits[at], e);
    case CONFINE_NICE:
        return err_errno(e,
                         "cannot run at `nice: %d`, which needs root, CAP_SYS_NICE or a higher "
                         "`ulimit -e`",
                         c->nice);
    case CONFINE_GROUPS:
    case CONFINE_USER:
        break;
    }
    return err_errno(e, "cannot run as %s, which needs root, or CAP_SETUID and CAP_SETGID", c->who);
}

void confine_give(const struct confine *c, int fd)
{
    struct stat st;

    if (c->as_user && fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
        (void)!fchown(fd, c->uid, (gid_t)-1);
}
