#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"
#include "cmd/logprint.h"
#include "cmd/upsequence.h"
#include "cmd/upwait.h"
#include "config/topology.h"
#include "engine/confined.h"
#include "engine/guardian.h"
#include "engine/supervisor.h"
#include "engine/takeover.h"
#include "io/cgroup.h"
#include "io/logfile.h"
#include "io/notify.h"
#include "io/procs.h"
#include "io/rundir.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UP_TAKEOVER_MS 10000

static const struct opt up_options[] = {
    {'d', "detach", OPT_NOTHING, NULL, "return once the supervisor answers"},
    {0, "wait", OPT_MAYBE, "SECS", "return once every actor is ready; implies -d"},
    {0, "only", OPT_WORDS, "ACTOR",
     "start these only: actors, groups or globs; FILE stands in front"},
    {0, "sequential", OPT_NOTHING, NULL,
     "one message at a time in the whole system, in an order that a seed chooses"},
    {0, "seed", OPT_VALUE, "N", "the seed of --sequential; a random one if not given"},
    {0, "skip-time", OPT_NOTHING, NULL,
     "with --sequential: let the timers of actors come without waiting"},
    {0},
};

struct up {
    const struct cmd_call *call;
    struct topology *topology;
    struct rundir *rundir;
    struct cgroups *cgroups; /* NULL: no actor needs any */
    struct logtail *tail;    /* in front: opened before anything can be written */
    char **only;             /* names, with NULL at the end; borrowed from the topology */
    size_t n_only;
    bool detach, wait;
    struct upsequence sequence;
    int64_t wait_ms;
    char state[PATH_MAX];
    struct logprint print;
    struct notify_opts notify; /* a manager of services wants its process in front: not with -d */
};

/* ---- what is wanted ---- */

static int up_load(struct up *u)
{
    const struct cmd_call *call = u->call;
    const char *path = call->opts.n_args > 0 ? call->opts.args[0] : call->file;
    struct faults faults;
    struct err e;
    if (call->system != NULL) {
        (void)cmd_fail(CMD_USAGE,
                       "up starts what a file describes, which names its system: give FILE "
                       "instead of -s");
        return CMD_USAGE;
    }
    faults_init(&faults);
    struct topology *t = NULL;
    path = path != NULL ? path : FIND_FILE;
    (void)upsequence_load(&u->sequence, path, &t, &faults, &e);
    if (t == NULL && faults.n > 0)
        upsequence_faults(&u->sequence, path, &faults);
    else if (t == NULL)
        (void)cmd_fail(CMD_USAGE, "%s", e.text);
    faults_release(&faults);
    u->topology = t;
    return t != NULL ? CMD_OK : CMD_USAGE;
}

static int up_only_unknown(const struct up *u, const char *name)
{
    size_t n = u->topology->n_actors;
    const char **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < n; i++)
        names[i] = u->topology->actors[i].name;
    const char *near = names != NULL ? text_nearest(name, names) : NULL;
    int status = near != NULL
                     ? cmd_fail(CMD_NO, "--only: no actor \"%s\" (did you mean %s?)", name, near)
                     : cmd_fail(CMD_NO, "--only: no actor \"%s\" in %s", name, u->topology->path);
    free(names);
    return status;
}

static bool up_only_has(const struct up *u, const char *name)
{
    for (size_t i = 0; u->only[i] != NULL; i++) {
        if (strcmp(u->only[i], name) == 0)
            return true;
    }
    return false;
}

/* Is an actor meant by a name, a glob, or the name of its group? */
static bool up_only_means(const struct topology *t, const char *pattern, size_t i)
{
    const struct topo_group *g = topology_group(t, pattern);

    for (size_t k = 0; g != NULL && k < g->n; k++)
        if (t->order[g->first + k] == i)
            return true;
    return text_glob(pattern, t->actors[i].name);
}

/* Adds the actors that a name or glob means. */
static int up_only_add(struct up *u, const char *pattern)
{
    bool found = false;
    for (size_t i = 0; i < u->topology->n_actors; i++) {
        const char *name = u->topology->actors[i].name;
        if (!up_only_means(u->topology, pattern, i) || u->topology->actors[i].template)
            continue;
        found = true;
        if (!up_only_has(u, name) && (u->only[u->n_only] = strdup(name)) != NULL)
            u->n_only++;
    }
    return found ? CMD_OK : up_only_unknown(u, pattern);
}

static int up_only(struct up *u)
{
    size_t at = 0;
    int status = CMD_OK;
    const char *value;
    char **only = calloc(u->topology->n_actors + 1, sizeof *only);
    if (only == NULL)
        return cmd_fail(CMD_NO, "out of memory");
    u->only = only;
    while (status == CMD_OK && (value = opts_next(&u->call->opts, "only", &at)) != NULL) {
        while (status == CMD_OK && *value != '\0') {
            size_t len = strcspn(value, ",");
            char *one = strndup(value, len);
            status = one != NULL ? up_only_add(u, one) : cmd_fail(CMD_NO, "out of memory");
            free(one);
            value += len + (value[len] == ',');
        }
    }
    return status;
}

static int up_wait_time(struct up *u)
{
    const char *text = opts_value(&u->call->opts, "wait");
    struct err e;
    u->wait = opts_has(&u->call->opts, "wait");
    u->detach = u->wait || opts_has(&u->call->opts, "detach");
    u->wait_ms = -1;
    if (text != NULL && cmd_seconds("--wait", text, &u->wait_ms, &e) != 0)
        return cmd_fail_err(&e);
    return CMD_OK;
}

static int up_sequence(struct up *u)
{
    struct err e;
    return upsequence_read(&u->call->opts, &u->sequence, &e) == 0
               ? CMD_OK
               : cmd_fail(CMD_USAGE, "%s", e.text);
}

/* ---- taking the system's folders ---- */

static void up_survivor(void *arg, pid_t pid)
{
    char command[256];
    const struct up *u = arg;
    procs_command(pid, command, sizeof command);
    cmd_fail(CMD_NO, "a process of the %s that ran before cannot be killed: pid %ld: %s",
             u->topology->system, (long)pid, command);
}

/* Two folders of the same name are one system: the file tells which it is. */
static int up_runs_already(const struct up *u, const struct err *why)
{
    const char *system = u->topology->system;
    json_t *answer = NULL;
    struct err e;
    if (ctl_ask(system, ctl_request("version", NULL), link_answer_ms(), &answer, &e) != 0)
        return cmd_fail(CMD_NO, "%s; `actorsup -s %s down` ends it", why->text, system);
    const char *file = ctl_text(answer, "file");
    int status = strcmp(file, u->topology->path) == 0
                     ? cmd_fail(CMD_NO, "%s, from this file; `actorsup -s %s down` ends it",
                                why->text, system)
                     : cmd_fail(CMD_NO,
                                "%s, from %s; `actorsup -s %s down` ends it, and `system: NAME` "
                                "gives this one another name",
                                why->text, file, system);
    json_decref(answer);
    return status;
}

/* Removes what a killed supervisor left, and makes what this one needs: before the guardian is
 * forked, as this process may have to be moved, and its children with it. */
static int up_cgroups(struct up *u)
{
    unsigned roles = confined_roles(u->topology);
    struct err e;
    takeover_cgroups(u->rundir);
    u->cgroups = cgroups_new(u->topology->system, roles);
    char *record = u->cgroups != NULL ? cgroups_record(u->cgroups) : NULL;
    if (record == NULL)
        return cmd_fail(CMD_NO, "out of memory");
    int rc = rundir_write(u->rundir, RUNDIR_CGROUPS, record, &e);
    free(record);
    if (rc != 0)
        return cmd_fail(CMD_NO, "%s", e.text);
    cgroups_make(u->cgroups);
    return CMD_OK;
}

static void up_ended(void *arg)
{
    struct up *u = arg;
    if (u->cgroups != NULL && cgroups_end(u->cgroups))
        (void)rundir_remove(u->rundir, RUNDIR_CGROUPS);
}

static int up_claim(struct up *u)
{
    const char *system = u->topology->system;
    struct err e;
    int left = 0;
    if (rundir_open(system, true, &u->rundir, &e) != 0)
        return cmd_fail(CMD_NO, "%s", e.text);
    int rc = rundir_lock(u->rundir, &e);
    if (rc == ERR_EXISTS)
        return up_runs_already(u, &e);
    if (rc != 0)
        return cmd_fail(CMD_NO, "%s", e.text);
    int killed = takeover_marked(u->rundir, UP_TAKEOVER_MS, &left, up_survivor, u);
    if (killed > 0)
        fprintf(stderr, "actorsup: ended %d process%s that a killed %s had left\n", killed,
                killed == 1 ? "" : "es", system);
    if (left > 0)
        return CMD_NO;
    rundir_clean(u->rundir);
    if (rundir_state(system, true, u->state, sizeof u->state, &e) != 0)
        return cmd_fail(CMD_NO, "%s", e.text);
    return up_cgroups(u);
}

static int up_follow(struct up *u)
{
    char logs[PATH_MAX + 8];
    struct err e;
    if (u->detach)
        return CMD_OK;
    snprintf(logs, sizeof logs, "%s/logs", u->state);
    if (mkdir(logs, 0700) != 0 && errno != EEXIST)
        return cmd_fail(CMD_NO, "cannot make folder %s: %s", logs, strerror(errno));
    u->print.out = stdout;
    u->print.colour = cmd_colour(STDOUT_FILENO);
    u->print.width = (int)strlen("actorsup");
    for (size_t i = 0; i < u->topology->n_actors; i++) {
        const struct topo_actor *a = &u->topology->actors[i];
        int len = snprintf(NULL, 0, a->is_pool ? "%s/%u" : "%s", a->name, a->pool);
        if (len > u->print.width)
            u->print.width = len;
    }
    u->tail = logtail_new(logs, 0, NULL, logprint_line, &u->print, &e);
    return u->tail != NULL ? CMD_OK : cmd_fail(CMD_NO, "%s", e.text);
}

/* ---- running ---- */

static int up_supervise(void *arg, int life_fd)
{
    struct up *u = arg;
    const struct supervisor_opts o = {
        .topology = u->topology,
        .rundir = u->rundir,
        .state_dir = u->state,
        .cgroups = u->cgroups,
        .only = u->n_only > 0 ? (const char *const *)u->only : NULL,
        .n_only = u->n_only,
        .sequential = u->sequence.on,
        .seed = u->sequence.seed,
        .skip_time = u->sequence.skip_time,
        .front = !u->detach,
        .notify = u->detach ? NULL : &u->notify,
        .life_fd = life_fd,
        .tell = guardian_tell,
    };
    logtail_free(u->tail); /* the printer's */
    u->tail = NULL;
    return supervisor_main(&o);
}

static void up_print(void *arg, int life_fd)
{
    struct up *u = arg;
    struct pollfd p[] = {{.fd = logtail_fd(u->tail), .events = POLLIN},
                         {.fd = life_fd, .events = POLLIN}};
    bool last = false;
    do {
        if (poll(p, 2, -1) < 0)
            continue;
        /* Looked at before the draining: what was written until then is there. */
        last = p[1].revents != 0;
        while (logtail_drain(u->tail) > 0 && last)
            ;
        fflush(stdout);
    } while (!last);
}

static int up_run_guarded(struct up *u)
{
    const struct guardian_opts o = {.daemon = u->detach, .ended = up_ended};
    int status = guardian_run(&o, up_supervise, up_print, u);
    if (!u->detach || status != CMD_OK)
        return status;
    rundir_free(u->rundir); /* its lock is the guardian's now */
    u->rundir = NULL;
    if (u->wait)
        status = upwait_ready(u->topology->system, u->n_only > 0 ? u->only : NULL, u->wait_ms);
    if (status == CMD_OK)
        printf("%s is up%s\n", u->topology->system, u->sequence.text);
    return status;
}

static int up_run_system(struct up *u)
{
    int status = up_run_guarded(u);
    if (status == CMD_NO)
        upsequence_failed(&u->sequence);
    return status;
}

static void up_release(struct up *u)
{
    for (size_t i = 0; i < u->n_only; i++)
        free(u->only[i]);
    free(u->only);
    logtail_free(u->tail);
    rundir_free(u->rundir);
    cgroups_free(u->cgroups);
    topology_free(u->topology);
}

static int up_run(const struct cmd_call *call)
{
    struct up u = {.call = call};
    guardian_keep_signals();
    int status = up_wait_time(&u);
    if (status == CMD_OK)
        status = up_sequence(&u);
    if (status == CMD_OK)
        status = up_load(&u);
    notify_take(&u.notify); /* after the file, which may pass it on by ${NOTIFY_SOCKET} */
    if (status == CMD_OK)
        status = up_only(&u);
    if (status == CMD_OK)
        status = up_claim(&u);
    if (status == CMD_OK)
        status = up_follow(&u);
    if (status == CMD_OK)
        status = up_run_system(&u);
    if (u.rundir != NULL) /* not with a guardian, whose they are */
        up_ended(&u);
    up_release(&u);
    return status;
}

const struct cmd cmd_up = {
    .name = "up",
    .args = "[FILE]",
    .brief = "Check a file and start its system, in front with its log lines, or with -d behind",
    .more =
        "FILE is ./" FIND_FILE " when it is not given. In front it ends once every actor is done\n"
        "or has failed; the first Ctrl-C stops gently, the second kills.",
    .options = up_options,
    .max_args = 1,
    .words = CMD_WORDS_FILES,
    .run = up_run,
};
