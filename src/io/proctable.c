#include "io/proctable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void proctable_init(struct proctable *t)
{
    memset(t, 0, sizeof(*t));
}

void proctable_release(struct proctable *t)
{
    free(t->list);
    proctable_init(t);
}

/* "PID (COMMAND) S PPID ...": the command may hold anything, so look for its end from behind. */
static bool proctable_parse(const char *text, struct proc *out)
{
    struct proc p;
    unsigned long long user, system, waited_user, waited_system;
    int parent;

    const char *end = strrchr(text, ')');
    if (end == NULL)
        return false;
    memset(&p, 0, sizeof(p));
    if (sscanf(end + 1,
               " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %*d %*d "
               "%llu %*u %llu",
               &p.state, &parent, &user, &system, &waited_user, &waited_system, &p.start,
               &p.rss) != 8)
        return false;
    p.pid = (pid_t)strtol(text, NULL, 10);
    p.parent = parent;
    p.cpu = user + system;
    p.waited = waited_user + waited_system;
    *out = p;
    return true;
}

bool proctable_one(pid_t pid, struct proc *out)
{
    char text[1024];

    (void)snprintf(text, sizeof(text), "/proc/%d/stat", (int)pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return proctable_parse(text, out);
}

static int proctable_add(struct proctable *t, const struct proc *p)
{
    if (t->n == t->cap) {
        size_t cap = t->cap == 0 ? 256 : 2 * t->cap;
        struct proc *list = realloc(t->list, cap * sizeof(*list));
        if (list == NULL)
            return -1;
        t->list = list;
        t->cap = cap;
    }
    t->list[t->n++] = *p;
    return 0;
}

static int proctable_order(const void *a, const void *b)
{
    const struct proc *x = a, *y = b;

    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

int proctable_read(struct proctable *t)
{
    struct proctable fresh;
    struct dirent *entry;
    struct proc p;
    int rc = 0;

    proctable_init(&fresh);
    DIR *dir = opendir("/proc");
    if (dir == NULL)
        return -1;
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (proctable_one((pid_t)strtol(entry->d_name, NULL, 10), &p))
            rc = proctable_add(&fresh, &p);
    }
    (void)closedir(dir);
    if (rc != 0) {
        proctable_release(&fresh);
        errno = ENOMEM;
        return -1;
    }
    if (fresh.n > 0)
        qsort(fresh.list, fresh.n, sizeof(*fresh.list), proctable_order);
    proctable_release(t);
    *t = fresh;
    return 0;
}

const struct proc *proctable_find(const struct proctable *t, pid_t pid)
{
    struct proc key = {.pid = pid};

    return t->n == 0 ? NULL : bsearch(&key, t->list, t->n, sizeof(*t->list), proctable_order);
}

bool proctable_below(const struct proctable *t, const struct proc *p, pid_t ancestor, pid_t except)
{
    bool found = false;

    if (p->pid == ancestor)
        return false;
    /* The bound is for a table in which pids were used again between two reads. */
    for (size_t steps = 0; p != NULL && steps <= t->n; steps++) {
        if (except != 0 && p->pid == except)
            return false;
        if (p->parent == ancestor)
            found = true;
        if (found || p->parent <= 1)
            return found;
        p = proctable_find(t, p->parent);
    }
    return found;
}
