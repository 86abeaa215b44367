/* The folders in which a system makes its cgroups. */
#include "base/bytes.h"
#include "io/cgroupfiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP_PREFIX "actorsup."
#define CGROUP_LEAF "supervisor" /* where we are ourselves, no actor's name: those have dots */

enum {
    CGROUP_PROC_TEXT = 256 * 1024,
    CGROUP_SWEEPS = 100, /* looks for processes, which may fork meanwhile */
    CGROUP_SWEEP_MS = 1000,
};

static size_t cgroup_bit(unsigned role)
{
    size_t i = 0;

    for (; (role >> i & 1) == 0; i++)
        ;
    return i;
}

static void cgroups_lack(struct cgroups *c, unsigned roles, const char *what, const char *dir,
                         int error)
{
    for (unsigned bit = 1; bit < 1u << CGROUP_ROLES; bit <<= 1)
        if ((roles & bit) != 0)
            (void)snprintf(c->why[cgroup_bit(bit)], sizeof(c->why[0]), "%s %.400s: %s", what, dir,
                           strerror(error));
}

/* ---- found ---- */

struct cgroups *cgroups_new_at(const char *system, unsigned wanted,
                               const struct cgroup_place places[], size_t n, cgroup_put_fn *put)
{
    struct cgroups *c = calloc(1, sizeof(*c));
    unsigned random = (unsigned)getpid();

    if (c == NULL)
        return NULL;
    (void)!getrandom(&random, sizeof(random), 0);
    (void)snprintf(c->name, sizeof(c->name), CGROUP_PREFIX "%.63s.%08x", system, random);
    c->wanted = wanted;
    c->put = put;
    for (size_t i = 0; i < n && i < CGROUP_PLACES; i++)
        c->places[c->n++] = places[i];
    c->n = cgroup_choose(c->places, c->n, wanted);
    return c;
}

struct cgroups *cgroups_new(const char *system, unsigned wanted)
{
    struct cgroup_place places[CGROUP_PLACES];
    char *mounts = malloc(CGROUP_PROC_TEXT), own[4096], controllers[1024];
    size_t n = 0;

    if (mounts == NULL)
        return NULL;
    if (cgroup_get("/proc/self", "mountinfo", mounts, CGROUP_PROC_TEXT) > 0 &&
        cgroup_get("/proc/self", "cgroup", own, sizeof(own)) > 0)
        n = cgroup_find(mounts, own, places);
    free(mounts);
    for (size_t i = 0; i < n; i++)
        if (places[i].v2 &&
            cgroup_get(places[i].dir, "cgroup.controllers", controllers, sizeof(controllers)) >= 0)
            places[i].roles = cgroup_controllers(controllers);
    return cgroups_new_at(system, wanted, places, n, cgroup_put);
}

void cgroups_free(struct cgroups *c)
{
    free(c);
}

char *cgroups_record(const struct cgroups *c)
{
    char path[PATH_MAX];
    struct bytes b;
    char *text = NULL;

    bytes_init(&b);
    for (size_t i = 0; i < c->n; i++)
        if (cgroup_path(c, &c->places[i], NULL, path, sizeof(path)))
            (void)bytes_printf(&b, "%s\n", path); /* without memory: not in the record */
    if (bytes_byte(&b, 0) == 0)
        text = strdup((const char *)bytes_at(&b));
    bytes_release(&b);
    return text;
}

/* ---- made ---- */

/* Version 2 gives controllers only to the children of a cgroup without processes. Those beside us
 * are not ours to move. */
static int cgroups_move(struct cgroups *c, const struct cgroup_place *p, const char *control)
{
    char leaf[PATH_MAX];

    if (!cgroup_path(c, p, CGROUP_LEAF, leaf, sizeof(leaf)) || mkdir(leaf, 0755) != 0)
        return -1;
    if (c->put(leaf, "cgroup.procs", "0") == 0) {
        if (c->put(p->dir, "cgroup.subtree_control", control) == 0) {
            c->moved = true;
            return 0;
        }
        int error = errno;
        (void)c->put(p->dir, "cgroup.procs", "0");
        errno = error;
    }
    int error = errno;
    (void)rmdir(leaf);
    errno = error;
    return -1;
}

/* "+memory +pids", of the controllers that are among the roles. */
static void cgroups_control(unsigned roles, char sign, char *buf, size_t size)
{
    int n = 0;

    buf[0] = '\0';
    if ((roles & CGROUP_MEMORY) != 0)
        n = snprintf(buf, size, "%cmemory", sign);
    if ((roles & CGROUP_PIDS) != 0)
        (void)snprintf(buf + n, size - (size_t)n, "%s%cpids", n > 0 ? " " : "", sign);
}

static void cgroups_enable(struct cgroups *c, struct cgroup_place *p, const char *base)
{
    unsigned roles = p->roles & (CGROUP_MEMORY | CGROUP_PIDS);
    char control[32];

    if (roles == 0)
        return;
    cgroups_control(roles, '+', control, sizeof(control));
    int rc = c->put(p->dir, "cgroup.subtree_control", control);
    if (rc != 0 && errno == EBUSY)
        rc = cgroups_move(c, p, control);
    if (rc == 0)
        rc = c->put(base, "cgroup.subtree_control", control);
    if (rc == 0)
        return;
    cgroups_lack(c, roles,
                 errno == EBUSY
                     ? "start it in a cgroup of its own (systemd-run --scope -p Delegate=yes "
                       "actorsup up), for other processes stand in"
                     : "no cgroups with these controllers can be made in",
                 p->dir, errno);
    p->roles &= ~roles;
}

void cgroups_make(struct cgroups *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct cgroup_place *p = &c->places[i];
        char base[PATH_MAX];
        if (!cgroup_path(c, p, NULL, base, sizeof(base)) || mkdir(base, 0755) != 0) {
            cgroups_lack(c, p->roles, "no cgroup can be made in", p->dir, errno);
            p->roles = 0;
        } else if (p->v2) {
            cgroups_enable(c, p, base);
        }
    }
}

unsigned cgroups_roles(const struct cgroups *c)
{
    unsigned roles = 0;

    for (size_t i = 0; i < c->n; i++)
        roles |= c->places[i].roles;
    return roles;
}

const char *cgroups_why(const struct cgroups *c, enum cgroup_role role)
{
    const char *why = c->why[cgroup_bit(role)];

    return *why != '\0' ? why : "this system has no cgroups with that controller";
}

/* ---- and removed ---- */

/* What is called after us, with nothing in the path that leads elsewhere. */
static const char *cgroup_base_name(const char *path)
{
    const char *name = strrchr(path, '/');

    return *path == '/' && strstr(path, "/..") == NULL &&
                   strncmp(name + 1, CGROUP_PREFIX, strlen(CGROUP_PREFIX)) == 0
               ? name + 1
               : NULL;
}

static void cgroup_sweep_one(const char *path)
{
    const char *name = cgroup_base_name(path);
    struct stat st;

    if (name == NULL || lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return;
    (void)cgroup_put(path, "cgroup.kill", "1");
    for (int i = 0; i < CGROUP_SWEEPS && cgroup_kill_listed(path, name, CGROUP_SWEEP_MS) > 0; i++)
        ;
    cgroup_remove(path);
}

void cgroups_sweep(const char *record)
{
    char path[PATH_MAX];

    for (const char *line = record; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        if (len < sizeof(path)) {
            memcpy(path, line, len);
            path[len] = '\0';
            cgroup_sweep_one(path);
        }
        line += len + (line[len] == '\n' ? 1 : 0);
    }
}

/* Out of our own cgroup, as its folder cannot go before; controllers in use keep us from that. */
static bool cgroups_leave(struct cgroups *c)
{
    char base[PATH_MAX], control[32];

    for (size_t i = 0; i < c->n && c->moved; i++) {
        const struct cgroup_place *p = &c->places[i];
        if (!p->v2 || !cgroup_path(c, p, NULL, base, sizeof(base)))
            continue;
        cgroups_control(p->roles, '-', control, sizeof(control));
        (void)c->put(base, "cgroup.subtree_control", control);
        (void)c->put(p->dir, "cgroup.subtree_control", control);
        c->moved = c->put(p->dir, "cgroup.procs", "0") != 0;
    }
    return !c->moved;
}

bool cgroups_end(struct cgroups *c)
{
    bool gone = cgroups_leave(c);
    char base[PATH_MAX];

    for (size_t i = 0; i < c->n; i++) {
        if (!cgroup_path(c, &c->places[i], NULL, base, sizeof(base)))
            continue;
        cgroup_remove(base);
        gone = gone && access(base, F_OK) != 0;
    }
    return gone;
}
