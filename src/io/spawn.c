#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SPAWN_UNDER_VALGRIND /* which knows vfork, but no other sharing */
#define SPAWN_SHARED (CLONE_VM | CLONE_VFORK)
#else
#define SPAWN_SHARED (CLONE_VM | CLONE_VFORK | CLONE_FILES)
#endif

enum {
    SPAWN_FDS = 4, /* 0, 1, 2, and 3 for readiness */
    SPAWN_STACK = 64 * 1024,
};

enum spawn_step {
    SPAWN_CGROUP,
    SPAWN_UNSHARE,
    SPAWN_GROUP,
    SPAWN_DUP,
    SPAWN_CLOSE,
    SPAWN_LIMIT,
    SPAWN_CONFINE,
    SPAWN_DEATHSIG,
    SPAWN_CHDIR,
    SPAWN_EXEC,
};

/* Low descriptors in which the child finds its own. It shares our table of descriptors until it has
 * cut it off behind them, for to copy and close thousands takes longer than all else. */
static int spawn_slots[SPAWN_FDS] = {-1, -1, -1, -1};
static int spawn_null = -1; /* what stands in a slot that is not in use */

/* Shared with the child, which runs in our memory until it executes. */
struct spawn_job {
    const struct spawn_spec *spec;
    pid_t parent;
    bool rehearsal;
    volatile int error; /* errno of the step that failed; 0: none did */
    volatile enum spawn_step step;
    enum confine_step confine; /* of SPAWN_CONFINE */
    size_t limit;
};

static struct rlimit spawn_files; /* the limit that children get */
static bool spawn_files_raised;

uint64_t spawn_raise_files(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return 0;
    if (!spawn_files_raised) {
        spawn_files = r;
        r.rlim_cur = r.rlim_max;
        spawn_files_raised = setrlimit(RLIMIT_NOFILE, &r) == 0;
    }
    return spawn_files_raised ? r.rlim_max : spawn_files.rlim_cur;
}

/* ---- in the child: async-signal-safe calls alone, and nothing written but the job ---- */

static int spawn_fail(struct spawn_job *job, enum spawn_step step)
{
    job->step = step;
    job->error = errno;
    return -1;
}

/* The handlers are the parent's, and would run in its memory: away with them before
 * the mask is opened. */
static void spawn_reset_signals(void)
{
    struct sigaction sa;
    sigset_t none;

    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = SIG_DFL;
    for (int sig = 1; sig < NSIG; sig++)
        (void)sigaction(sig, &sa, NULL); /* refused for a few, which have no handlers */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int spawn_place_fds(struct spawn_job *job)
{
    int n = job->spec->ready < 0 ? SPAWN_FDS - 1 : SPAWN_FDS;

    for (int i = 0; i < n; i++)
        if (dup2(spawn_slots[i], i) < 0)
            return spawn_fail(job, SPAWN_DUP);
    if (close_range((unsigned)n, ~0u, 0) != 0)
        return spawn_fail(job, SPAWN_CLOSE);
    return 0;
}

static unsigned spawn_last_slot(void)
{
    int last = 0;

    for (int i = 0; i < SPAWN_FDS; i++)
        last = spawn_slots[i] > last ? spawn_slots[i] : last;
    return (unsigned)last;
}

/* Before the descriptors are closed, and before there is anything that should be counted. */
static int spawn_enter_cgroups(struct spawn_job *job)
{
    for (size_t i = 0; i < job->spec->n_cgroups; i++)
        if (write(job->spec->cgroups[i], "0", 1) != 1)
            return spawn_fail(job, SPAWN_CGROUP);
    return 0;
}

static int spawn_limit(struct spawn_job *job)
{
    const struct confine *c = job->spec->confine;

    if (spawn_files_raised && setrlimit(RLIMIT_NOFILE, &spawn_files) != 0)
        return spawn_fail(job, SPAWN_LIMIT);
    if (c != NULL && confine_self(c, &job->confine, &job->limit) != 0)
        return spawn_fail(job, SPAWN_CONFINE);
    return 0;
}

static void spawn_execute(struct spawn_job *job)
{
    if (!job->rehearsal)
        (void)execve(job->spec->program, job->spec->argv, job->spec->envp);
    else if (access(job->spec->program, X_OK) == 0)
        return;
    (void)spawn_fail(job, SPAWN_EXEC);
}

static void spawn_child(struct spawn_job *job)
{
    if (spawn_enter_cgroups(job) != 0)
        return;
    if (close_range(spawn_last_slot() + 1, ~0u, CLOSE_RANGE_UNSHARE) != 0) {
        (void)spawn_fail(job, SPAWN_UNSHARE);
        return;
    }
    if (setpgid(0, 0) != 0) {
        (void)spawn_fail(job, SPAWN_GROUP);
        return;
    }
    spawn_reset_signals();
    if (spawn_place_fds(job) != 0)
        return;
    if (spawn_limit(job) != 0)
        return;
    /* A change of user takes this back. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        (void)spawn_fail(job, SPAWN_DEATHSIG);
        return;
    }
    if (getppid() != job->parent) /* it died before the signal was armed */
        return;
    if (chdir(job->spec->cwd) != 0) {
        (void)spawn_fail(job, SPAWN_CHDIR);
        return;
    }
    spawn_execute(job);
}

static int spawn_run(void *job)
{
    spawn_child(job);
    _exit(127);
}

/* As vfork, and with a shared table of descriptors: we stand still until the child executes or
 * ends. */
static pid_t spawn_vfork(struct spawn_job *job)
{
    static _Alignas(16) unsigned char stack[SPAWN_STACK]; /* one child at a time */

    return clone(spawn_run, stack + sizeof(stack), SPAWN_SHARED | SIGCHLD, job);
}

/* ---- in the parent ---- */

static int spawn_no_process(const struct spawn_spec *s, struct err *e)
{
    return err_set(e, ERR_AGAIN,
                   "no process for %s: there are as many as are allowed (ulimit -u, or pids.max of "
                   "the cgroup)",
                   s->program);
}

static int spawn_report(const struct spawn_job *job, struct err *e)
{
    const struct spawn_spec *s = job->spec;
    bool other = s->confine != NULL && s->confine->as_user;
    const char *as = other ? " as " : "", *who = other ? s->confine->who : "";

    errno = job->error;
    switch (job->step) {
    case SPAWN_CONFINE:
        return confine_report(s->confine, job->confine, job->limit, errno, e);
    case SPAWN_CHDIR:
        return err_errno(e, "cannot enter folder %s%s%s", s->cwd, as, who);
    case SPAWN_EXEC:
        if (errno == ENOEXEC)
            return err_set(e, ERR_SYSTEM,
                           "cannot execute %s: neither a program nor a script with a #! line",
                           s->program);
        if (errno == EAGAIN) /* the limit of the user whom it has become */
            return spawn_no_process(s, e);
        if (errno == ENOENT && access(s->program, F_OK) == 0)
            return err_set(e, ERR_SYSTEM, "cannot execute %s: its interpreter does not exist",
                           s->program);
        return err_errno(e, "cannot execute %s%s%s", s->program, as, who);
    case SPAWN_CGROUP:
        return err_errno(e, "cannot start %s in its cgroup", s->program);
    case SPAWN_UNSHARE:
    case SPAWN_GROUP:
    case SPAWN_DUP:
    case SPAWN_CLOSE:
    case SPAWN_LIMIT:
    case SPAWN_DEATHSIG:
        break;
    }
    return err_scarce(e, "cannot start %s", s->program);
}

/* Opens the slots, once, when few descriptors are in use. */
static int spawn_reserve(struct err *e)
{
    if (spawn_null < 0 && (spawn_null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
        return err_scarce(e, "/dev/null cannot be opened");
    for (int i = 0; i < SPAWN_FDS; i++) {
        /* Out of the way of the places to be filled. */
        if (spawn_slots[i] < 0)
            spawn_slots[i] = fcntl(spawn_null, F_DUPFD_CLOEXEC, SPAWN_FDS);
        if (spawn_slots[i] < 0)
            return err_scarce(e, "no descriptor for a child");
    }
    return 0;
}

/* What the child is given as descriptor i; -1: nothing. */
static int spawn_fd(const struct spawn_spec *s, int i)
{
    const int fds[SPAWN_FDS] = {s->in, s->out, s->err, s->ready};

    return fds[i];
}

static void spawn_empty_slots(const struct spawn_spec *s)
{
    for (int i = 0; i < SPAWN_FDS; i++)
        if (spawn_fd(s, i) >= 0)
            (void)dup3(spawn_null, spawn_slots[i], O_CLOEXEC);
}

static int spawn_fill_slots(const struct spawn_spec *s, struct err *e)
{
    int rc = spawn_reserve(e);

    if (rc != 0)
        return rc;
    for (int i = 0; i < SPAWN_FDS; i++) {
        int fd = spawn_fd(s, i);
        if (s->confine != NULL)
            confine_give(s->confine, fd);
        if (fd >= 0 && dup3(fd, spawn_slots[i], O_CLOEXEC) < 0) {
            rc = err_scarce(e, "cannot start %s", s->program);
            spawn_empty_slots(s);
            return rc;
        }
    }
    return 0;
}

static int spawn_slotted(struct spawn_job *job, pid_t *pid, struct err *e)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = spawn_vfork(job);
    int error = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (child < 0) {
        errno = error;
        return error == EAGAIN ? spawn_no_process(job->spec, e)
                               : err_scarce(e, "cannot start %s", job->spec->program);
    }
    if (job->error != 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
        return spawn_report(job, e);
    }
    *pid = child;
    return 0;
}

int spawn_start(const struct spawn_spec *s, pid_t *pid, struct err *e)
{
    struct spawn_job job = {.spec = s, .parent = getpid()};
    int rc = spawn_fill_slots(s, e);

    if (rc != 0)
        return rc;
    rc = spawn_slotted(&job, pid, e);
    spawn_empty_slots(s);
    return rc;
}

int spawn_rehearse(const struct spawn_spec *s, struct err *e)
{
    const struct spawn_spec bare = {.program = s->program,
                                    .cwd = s->cwd,
                                    .in = -1,
                                    .out = -1,
                                    .err = -1,
                                    .ready = -1,
                                    .confine = s->confine};
    struct spawn_job job = {.spec = &bare, .parent = getpid(), .rehearsal = true};
    pid_t pid = 0;
    int rc = spawn_fill_slots(&bare, e);

    if (rc == 0)
        rc = spawn_slotted(&job, &pid, e);
    if (rc == 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    return rc;
}
