#include "tap.h"

#include "io/procs.h"
#include "io/proctable.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Becomes a sleep of 1000 s with this mark or none, that ignores SIGTERM, when all
 * else fails gone with the alarm. */
static _Noreturn void become_sleep(const char *mark)
{
    char sleep[] = "sleep", time[] = "1000", var[256];
    char *const argv[] = {sleep, time, NULL};
    char *const marked[] = {var, NULL}, *const bare[] = {NULL};

    (void)snprintf(var, sizeof(var), PROCS_MARK "=%s", mark == NULL ? "" : mark);
    (void)signal(SIGTERM, SIG_IGN);
    (void)alarm(60);
    (void)execve("/bin/sleep", argv, mark == NULL ? bare : marked);
    _exit(127);
}

static pid_t child(const char *mark)
{
    int p[2];
    char c;

    if (pipe2(p, O_CLOEXEC) != 0)
        bail_out("pipe");
    pid_t pid = fork();
    if (pid == 0)
        become_sleep(mark);
    (void)close(p[1]);
    while (read(p[0], &c, 1) < 0 && errno == EINTR) /* until it executes */
        ;
    (void)close(p[0]);
    return pid;
}

/* A process that has left its parent, its session and its environment. */
static void daemonised(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        (void)setsid();
        if (fork() == 0)
            become_sleep(NULL);
        _exit(0);
    }
    (void)waitpid(pid, &status, 0);
}

static int seen;
static pid_t looked_for;

static bool on_child(void *arg, pid_t pid)
{
    (void)arg;
    if (pid == looked_for)
        seen++;
    return true;
}

static bool on_first(void *arg, pid_t pid)
{
    (void)arg;
    (void)pid;
    return false;
}

static void test_looks(void)
{
    char buf[256] = "";

    looked_for = child("run1.a.1.1");
    pid_t other = child(NULL);
    is_int(procs_children(on_child, NULL), 2, "both children are seen");
    is_int(seen, 1, "each once");
    is_int(procs_children(on_first, NULL), 1, "the walk can be ended");
    ok(procs_mark(looked_for, buf, sizeof(buf)), "a mark is read");
    is_str(buf, "run1.a.1.1", "as it is");
    ok(!procs_mark(other, buf, sizeof(buf)), "none is none");
    procs_command(looked_for, buf, sizeof(buf));
    is_str(buf, "sleep 1000", "the command line");
    is_int(procs_group(looked_for), getpgrp(), "the process group");
    ok(!procs_is_zombie(looked_for), "it is alive");
    (void)kill(looked_for, SIGKILL);
    siginfo_t info;
    (void)waitid(P_PID, (id_t)looked_for, &info, WEXITED | WNOWAIT);
    ok(procs_is_zombie(looked_for), "now it is a zombie");
    procs_command(looked_for, buf, sizeof(buf));
    is_str(buf, "sleep", "with a name");
    (void)waitpid(looked_for, NULL, 0);
    procs_command(looked_for, buf, sizeof(buf));
    is_str(buf, "?", "and then none");
    is_int(procs_group(looked_for), -1, "nor a group");
    (void)kill(other, SIGKILL);
    (void)waitpid(other, NULL, 0);
    is_int(procs_children(on_child, NULL), 0, "no children are left");
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Forks and ends as fast as it can, so that its pid never stays. */
static void hopper(void)
{
    if (fork() == 0) {
        int64_t end = now_ms() + 20000;
        while (now_ms() < end)
            if (fork() > 0)
                _exit(0);
        _exit(0);
    }
}

static void test_kill_all(void)
{
    is_int(procs_kill_all(0, 0, NULL, NULL), 0, "nothing to kill is nothing left");
    for (int i = 0; i < 50; i++)
        daemonised();
    (void)child(NULL);
    int64_t from = now_ms();
    is_int(procs_kill_all(0, 10000, NULL, NULL), 0, "50 daemons and a child are gone");
    ok(now_ms() - from < 2000, "within 2 s");
    ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "and reaped");

    hopper();
    is_int(procs_kill_all(0, 20000, NULL, NULL), 0, "so is one that forks and ends all the time");

    pid_t keep = child(NULL);
    daemonised();
    daemonised();
    is_int(procs_kill_all(keep, 10000, NULL, NULL), 0, "all but one to be kept");
    is_int(waitpid(-1, NULL, WNOHANG), 0, "which lives");
    is_int(procs_children(on_child, NULL), 1, "alone");
    is_int(procs_kill_all(0, 10000, NULL, NULL), 0, "until it is not kept");
}

static void test_kill_marked(void)
{
    pid_t a = child("run7.a.1.1"), b = child("run7.b.1.2"), c = child("run8.a.1.1");

    is_int(procs_kill_marked("run7."), 2, "those with the mark are killed");
    is_int(waitpid(a, NULL, WNOHANG), a, "one");
    is_int(waitpid(b, NULL, WNOHANG), b, "and the other");
    is_int(waitpid(c, NULL, WNOHANG), 0, "but none with another mark");
    is_int(procs_kill_marked("run7."), 0, "once");
    (void)kill(c, SIGKILL);
    (void)waitpid(c, NULL, 0);
}

static void test_table(void)
{
    struct proc list[] = {
        {.pid = 10, .parent = 1},  {.pid = 20, .parent = 10}, {.pid = 30, .parent = 20},
        {.pid = 40, .parent = 30}, {.pid = 50, .parent = 99}, {.pid = 60, .parent = 60},
    };
    struct proctable t = {list, sizeof(list) / sizeof(*list), 0};

    ok(proctable_below(&t, &list[3], 10, 0), "a great-grandchild is below");
    ok(!proctable_below(&t, &list[0], 10, 0), "one is not below itself");
    ok(!proctable_below(&t, &list[3], 10, 20), "nor is what is below the excepted");
    ok(!proctable_below(&t, &list[1], 10, 20), "or the excepted");
    ok(!proctable_below(&t, &list[4], 10, 0), "nor a stranger");
    ok(!proctable_below(&t, &list[5], 10, 0), "and a ring has an end");
    ok(proctable_find(&t, 35) == NULL, "what is not there is not found");
}

int main(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    test_table();
    test_looks();
    test_kill_all();
    test_kill_marked();
    return done();
}
