#include "engine/guardian.h"

#include "base/err.h"
#include "base/text.h"
#include "io/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GUARDIAN_KILL_MS = 10000, GUARDIAN_PRINT_MS = 1000 };

struct guardian {
    const struct guardian_opts *opts;
    int (*supervise)(void *arg, int life_fd);
    void (*print)(void *arg, int life_fd);
    void *arg;
    sigset_t signals; /* those that are waited for, and blocked meanwhile */
    sigset_t before;  /* the mask of the children */
    int life[2];      /* the supervisor reads; the guardian alone can write, and never does */
    int end[2];       /* the printer reads; the supervisor alone can write, and never does */
    pid_t supervisor;
    pid_t printer; /* 0: none */
    int stops;     /* signals to stop that were passed on */
    bool terminal; /* there was one at the start */
    bool nohup;    /* its end is not to end us */
};

static int guardian_tell_fd = -1; /* to the process that called `up -d` */

static void guardian_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* ---- the supervisor's word ---- */

void guardian_tell(void *arg, const char *error)
{
    (void)arg;
    if (guardian_tell_fd < 0) {
        if (error != NULL)
            (void)fprintf(stderr, "actorsup: %s\n", error);
        return;
    }
    /* One NUL says that all is well; anything else is the reason why not. */
    (void)!write(guardian_tell_fd, error == NULL ? "" : error, error == NULL ? 1 : strlen(error));
    guardian_close(&guardian_tell_fd);
}

/* The status of `up -d`. */
static int guardian_listen(int fd)
{
    char text[ERR_TEXT_MAX + 1];
    size_t len = 0;
    ssize_t n;

    while (len < sizeof(text) - 1) {
        n = read(fd, text + len, sizeof(text) - 1 - len);
        if (n > 0)
            len += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
        if (text[0] == '\0' && len > 0)
            return 0;
    }
    text[len] = '\0';
    (void)fprintf(stderr, "actorsup: %s\n",
                  len > 0 ? text : "the supervisor ended before it was ready");
    return 1;
}

/* ---- the children ---- */

static _Noreturn void guardian_be_supervisor(struct guardian *g)
{
    (void)setpgid(0, 0); /* a terminal's Ctrl-C is the guardian's to pass on */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)signal(SIGTTOU, SIG_IGN); /* it may write to the terminal from the background */
    (void)signal(SIGHUP, SIG_IGN);  /* one that comes before it can reload is none */
    guardian_close(&g->life[1]);
    guardian_close(&g->end[0]);
    (void)sigprocmask(SIG_SETMASK, &g->before, NULL);
    exit(g->supervise(g->arg, g->life[0]));
}

static _Noreturn void guardian_be_printer(struct guardian *g)
{
    static const int kept_out[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    /* The last lines are still to be printed: it ends after the supervisor, not with a Ctrl-C. */
    for (size_t i = 0; i < sizeof(kept_out) / sizeof(*kept_out); i++)
        (void)signal(kept_out[i], SIG_IGN);
    (void)signal(SIGPIPE, SIG_DFL);
    guardian_close(&g->life[1]);
    guardian_close(&guardian_tell_fd);
    (void)sigprocmask(SIG_SETMASK, &g->before, NULL);
    g->print(g->arg, g->end[0]);
    exit(0);
}

static int guardian_start(struct guardian *g, struct err *e)
{
    if (pipe2(g->life, O_CLOEXEC) != 0 || pipe2(g->end, O_CLOEXEC) != 0)
        return err_errno(e, "cannot make a pipe");
    (void)fflush(NULL); /* what is in a buffer would be written by each process */
    g->supervisor = fork();
    if (g->supervisor < 0)
        return err_errno(e, "cannot start the supervisor");
    if (g->supervisor == 0)
        guardian_be_supervisor(g);
    (void)setpgid(g->supervisor, g->supervisor); /* whoever comes first */
    guardian_close(&g->life[0]);
    guardian_close(&g->end[1]);
    if (g->print != NULL) {
        g->printer = fork();
        if (g->printer == 0)
            guardian_be_printer(g);
        if (g->printer < 0) {
            g->printer = 0;
            (void)fprintf(stderr, "actorsup: log lines cannot be shown: %s\n", strerror(errno));
        }
    }
    guardian_close(&g->end[0]);
    guardian_close(&guardian_tell_fd);
    return 0;
}

/* ---- guarding ---- */

static bool guardian_has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

static void guardian_catch(struct guardian *g)
{
    struct sigaction hup;

    (void)sigemptyset(&g->signals);
    (void)sigaddset(&g->signals, SIGCHLD);
    (void)sigaddset(&g->signals, SIGINT);
    (void)sigaddset(&g->signals, SIGTERM);
    (void)sigaddset(&g->signals, SIGQUIT);
    (void)sigaddset(&g->signals, SIGHUP);
    g->terminal = guardian_has_terminal();
    g->nohup = sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler == SIG_IGN;
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would take the exit statuses with it */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigprocmask(SIG_BLOCK, &g->signals, &g->before);
    (void)signal(SIGHUP, SIG_DFL); /* ignored, it would not be kept for us */
}

void guardian_keep_signals(void)
{
    sigset_t stops;

    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    if (getpid() == 1)
        (void)sigprocmask(SIG_BLOCK, &stops, NULL);
}

/* A terminal that closes tells it itself, and a shell that ends with it tells its jobs. Whoever
 * else sends it wants the file to be read again. */
static bool guardian_hung_up(const struct guardian *g, const siginfo_t *info)
{
    return info->si_code == SI_KERNEL || (g->terminal && !guardian_has_terminal());
}

static void guardian_pass_on(struct guardian *g, const siginfo_t *info)
{
    int signo = info->si_signo;
    bool hup = signo == SIGHUP, closed = hup && guardian_hung_up(g, info);

    if (hup && (g->stops > 0 || (closed && g->nohup))) /* it may come twice */
        return;
    if (hup && !closed) {
        (void)kill(g->supervisor, SIGHUP);
        return;
    }
    g->stops++;
    (void)kill(g->supervisor, signo == SIGQUIT || g->stops > 2 ? SIGKILL : SIGTERM);
}

/* The next signal that is waited for, for so long (-1: for ever); 0: none came. */
static int guardian_wait_signal(const struct guardian *g, int ms, siginfo_t *info)
{
    const struct timespec limit = {ms / 1000, ms % 1000 * 1000000L};
    int signo;

    do
        signo = ms < 0 ? sigwaitinfo(&g->signals, info) : sigtimedwait(&g->signals, info, &limit);
    while (signo < 0 && errno == EINTR);
    return signo < 0 ? 0 : signo;
}

/* Until the supervisor is gone. Its status, as waitpid gives it. */
static int guardian_guard(struct guardian *g)
{
    int status;
    pid_t pid;

    for (;;) {
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
            if (pid == g->supervisor)
                return status;
            if (pid == g->printer)
                g->printer = 0;
        }
        siginfo_t info;
        if (guardian_wait_signal(g, -1, &info) != SIGCHLD)
            guardian_pass_on(g, &info);
    }
}

static void guardian_survivor(void *arg, pid_t pid)
{
    char command[200];

    (void)arg;
    procs_command(pid, command, sizeof(command));
    (void)fprintf(stderr, "actorsup: process %ld cannot be killed: %s\n", (long)pid, command);
}

/* It may be held up by whoever reads from it. One signal more than the first ends that, also one
 * that came before. */
static void guardian_await_printer(struct guardian *g)
{
    int ms = g->stops > 1 ? GUARDIAN_PRINT_MS : -1;

    pid_t pid;

    while (g->printer > 0) {
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            if (pid == g->printer)
                return;
        if (pid < 0 && errno == ECHILD)
            return;
        siginfo_t info;
        if (guardian_wait_signal(g, ms, &info) != SIGCHLD)
            (void)kill(g->printer, SIGKILL);
    }
}

/* The whole life of a guardian. */
static int guardian_live(struct guardian *g)
{
    struct err e;
    char name[16];

    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    guardian_catch(g);
    if (guardian_start(g, &e) != 0) {
        guardian_tell(NULL, e.text);
        (void)sigprocmask(SIG_SETMASK, &g->before, NULL);
        return 1;
    }
    int status = guardian_guard(g);
    int kill_ms = g->opts->kill_ms > 0 ? g->opts->kill_ms : GUARDIAN_KILL_MS;
    int left = procs_kill_all(g->printer, kill_ms, guardian_survivor, NULL);
    guardian_await_printer(g);
    if (WIFSIGNALED(status))
        (void)fprintf(
            stderr,
            "actorsup: the supervisor was killed by signal %s; what it ran has been ended\n",
            text_signal_name(WTERMSIG(status), name, sizeof(name)));
    guardian_close(&g->life[1]);
    if (g->opts->ended != NULL)
        g->opts->ended(g->arg);
    (void)sigprocmask(SIG_SETMASK, &g->before, NULL);
    return WIFEXITED(status) && left == 0 ? WEXITSTATUS(status) : 1;
}

/* ---- leaving the terminal ---- */

/* What came from outside over exec has no FD_CLOEXEC; what we opened has. A caller that waits for
 * the end of such a descriptor must not wait for us. */
static void guardian_close_inherited(void)
{
    struct dirent *entry;

    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        int fd = (int)strtol(entry->d_name, NULL, 10);
        if (fd > STDERR_FILENO && fd != dirfd(dir) && (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
            (void)close(fd);
    }
    (void)closedir(dir);
}

static void guardian_leave_terminal(void)
{
    (void)setsid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        (void)dup2(null, fd);
    if (null > STDERR_FILENO)
        (void)close(null);
    guardian_close_inherited();
}

static int guardian_detach(struct guardian *g)
{
    int word[2];

    if (pipe2(word, O_CLOEXEC) != 0) {
        (void)fprintf(stderr, "actorsup: cannot make a pipe: %s\n", strerror(errno));
        return 1;
    }
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(word[0]);
        guardian_tell_fd = word[1];
        guardian_leave_terminal();
        exit(guardian_live(g));
    }
    (void)close(word[1]);
    int status = 1;
    if (pid < 0)
        (void)fprintf(stderr, "actorsup: cannot start the guardian: %s\n", strerror(errno));
    else
        status = guardian_listen(word[0]);
    if (pid > 0 && status != 0) /* once it is gone, all can be tried again */
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    (void)close(word[0]);
    return status;
}

int guardian_run(const struct guardian_opts *o, int (*supervise)(void *arg, int life_fd),
                 void (*print)(void *arg, int life_fd), void *arg)
{
    struct guardian g = {
        .opts = o,
        .supervise = supervise,
        .print = o->daemon ? NULL : print,
        .arg = arg,
        .life = {-1, -1},
        .end = {-1, -1},
    };

    return o->daemon ? guardian_detach(&g) : guardian_live(&g);
}
