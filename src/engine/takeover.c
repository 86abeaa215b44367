#include "engine/takeover.h"

#include "io/cgroup.h"
#include "io/loop.h"
#include "io/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define TAKEOVER_AT_ONCE 256 /* processes killed and waited for in one go */
#define TAKEOVER_MARK_MAX 512

static int64_t takeover_now(void)
{
    return loop_clock() / 1000;
}

static int takeover_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static bool takeover_is_marked(pid_t pid, const char *prefix)
{
    char mark[TAKEOVER_MARK_MAX];
    return procs_mark(pid, mark, sizeof mark) && strncmp(mark, prefix, strlen(prefix)) == 0;
}

/* Descriptors of processes with the mark, at most max. The mark is looked at again once the
 * descriptor holds the process, so that a pid given anew is not mistaken for it. */
static int takeover_find(const char *prefix, struct pollfd *fds, pid_t *pids, int max)
{
    DIR *proc = opendir("/proc");
    struct dirent *d;
    int n = 0;
    while (proc != NULL && n < max && (d = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);
        if (pid <= 1 || pid == getpid() || !takeover_is_marked(pid, prefix))
            continue;
        int fd = takeover_pidfd(pid);
        if (fd < 0)
            continue;
        if (!takeover_is_marked(pid, prefix)) {
            close(fd);
            continue;
        }
        pids[n] = pid;
        fds[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    if (proc != NULL)
        closedir(proc);
    return n;
}

/* Kills those found and waits for them. Returns how many live on. */
static int takeover_end(struct pollfd *fds, int n, int64_t deadline)
{
    int left = n;
    for (int i = 0; i < n; i++)
        syscall(SYS_pidfd_send_signal, fds[i].fd, SIGKILL, NULL, 0);
    while (left > 0) {
        int64_t ms = deadline - takeover_now();
        if (ms <= 0 || poll(fds, (nfds_t)n, (int)ms) == 0)
            break;
        for (int i = 0; i < n; i++) {
            if (fds[i].fd < 0 || fds[i].revents == 0)
                continue;
            close(fds[i].fd);
            fds[i].fd = -1;
            left--;
        }
    }
    return left;
}

int takeover_marked(const struct rundir *r, int deadline_ms, int *left, takeover_survivor *cb,
                    void *arg)
{
    char prefix[128];
    struct pollfd fds[TAKEOVER_AT_ONCE];
    pid_t pids[TAKEOVER_AT_ONCE];
    int64_t deadline = takeover_now() + deadline_ms;
    int killed = 0, n;
    *left = 0;
    if (rundir_read(r, RUNDIR_RUN, prefix, sizeof prefix - 1) != 0)
        return 0;
    prefix[strcspn(prefix, "\n")] = '\0';
    if (prefix[0] == '\0')
        return 0;
    prefix[strlen(prefix) + 1] = '\0';
    prefix[strlen(prefix)] = '.';
    /* Once more until none is found: what was killed may have forked meanwhile. */
    while (*left == 0 && (n = takeover_find(prefix, fds, pids, TAKEOVER_AT_ONCE)) > 0) {
        *left = takeover_end(fds, n, deadline);
        killed += n - *left;
        for (int i = 0; i < n; i++) {
            if (fds[i].fd < 0)
                continue;
            close(fds[i].fd);
            if (cb != NULL)
                cb(arg, pids[i]);
        }
    }
    return killed;
}

void takeover_cgroups(struct rundir *r)
{
    char before[3 * PATH_MAX + 4];
    if (rundir_read(r, RUNDIR_CGROUPS, before, sizeof before) != 0)
        return;
    cgroups_sweep(before);
    (void)rundir_remove(r, RUNDIR_CGROUPS);
}

static void takeover_tick(int signo)
{
    (void)signo;
}

/* Waiting for a lock has no time-out: a timer interrupts it, again and again, as the first signal
 * may come before the call. */
bool takeover_wait_unlocked(const struct rundir *r, int64_t deadline_ms)
{
    int64_t deadline = takeover_now() + deadline_ms;
    int fd = openat(rundir_fd(r), RUNDIR_LOCK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT;
    struct sigaction act = {.sa_handler = takeover_tick}, before;
    struct itimerval often = {.it_interval = {.tv_usec = 100000}, .it_value = {.tv_usec = 100000}};
    const struct itimerval never = {0};
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    sigemptyset(&act.sa_mask);
    sigaction(SIGALRM, &act, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    int rc;
    do
        rc = fcntl(fd, F_OFD_SETLKW, &whole);
    while (rc != 0 && errno == EINTR && takeover_now() < deadline);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    close(fd);
    return rc == 0;
}

pid_t takeover_kill_supervisor(const struct rundir *r)
{
    pid_t pid = rundir_pid(r);
    if (pid <= 1)
        return 0;
    int fd = takeover_pidfd(pid);
    /* Only while the lock is held is the pid that of a supervisor, and not of a later process. */
    bool killed =
        fd >= 0 && rundir_running(r) && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0;
    if (fd >= 0)
        close(fd);
    return killed ? pid : 0;
}
