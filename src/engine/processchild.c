/* A process that is a child of ours, for it alone. */
#include "engine/confined.h"
#include "engine/environment.h"
#include "engine/processparts.h"
#include "engine/strays.h"
#include "io/spawn.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The program that runs shared objects is beside ours, in the build folder too. */
static void process_runner(const char *path, char *buf, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", buf, size - sizeof("/actorhost"));
    char *slash = n <= 0 ? NULL : memrchr(buf, '/', (size_t)n);

    if (slash != NULL) {
        memcpy(slash, "/actorhost", sizeof("/actorhost"));
        if (access(buf, X_OK) == 0)
            return;
    }
    if (spawn_find("actorhost", "/", path, buf, size) != 0)
        (void)snprintf(buf, size, "/usr/bin/actorhost");
}

struct process_command {
    const char *program;
    char *const *argv;
    char **made; /* to be freed */
    char found[PATH_MAX];
};

/* A shared object and its words behind actorhost. */
static int process_object(const struct topo_actor *c, struct process_command *cmd)
{
    static char runner[] = "actorhost";

    if ((cmd->made = calloc(c->argc + 2, sizeof(*cmd->made))) == NULL)
        return ERR_NOMEM;
    cmd->made[0] = runner;
    for (size_t i = 0; i < c->argc; i++)
        cmd->made[i + 1] = c->argv[i];
    memcpy(&cmd->made[1], &c->program, sizeof(c->program));
    cmd->argv = cmd->made;
    return 0;
}

static int process_command(const struct process *p, const struct process_spec *what,
                           struct process_command *cmd, struct err *e)
{
    const struct topo_actor *c = p->member->actor->conf;
    bool run = what->argv != NULL || (p->check == NULL && c->object);
    int rc = 0;

    cmd->made = NULL;
    cmd->argv = what->argv != NULL ? what->argv : p->check != NULL ? p->check->argv : c->argv;
    cmd->program = run ? cmd->found : p->check != NULL ? p->check->program : c->program;
    if (run)
        process_runner(environment_path(c), cmd->found, sizeof(cmd->found));
    if (run && what->argv == NULL && process_object(c, cmd) != 0)
        return err_set(e, ERR_NOMEM, "out of memory");
    if (cmd->program == NULL) {
        rc = spawn_find(cmd->argv[0], c->cwd, environment_path(c), cmd->found, sizeof(cmd->found));
        cmd->program = cmd->found;
    }
    if (rc != 0)
        return err_set(e, rc, "cannot execute %s: %s", cmd->argv[0],
                       rc == ERR_DENIED ? "it is not executable" : "no such file");
    return 0;
}

static int process_exec(struct process *p, const struct process_spec *what, int err, int three,
                        struct err *e)
{
    struct process_command cmd;
    int cgroups[CGROUP_PLACES];
    int rc = process_command(p, what, &cmd, e);

    if (rc != 0)
        return rc;
    char **env = environment_new(p, environ, what->extra);
    struct spawn_spec spec = {.program = cmd.program,
                              .argv = cmd.argv,
                              .envp = env,
                              .cwd = p->member->actor->conf->cwd,
                              .in = what->in,
                              .out = what->out >= 0 ? what->out : err,
                              .err = err,
                              .ready = three};
    rc =
        env == NULL ? err_set(e, ERR_NOMEM, "out of memory") : confined_begin(p, &spec, cgroups, e);
    if (rc == 0)
        rc = spawn_start(&spec, &p->pid, e);
    for (size_t i = 0; i < spec.n_cgroups; i++)
        (void)close(cgroups[i]);
    free(env);
    free(cmd.made);
    return rc;
}

static void process_reaped(void *arg, pid_t pid, int status)
{
    const struct policy_exit how = {
        .started = true,
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
    };

    (void)pid;
    process_gone(arg, &how);
}

static int process_child_start(struct process *p, const struct process_spec *what, struct err *e)
{
    int err[2] = {-1, -1}, ready[2] = {-1, -1};
    int rc = process_pipes(p, err, ready, e);

    p->err = err[0];
    p->ready = ready[0];
    if (rc == 0)
        rc = process_exec(p, what, err[1], ready[1] >= 0 ? ready[1] : what->three, e);
    if (rc == 0) {
        rc = reaper_watch(p->member->actor->sys->reaper, p->pid, process_reaped, p);
        if (rc != 0) {
            (void)kill(-p->pid, SIGKILL);
            err_set(e, rc, "out of memory");
        }
    }
    if (err[1] >= 0)
        (void)close(err[1]);
    if (ready[1] >= 0)
        (void)close(ready[1]);
    return rc;
}

static void process_child_kill(struct process *p, int signal)
{
    if (p->pid > 0 && !p->gone)
        (void)kill(-p->pid, signal);
    if (signal == SIGKILL && p->cgroup != NULL) /* also what has left the group */
        (void)cgroup_kill(p->cgroup);
}

static void process_child_stop(struct process *p)
{
    process_child_kill(p, p->member->actor->conf->stop.signal);
}

static void process_child_release(struct process *p)
{
    strays_forget(p);
    cgroup_free(p->cgroup);
    p->cgroup = NULL;
}

const struct process_ops process_child = {
    .start = process_child_start,
    .stop = process_child_stop,
    .kill = process_child_kill,
    .clean = strays_end,
    .release = process_child_release,
};
