#include "io/cgroupfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum {
    CGROUP_DEPTH = 8, /* of cgroups that processes made below theirs */
    CGROUP_TEXT = 64 * 1024,
};

bool cgroup_path(const struct cgroups *c, const struct cgroup_place *p, const char *below,
                 char *buf, size_t size)
{
    int n = snprintf(buf, size, "%s/%s%s%s", p->dir, c->name, below == NULL ? "" : "/",
                     below == NULL ? "" : below);

    return n > 0 && (size_t)n < size;
}

static int cgroup_open_file(const char *dir, const char *file, int flags)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s", dir, file);

    if (n < 0 || (size_t)n >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC);
}

int cgroup_put(const char *dir, const char *file, const char *text)
{
    size_t len = strlen(text);
    int fd = cgroup_open_file(dir, file, O_WRONLY);

    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, len);
    int error = n < 0 ? errno : EIO;
    (void)close(fd);
    errno = error;
    return n == (ssize_t)len ? 0 : -1;
}

ssize_t cgroup_get(const char *dir, const char *file, char *buf, size_t size)
{
    int fd = cgroup_open_file(dir, file, O_RDONLY);
    size_t len = 0;
    ssize_t n = 1;

    if (fd < 0)
        return -1;
    while (len < size - 1 && n > 0) {
        n = read(fd, buf + len, size - 1 - len);
        if (n > 0)
            len += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    int error = errno;
    (void)close(fd);
    errno = error;
    buf[len] = '\0';
    return n < 0 ? -1 : (ssize_t)len;
}

/* A process that is still in it, and no later one with its pid. */
static bool cgroup_holds(pid_t pid, const char *mark)
{
    char dir[32], text[4096];

    (void)snprintf(dir, sizeof(dir), "/proc/%ld", (long)pid);
    return cgroup_get(dir, "cgroup", text, sizeof(text)) > 0 && strstr(text, mark) != NULL;
}

static void cgroup_kill_one(pid_t pid, const char *mark, int wait_ms)
{
    int fd = pidfd_open(pid, 0);
    struct pollfd p = {fd, POLLIN, 0};

    if (fd < 0) {
        if (errno != ESRCH && cgroup_holds(pid, mark)) /* no descriptor to be had */
            (void)kill(pid, SIGKILL);
        return;
    }
    if (cgroup_holds(pid, mark) && pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0 && wait_ms > 0)
        while (poll(&p, 1, wait_ms) < 0 && errno == EINTR)
            ;
    (void)close(fd);
}

static size_t cgroup_kill_here(const char *dir, const char *mark, int wait_ms)
{
    char *text = malloc(CGROUP_TEXT);
    size_t n = 0;

    /* What is cut off comes at the next look. */
    if (text != NULL && cgroup_get(dir, "cgroup.procs", text, CGROUP_TEXT) > 0) {
        for (char *line = text, *end; *line != '\0'; line = end + strspn(end, "\n")) {
            pid_t pid = (pid_t)strtol(line, &end, 10);
            if (end == line || *end != '\n') /* the last one may be half a number */
                break;
            if (pid <= 0 || pid == getpid()) /* 0: of another namespace */
                continue;
            cgroup_kill_one(pid, mark, wait_ms);
            n++;
        }
    }
    free(text);
    return n;
}

/* Calls cb for each cgroup below dir. */
static void cgroup_below(const char *dir, void (*cb)(const char *dir, void *arg), void *arg)
{
    char path[PATH_MAX];
    struct dirent *entry;
    DIR *d = opendir(dir);

    while (d != NULL && (entry = readdir(d)) != NULL) {
        int n = snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0 && n > 0 && (size_t)n < sizeof(path))
            cb(path, arg);
    }
    if (d != NULL)
        (void)closedir(d);
}

struct cgroup_walk {
    const char *mark;
    int wait_ms;
    int depth;
    size_t found;
};

static void cgroup_kill_walk(const char *dir, void *arg)
{
    struct cgroup_walk *w = arg;

    w->found += cgroup_kill_here(dir, w->mark, w->wait_ms);
    if (++w->depth < CGROUP_DEPTH)
        cgroup_below(dir, cgroup_kill_walk, w);
    w->depth--;
}

size_t cgroup_kill_listed(const char *dir, const char *mark, int wait_ms)
{
    struct cgroup_walk w = {.mark = mark, .wait_ms = wait_ms};

    cgroup_kill_walk(dir, &w);
    return w.found;
}

static void cgroup_remove_walk(const char *dir, void *arg)
{
    struct cgroup_walk *w = arg;

    if (rmdir(dir) == 0)
        return;
    if (++w->depth < CGROUP_DEPTH)
        cgroup_below(dir, cgroup_remove_walk, w);
    w->depth--;
    (void)rmdir(dir);
}

void cgroup_remove(const char *dir)
{
    struct cgroup_walk w = {.depth = 0};

    cgroup_remove_walk(dir, &w);
}
