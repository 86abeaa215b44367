#include "tap.h"

#include "engine/guardian.h"
#include "io/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DAEMONS = 50, PATIENCE_MS = 10000 };

/* What a test sees of a system: its words come through `say`; `held` is open in each of its
 * processes, so that its end proves that all are gone. */
static struct {
    int say[2];
    int held[2];
    int errors[2];
    pid_t up;
} w;

static void say(const char *text)
{
    (void)!write(w.say[1], text, strlen(text));
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- supervisors ---- */

static void be_daemon(void)
{
    char sleep[] = "sleep", time[] = "100";
    char *const argv[] = {sleep, time, NULL}, *const bare[] = {NULL};

    (void)setsid();
    if (fork() != 0)
        _exit(0);
    (void)signal(SIGTERM, SIG_IGN);
    (void)fcntl(w.held[1], F_SETFD, 0);
    (void)execve("/bin/sleep", argv, bare);
    _exit(127);
}

/* Starts processes that left their session and environment and ignore SIGTERM. */
static void daemons(void)
{
    for (int i = 0; i < DAEMONS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            be_daemon();
        (void)waitpid(pid, NULL, 0);
    }
}

static int ends_with_7(void *arg, int life_fd)
{
    (void)life_fd;
    (void)signal(SIGTERM, SIG_DFL);
    say(getpgrp() == getpid() && getppid() == *(pid_t *)arg ? "own group\n" : "wrong group\n");
    return 7;
}

static int leaves_daemons(void *arg, int life_fd)
{
    (void)arg;
    (void)life_fd;
    daemons();
    return 0;
}

static int is_killed(void *arg, int life_fd)
{
    (void)arg;
    (void)life_fd;
    daemons();
    say("up\n");
    (void)raise(SIGKILL);
    return 0;
}

static int heeds_life(void *arg, int life_fd)
{
    struct pollfd p = {life_fd, POLLIN, 0};

    (void)arg;
    daemons();
    say("up\n");
    if (poll(&p, 1, PATIENCE_MS) != 1)
        return 1;
    return procs_kill_all(0, PATIENCE_MS, NULL, NULL) == 0 ? 1 : 2;
}

static volatile sig_atomic_t terms, hups;

static void on_term(int signo)
{
    if (signo == SIGHUP)
        hups++;
    else
        terms++;
}

/* Says each SIGTERM; ends with 3 after the second, unless it is to be stubborn. */
static int counts_terms(void *arg, int life_fd)
{
    struct sigaction sa = {.sa_handler = on_term};
    struct pollfd p = {life_fd, POLLIN, 0};
    struct timespec patience = {PATIENCE_MS / 1000, 0};
    sigset_t term, none;
    int said = 0, reloaded = 0;

    (void)sigemptyset(&none);
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigaddset(&term, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &term, NULL);
    (void)sigaction(SIGTERM, &sa, NULL);
    (void)sigaction(SIGHUP, &sa, NULL);
    say("up\n");
    for (;;) {
        if (ppoll(&p, 1, &patience, &none) >= 0) /* the guardian is gone, or nothing came */
            return 99;
        while (said < terms) {
            said++;
            say("term\n");
        }
        while (reloaded < hups) {
            reloaded++;
            say("hup\n");
        }
        if (said >= 2 && arg == NULL)
            return 3;
    }
}

static int answers(void *arg, int life_fd)
{
    struct pollfd p = {life_fd, POLLIN, 0};
    char text[64];

    if (arg != NULL) {
        guardian_tell(NULL, arg);
        return 1;
    }
    (void)snprintf(text, sizeof(text), "%d %d %d\n", (int)getpid(), (int)getsid(0),
                   fcntl(9, F_GETFD) < 0);
    say(text);
    guardian_tell(NULL, NULL);
    (void)poll(&p, 1, PATIENCE_MS);
    return procs_kill_all(0, PATIENCE_MS, NULL, NULL);
}

/* ---- printers ---- */

static void prints_after(void *arg, int life_fd)
{
    struct pollfd p = {life_fd, POLLIN, 0};

    (void)arg;
    say(poll(&p, 1, PATIENCE_MS) == 1 ? "printed\n" : "never\n");
}

static void blocks(void *arg, int life_fd)
{
    (void)arg;
    prints_after(arg, life_fd);
    for (;;)
        (void)pause();
}

/* ---- the test's side ---- */

typedef int supervise_fn(void *arg, int life_fd);
typedef void print_fn(void *arg, int life_fd);

static void up(supervise_fn *supervise, print_fn *print, void *arg, bool daemon)
{
    struct guardian_opts o = {.daemon = daemon, .kill_ms = PATIENCE_MS};

    if (pipe2(w.say, O_CLOEXEC) != 0 || pipe2(w.held, O_CLOEXEC) != 0 ||
        pipe2(w.errors, O_CLOEXEC) != 0)
        bail_out("pipe");
    (void)fflush(NULL);
    w.up = fork();
    if (w.up == 0) {
        pid_t me = getpid();
        (void)close(w.say[0]);
        (void)close(w.held[0]);
        (void)dup2(w.errors[1], STDERR_FILENO);
        (void)dup2(w.errors[1], 9); /* as if it came from outside */
        (void)close(w.errors[1]);
        _exit(guardian_run(&o, supervise, print, arg != NULL ? arg : daemon ? NULL : &me));
    }
    (void)close(w.say[1]);
    (void)close(w.held[1]);
    (void)close(w.errors[1]);
}

/* The next line of what the system says. */
static const char *heard(int fd)
{
    static char line[300];
    size_t len = 0;
    struct pollfd p = {fd, POLLIN, 0};

    while (len < sizeof(line) - 1 && poll(&p, 1, PATIENCE_MS) == 1 && read(fd, line + len, 1) == 1)
        if (line[len++] == '\n')
            break;
    line[len] = '\0';
    return line;
}

static bool all_gone(int ms)
{
    struct pollfd p = {w.held[0], POLLIN, 0};

    return poll(&p, 1, ms) == 1;
}

static int status_of_up(void)
{
    int status = 0;

    (void)waitpid(w.up, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void end(void)
{
    (void)close(w.say[0]);
    (void)close(w.held[0]);
    (void)close(w.errors[0]);
    (void)procs_kill_all(0, PATIENCE_MS, NULL, NULL);
}

static void test_ends(void)
{
    up(ends_with_7, NULL, NULL, false);
    is_str(heard(w.say[0]), "own group\n", "the supervisor leads a group of its own");
    is_int(status_of_up(), 7, "its status is that of the guardian");
    end();

    up(leaves_daemons, NULL, NULL, false);
    is_int(status_of_up(), 0, "one that ends and leaves processes behind");
    ok(all_gone(0), "leaves none");
    end();

    up(is_killed, NULL, NULL, false);
    is_str(heard(w.say[0]), "up\n", "one that is killed");
    int64_t from = now_ms();
    ok(all_gone(PATIENCE_MS), "leaves nothing");
    ok(now_ms() - from < 2000, "for more than 2 s");
    is_int(status_of_up(), 1, "the status is 1");
    is_str(heard(w.errors[0]),
           "actorsup: the supervisor was killed by signal KILL; what it ran has been ended\n",
           "and it is said");
    end();
}

static void test_guardian_dies(void)
{
    up(heeds_life, NULL, NULL, false);
    (void)heard(w.say[0]);
    (void)kill(w.up, SIGKILL);
    int64_t from = now_ms();
    ok(all_gone(PATIENCE_MS), "nothing outlives a guardian that is killed");
    ok(now_ms() - from < 2000, "by 2 s");
    end();
}

static void test_stops(void)
{
    char stubborn[] = "stubborn";

    up(counts_terms, NULL, stubborn, false);
    (void)heard(w.say[0]);
    (void)kill(w.up, SIGINT);
    is_str(heard(w.say[0]), "term\n", "SIGINT is passed on as SIGTERM");
    (void)kill(w.up, SIGHUP);
    (void)kill(w.up, SIGTERM);
    is_str(heard(w.say[0]), "term\n", "SIGTERM is passed on");
    (void)kill(w.up, SIGINT);
    is_int(status_of_up(), 1, "the third kills the supervisor");
    ok(all_gone(0), "and all is gone");
    end();

    up(counts_terms, NULL, stubborn, false);
    (void)heard(w.say[0]);
    (void)kill(w.up, SIGHUP);
    is_str(heard(w.say[0]), "hup\n", "SIGHUP is passed on as it is");
    (void)kill(w.up, SIGHUP);
    is_str(heard(w.say[0]), "hup\n", "each time");
    (void)kill(w.up, SIGQUIT);
    is_int(status_of_up(), 1, "SIGQUIT kills the supervisor");
    end();
}

static int children_of(pid_t parent)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    char path[300], text[300];
    int n = 0;

    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        (void)snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        if (fd >= 0)
            (void)close(fd);
        text[len < 0 ? 0 : len] = '\0';
        const char *behind = strrchr(text, ')');
        if (behind != NULL && strtol(behind + 4, NULL, 10) == parent)
            n++;
    }
    if (proc != NULL)
        (void)closedir(proc);
    return n;
}

static void test_printer(void)
{
    up(ends_with_7, prints_after, NULL, false);
    (void)heard(w.say[0]);
    is_str(heard(w.say[0]), "printed\n", "the printer learns of the supervisor's end");
    is_int(status_of_up(), 7, "and the guardian waits for it");
    end();

    up(is_killed, prints_after, NULL, false);
    (void)heard(w.say[0]);
    is_str(heard(w.say[0]), "printed\n", "it prints also when the supervisor was killed");
    is_int(status_of_up(), 1, "and then the guardian ends");
    ok(all_gone(0), "with nothing left");
    end();

    up(ends_with_7, blocks, NULL, false);
    (void)heard(w.say[0]);
    (void)heard(w.say[0]);
    /* One that comes before the supervisor's end is noticed is still meant for that. */
    int status = 0, tries = 0;
    while (children_of(w.up) > 1 && tries++ < PATIENCE_MS / 10)
        (void)poll(NULL, 0, 10);
    while (waitpid(w.up, &status, WNOHANG) == 0 && tries++ < PATIENCE_MS / 10) {
        (void)kill(w.up, SIGINT);
        (void)poll(NULL, 0, 10);
    }
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 7, "a blocked printer ends with a signal");
    end();
}

static void test_daemon(void)
{
    int pid = 0, sid = 0, closed = 0;
    char error[] = "no such luck";

    up(answers, NULL, NULL, true);
    is_int(status_of_up(), 0, "as a daemon the caller returns once it answers");
    ok(sscanf(heard(w.say[0]), "%d %d %d", &pid, &sid, &closed) == 3 && sid != getsid(0),
       "it has a session of its own");
    ok(closed, "what was inherited is closed");
    is_str(heard(w.errors[0]), "", "and so is stderr");
    ok(!all_gone(0), "it runs on");
    (void)kill(sid, SIGTERM);
    ok(all_gone(PATIENCE_MS), "until it is told to stop");
    end();

    up(answers, NULL, error, true);
    is_int(status_of_up(), 1, "one that cannot start is told");
    is_str(heard(w.errors[0]), "actorsup: no such luck\n", "with the reason");
    ok(all_gone(0), "and is gone");
    end();

    up(is_killed, NULL, NULL, true);
    is_int(status_of_up(), 1, "one that dies without a word too");
    is_str(heard(w.errors[0]), "actorsup: the supervisor ended before it was ready\n", "as such");
    ok(all_gone(0), "with nothing left");
    end();
}

int main(void)
{
    /* A failed test leaves nothing behind: all of it falls to us, and we kill it. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)signal(SIGPIPE, SIG_IGN);
    test_ends();
    test_guardian_dies();
    test_stops();
    test_printer();
    test_daemon();
    return done();
}
