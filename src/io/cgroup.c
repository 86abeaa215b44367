/* The cgroup of one process. */
#include "io/cgroupfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cgroup {
    const struct cgroups *in;
    unsigned places; /* bits of in->places in which it has a folder */
    bool counts;     /* what the kernel counts in it will be asked for */
    char name[];
};

static bool cgroup_folder(const struct cgroup *g, size_t place, char *buf, size_t size)
{
    return (g->places >> place & 1) != 0 &&
           cgroup_path(g->in, &g->in->places[place], g->name, buf, size);
}

static int cgroup_bound(const struct cgroup *g, const char *dir, const char *file, uint64_t bound,
                        struct err *e)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)bound);
    if (g->in->put(dir, file, text) == 0)
        return 0;
    return err_errno(e, "cannot write %s to %s/%s", text, dir, file);
}

/* That memory is not to be had from the swap instead is tried: a kernel without swap accounting has
 * no such file. A cgroup is not killed as a whole (memory.oom.group): until it executes, a child
 * shares our memory, and would take us with it. */
static int cgroup_bound_memory(const struct cgroup *g, bool v2, const char *dir, uint64_t memory,
                               struct err *e)
{
    int rc = cgroup_bound(g, dir, v2 ? "memory.max" : "memory.limit_in_bytes", memory, e);

    if (rc == 0)
        (void)cgroup_bound(g, dir, v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                           v2 ? 0 : memory, NULL);
    return rc;
}

int cgroup_new(const struct cgroups *c, const char *name, uint64_t memory, uint64_t processes,
               struct cgroup **out, struct err *e)
{
    unsigned needed = CGROUP_KILL | (memory != CGROUP_NO_BOUND ? CGROUP_MEMORY : 0u) |
                      (processes != CGROUP_NO_BOUND ? CGROUP_PIDS : 0u);
    size_t size = strlen(name) + 1;
    struct cgroup *g = malloc(sizeof(*g) + size);
    char dir[PATH_MAX];
    int rc = 0;

    if (g == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    g->in = c;
    g->places = 0;
    g->counts = memory != CGROUP_NO_BOUND;
    memcpy(g->name, name, size);
    for (size_t i = 0; i < c->n && rc == 0; i++) {
        const struct cgroup_place *p = &c->places[i];
        unsigned roles = p->roles & needed;
        if (roles == 0)
            continue;
        if (!cgroup_path(c, p, name, dir, sizeof(dir)) || mkdir(dir, 0755) != 0) {
            rc = err_errno(e, "cannot make cgroup %s in %s", name, p->dir);
            break;
        }
        g->places |= 1u << i;
        if ((roles & CGROUP_MEMORY) != 0)
            rc = cgroup_bound_memory(g, p->v2, dir, memory, e);
        if (rc == 0 && (roles & CGROUP_PIDS) != 0)
            rc = cgroup_bound(g, dir, "pids.max", processes, e);
    }
    if (rc != 0)
        cgroup_free(g);
    else
        *out = g;
    return rc;
}

int cgroup_open(const struct cgroup *g, int fds[CGROUP_PLACES], struct err *e)
{
    char dir[PATH_MAX], path[PATH_MAX + 16];
    int n = 0;

    for (size_t i = 0; i < g->in->n; i++) {
        if (!cgroup_folder(g, i, dir, sizeof(dir)))
            continue;
        (void)snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
        fds[n] = open(path, O_WRONLY | O_CLOEXEC);
        if (fds[n] < 0) {
            int rc = err_errno(e, "cannot open %s", path);
            while (n > 0)
                (void)close(fds[--n]);
            return rc;
        }
        n++;
    }
    return n;
}

/* One place is enough: the same processes are in each. That of version 2, where there is one, is
 * the first, and tells of cgroups below it too. */
bool cgroup_kill(struct cgroup *g)
{
    char dir[PATH_MAX], events[256];

    for (size_t i = 0; i < g->in->n; i++) {
        if (!cgroup_folder(g, i, dir, sizeof(dir)))
            continue;
        /* Only an empty one can be removed: that is asked in one call, where nothing is read later.
         */
        if (g->in->places[i].v2 && !g->counts && rmdir(dir) == 0) {
            g->places &= ~(1u << i);
            return false;
        }
        if (!g->in->places[i].v2 || cgroup_get(dir, "cgroup.events", events, sizeof(events)) < 0)
            return cgroup_kill_listed(dir, g->in->name, 0) > 0;
        if (cgroup_number(events, "populated") == 0)
            return false;
        if (g->in->put(dir, "cgroup.kill", "1") != 0) /* older than Linux 5.14 */
            (void)cgroup_kill_listed(dir, g->in->name, 0);
        return true;
    }
    return false;
}

uint64_t cgroup_oom_kills(const struct cgroup *g)
{
    char dir[PATH_MAX], text[1024];

    for (size_t i = 0; i < g->in->n; i++) {
        const struct cgroup_place *p = &g->in->places[i];
        if ((p->roles & CGROUP_MEMORY) == 0 || !cgroup_folder(g, i, dir, sizeof(dir)))
            continue;
        if (cgroup_get(dir, p->v2 ? "memory.events" : "memory.oom_control", text, sizeof(text)) > 0)
            return cgroup_number(text, "oom_kill");
    }
    return 0;
}

void cgroup_free(struct cgroup *g)
{
    char dir[PATH_MAX];

    if (g == NULL)
        return;
    for (size_t i = 0; i < g->in->n; i++)
        if (cgroup_folder(g, i, dir, sizeof(dir)))
            cgroup_remove(dir);
    free(g);
}
