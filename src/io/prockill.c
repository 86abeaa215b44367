#include "io/procs.h"
#include "io/proctable.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PROCKILL_WAIT_MS = 10,   /* between two looks when no child ended meanwhile */
    PROCKILL_ROUNDS = 100,   /* of looking for marked processes, which may fork */
    PROCKILL_GONE_MS = 1000, /* for a marked process to be gone after SIGKILL */
};

/* Kills the process that was seen as p, and no later one with its pid. Returns a pidfd, or -1 when
 * there is none: it is gone, may not be killed, or was killed without one. */
static int prockill_one(const struct proc *p)
{
    struct proc now;

    int fd = pidfd_open(p->pid, 0);
    int why = errno;
    bool same = proctable_one(p->pid, &now) && now.start == p->start;
    if (fd < 0) {
        if (same && why != ESRCH) /* no descriptor to be had */
            (void)kill(p->pid, SIGKILL);
        return -1;
    }
    if (!same || pidfd_send_signal(fd, SIGKILL, NULL, 0) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool prockill_is_dead(const struct proc *p)
{
    return p->state == 'Z' || p->state == 'X';
}

static int64_t prockill_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- all that is below us ---- */

/* Returns how many live processes there are below us, each of which was sent SIGKILL; -1: cannot
 * look. */
static int prockill_below(struct proctable *table, pid_t keep)
{
    int live = 0;

    if (proctable_read(table) != 0)
        return -1;
    for (size_t i = 0; i < table->n; i++) {
        const struct proc *p = &table->list[i];
        if (prockill_is_dead(p) || !proctable_below(table, p, getpid(), keep))
            continue;
        live++;
        int fd = prockill_one(p);
        if (fd >= 0)
            (void)close(fd);
    }
    return live;
}

/* Reaps all that is dead. Returns how many; *none becomes true when no child is left at all, and
 * *keep 0 when it was among them. */
static int prockill_reap(pid_t *keep, bool *none)
{
    int reaped = 0;
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
        if (pid <= 0)
            continue;
        reaped++;
        if (pid == *keep)
            *keep = 0;
    }
    *none = pid < 0 && errno == ECHILD;
    return reaped;
}

static void prockill_wait(const sigset_t *child)
{
    struct timespec most = {0, PROCKILL_WAIT_MS * 1000000L};

    (void)sigtimedwait(child, NULL, &most);
}

static int prockill_survivors(struct proctable *table, pid_t keep, void (*cb)(void *, pid_t),
                              void *arg)
{
    int n = 0;

    (void)proctable_read(table);
    for (size_t i = 0; i < table->n; i++) {
        const struct proc *p = &table->list[i];
        if (prockill_is_dead(p) || !proctable_below(table, p, getpid(), keep))
            continue;
        n++;
        if (cb != NULL)
            cb(arg, p->pid);
    }
    return n;
}

/* With a child to be kept, waitpid cannot say that no other is left. But whatever forks so fast
 * that a look at /proc misses it leaves us its dead to reap: a look that finds nobody, with nobody
 * to reap after it, is as good. */
int procs_kill_all(pid_t keep, int deadline_ms, void (*cb)(void *arg, pid_t pid), void *arg)
{
    int64_t deadline = prockill_now() + deadline_ms;
    struct proctable table;
    sigset_t child, before;
    int left = 0;

    proctable_init(&table);
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)pthread_sigmask(SIG_BLOCK, &child, &before);
    for (;;) {
        bool none;
        int live = prockill_below(&table, keep);
        int reaped = prockill_reap(&keep, &none);
        if (none || (live == 0 && reaped == 0 && keep != 0))
            break;
        if (live < 0) { /* nothing can be found, nothing is proved */
            left = 1;
            break;
        }
        if (deadline_ms > 0 && prockill_now() >= deadline) {
            left = prockill_survivors(&table, keep, cb, arg);
            break;
        }
        if (reaped == 0)
            prockill_wait(&child);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    proctable_release(&table);
    return left;
}

/* ---- what bears a mark ---- */

static bool prockill_is_marked(const struct proc *p, const char *prefix)
{
    char mark[512];

    return p->pid != getpid() && !prockill_is_dead(p) && procs_mark(p->pid, mark, sizeof(mark)) &&
           strncmp(mark, prefix, strlen(prefix)) == 0;
}

/* They are not our children: their end is told by the pidfd. */
static void prockill_until_gone(int fd)
{
    struct pollfd p = {fd, POLLIN, 0};

    while (poll(&p, 1, PROCKILL_GONE_MS) < 0 && errno == EINTR)
        ;
    (void)close(fd);
}

/* One look at all. wait: until each is gone. */
static int prockill_round(struct proctable *table, const char *prefix, bool wait)
{
    int killed = 0;

    if (proctable_read(table) != 0)
        return 0;
    for (size_t i = 0; i < table->n; i++) {
        int fd = prockill_is_marked(&table->list[i], prefix) ? prockill_one(&table->list[i]) : -1;
        if (fd < 0)
            continue;
        killed++;
        if (wait)
            prockill_until_gone(fd);
        else
            (void)close(fd);
    }
    return killed;
}

int procs_kill_marked_once(const char *prefix)
{
    struct proctable table;

    proctable_init(&table);
    int killed = prockill_round(&table, prefix, false);
    proctable_release(&table);
    return killed;
}

int procs_kill_marked(const char *prefix)
{
    struct proctable table;
    int killed = 0, last = 1;

    proctable_init(&table);
    for (int round = 0; round < PROCKILL_ROUNDS && last > 0; round++)
        killed += last = prockill_round(&table, prefix, true);
    proctable_release(&table);
    return killed;
}
