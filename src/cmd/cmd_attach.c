#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"
#include "io/procs.h"
#include "io/spawn.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTACH_KILL_MS = 5000, ATTACH_CANNOT = 127 };

static const struct opt attach_options[] = {
    {0, "stop", OPT_NOTHING, NULL, "stop it first, if it runs"},
    {0},
};

struct attach {
    struct ctl *ctl;
    char *const *argv;
    int signals; /* a signalfd */
    sigset_t before;
    pid_t pid;  /* 0: not started */
    bool ended; /* that has been reaped */
    int status; /* as waitpid gives it */
};

/* --- the process --- */

/* In the child: what it is told, on top of what we have. It dies with us. */
static void attach_exec(const struct attach *a, const json_t *env, pid_t parent)
{
    size_t i;
    json_t *entry;
    json_array_foreach(env, i, entry)
    {
        char *text = strdup(json_string_value(entry));
        if (text == NULL || putenv(text) != 0)
            _exit(ATTACH_CANNOT);
    }
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    sigprocmask(SIG_SETMASK, &a->before, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(ATTACH_CANNOT);
    execvp(a->argv[0], a->argv);
    int status = errno == ENOENT ? ATTACH_CANNOT : ATTACH_CANNOT - 1;
    cmd_fail(status, "attach: cannot execute %s: %s", a->argv[0], strerror(errno));
    _exit(status);
}

static int attach_tell(struct attach *a, json_t *what, struct err *e)
{
    return ctl_begin(a->ctl, what, link_answer_ms(), e);
}

static int attach_start(struct attach *a, const json_t *env, struct err *e)
{
    pid_t self = getpid();
    fflush(NULL);
    a->pid = fork();
    if (a->pid < 0) {
        a->pid = 0;
        return err_errno(e, "attach: no process for %s", a->argv[0]);
    }
    if (a->pid == 0)
        attach_exec(a, env, self);
    return attach_tell(a, json_pack("{s:s, s:i}", "cmd", "attach_runs", "pid", (int)a->pid), e);
}

/* What it has started is below us as well. */
static void attach_kill_all(void)
{
    if (procs_kill_all(0, ATTACH_KILL_MS, NULL, NULL) != 0)
        cmd_fail(CMD_NO, "attach: something of what it started cannot be killed");
}

static int attach_reap(struct attach *a, struct err *e)
{
    int status;
    for (;;) {
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0)
            return 0;
        if (pid == a->pid)
            break;
    }
    a->ended = true;
    a->status = status;
    attach_kill_all();
    return attach_tell(a,
                       json_pack("{s:s, s:i, s:i}", "cmd", "attach_ended", "status",
                                 WIFEXITED(status) ? WEXITSTATUS(status) : 0, "signal",
                                 WIFSIGNALED(status) ? WTERMSIG(status) : 0),
                       e);
}

/* --- what comes --- */

/* The terminal gives its signals to the process too. Those sent to us are for it. */
static int attach_signalled(struct attach *a, struct err *e)
{
    struct signalfd_siginfo info;
    if (read(a->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    int signo = (int)info.ssi_signo;
    if (signo == SIGCHLD)
        return a->pid != 0 && !a->ended ? attach_reap(a, e) : 0;
    if (a->pid == 0)
        return err_set(e, ERR_REFUSED, "attach: interrupted before it was started");
    if (!a->ended && signo != SIGINT && signo != SIGQUIT)
        kill(a->pid, signo);
    return 0;
}

/* One answer of the supervisor. 1: nothing has come. */
static int attach_answer(struct attach *a, struct err *e)
{
    json_t *answer = NULL;
    int rc = ctl_next(a->ctl, 0, &answer, e);
    if (rc == ERR_TIMEOUT)
        return 1;
    if (rc != 0)
        return rc;
    const json_t *env = json_object_get(answer, "env");
    int signo = (int)ctl_int(answer, "signal");
    if (env != NULL && a->pid == 0)
        rc = attach_start(a, env, e);
    else if (signo > 0 && a->pid != 0 && !a->ended)
        kill(a->pid, signo);
    json_decref(answer);
    return rc;
}

/* Until the end of the process has been told. */
static int attach_loop(struct attach *a, struct err *e)
{
    struct pollfd fds[2] = {{.fd = ctl_fd(a->ctl), .events = POLLIN},
                            {.fd = a->signals, .events = POLLIN}};
    int rc = 0;
    while (!a->ended) {
        while ((rc = attach_answer(a, e)) == 0)
            continue;
        if (rc < 0)
            return rc;
        if (poll(fds, 2, -1) > 0 && fds[1].revents != 0 && (rc = attach_signalled(a, e)) < 0)
            return rc;
    }
    return 0;
}

/* Before the first child. */
static int attach_signals(struct attach *a, struct err *e)
{
    static const int signals[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, &a->before);
    a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (a->signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return err_errno(e, "attach: cannot watch for the end of a process");
    return 0;
}

/* It is not stopped in vain: neither where it cannot be attached, nor for want of the command. */
static int attach_stop(const struct attach *a, const char *system, char *const *names,
                       struct err *e)
{
    char cwd[PATH_MAX], found[PATH_MAX];
    const char *path = getenv("PATH");
    json_t *answer = NULL, *asks = ctl_request("attach", names);
    json_object_set_new(asks, "ask", json_true());
    int rc = ctl_ask(system, asks, link_answer_ms(), &answer, e);
    json_decref(answer);
    if (rc != 0)
        return rc;
    if (getcwd(cwd, sizeof cwd) == NULL ||
        spawn_find(a->argv[0], cwd, path != NULL ? path : "/usr/bin:/bin", found, sizeof found) !=
            0)
        return err_set(e, ERR_UNKNOWN, "attach: cannot execute %s; %s goes on", a->argv[0],
                       names[0]);
    answer = NULL;
    rc = ctl_ask(system, ctl_request("stop", names), -1, &answer, e);
    json_decref(answer);
    return rc;
}

static int attach_with(struct attach *a, const char *system, char *name, bool stop, struct err *e)
{
    char *const names[] = {name, NULL};
    int rc = stop ? attach_stop(a, system, names, e) : 0;
    if (rc == 0)
        rc = attach_signals(a, e);
    if (rc == 0)
        rc = ctl_open(system, &a->ctl, e);
    if (rc == 0)
        rc = attach_tell(a, ctl_request("attach", names), e);
    if (rc == 0)
        rc = attach_loop(a, e);
    if (rc != 0 && a->pid != 0)
        attach_kill_all();
    return rc;
}

static int attach_run(const struct cmd_call *call)
{
    char system[FIND_NAME_MAX + 1];
    struct attach a = {.argv = call->opts.args + 1, .signals = -1};
    struct err e;
    int status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    int rc = attach_with(&a, system, call->opts.args[0], opts_has(&call->opts, "stop"), &e);
    if (rc != 0)
        status = ctl_fail(&e);
    else
        status = WIFSIGNALED(a.status) ? 128 + WTERMSIG(a.status) : WEXITSTATUS(a.status);
    ctl_close(a.ctl);
    if (a.signals >= 0)
        close(a.signals);
    return status;
}

const struct cmd cmd_attach = {
    .name = "attach",
    .args = "ACTOR -- COMMAND [WORD...]",
    .brief = "Run COMMAND as the process of an actor that is stopped, in this terminal",
    .more =
        "Such as a debugger. The actor speaks frames over its connection, or none; ACTOR_URL,\n"
        "ACTOR_TOKEN and their like are in COMMAND's environment. Its status is that of COMMAND.",
    .options = attach_options,
    .min_args = 2,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = attach_run,
};
