#include "engine/supervisor.h"

#include "base/bytes.h"
#include "engine/assembly.h"
#include "engine/budget.h"
#include "engine/calls.h"
#include "engine/children.h"
#include "engine/confined.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/gatehouse.h"
#include "engine/hosts.h"
#include "engine/keeping.h"
#include "engine/listener.h"
#include "engine/member.h"
#include "engine/meter.h"
#include "engine/relay.h"
#include "engine/reload.h"
#include "engine/renewing.h"
#include "engine/sequencer.h"
#include "engine/service.h"
#include "engine/strays.h"
#include "io/logfile.h"
#include "io/procs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SUPERVISOR_EPOCH_BITS = 40,   /* of an id: a counter below a random epoch */
    SUPERVISOR_PATIENCE_MS = 500, /* a stop that takes longer is said to wait */
    SUPERVISOR_NAMED = 8,         /* actors at most */
};

static void supervisor_deadline(void *arg)
{
    system_stop(arg, -1);
}

/* Whom the stop waits for: "a, b/1", and how many more there are. */
static size_t supervisor_awaited(const struct system *s, struct bytes *names)
{
    char address[ADDRESS_MAX + 1];
    size_t n = 0;

    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            const struct member *m = s->actors[i]->members[k];
            if (!m->halting || lifecycle_at_rest(m->state) || n++ >= SUPERVISOR_NAMED)
                continue;
            (void)bytes_printf(names, "%s%s", n > 1 ? ", " : "",
                               member_address(m, address, sizeof(address)));
        }
    }
    return n > SUPERVISOR_NAMED ? n - SUPERVISOR_NAMED : 0;
}

static void supervisor_waits(void *arg)
{
    const struct system *s = arg;
    struct bytes names;
    char more[32] = "";

    bytes_init(&names);
    size_t left = supervisor_awaited(s, &names);
    if (left > 0)
        (void)snprintf(more, sizeof(more), " and %zu more", left);
    const char *text = bytes_cstr(&names);
    if (!s->killing && text != NULL && *text != '\0')
        (void)fprintf(stderr, "actorsup: waiting for %s%s to stop; Ctrl-C once more kills all\n",
                      text, more);
    bytes_release(&names);
}

static void supervisor_signal(void *arg, int signo)
{
    struct system *s = arg;

    if (signo == SIGHUP) {
        reload_by_signal(s);
        return;
    }
    if (s->front && !s->stopping)
        (void)loop_timer_start(&s->patience, SUPERVISOR_PATIENCE_MS);
    system_stop(s, -1);
}

static void supervisor_changed(void *arg)
{
    struct system *s = arg;

    if (s->relay != NULL)
        s->relay->changed(s);
    copies_look(s);
    hosts_follow(s);
    renewing_follow(arg);
    children_follow(arg);
    gatehouse_follow(arg);
    flow_changed(arg);
    service_look(arg); /* behind it, as it finds out who waits in vain */
}

/* The guardian is gone: nobody would clean up after us, so nothing may go on. */
static void supervisor_orphaned(void *arg, int events)
{
    struct system *s = arg;

    (void)events;
    (void)procs_kill_all(0, 0, NULL, NULL);
    if (s->cgroups != NULL)
        (void)cgroups_end(s->cgroups);
    _exit(1);
}

static int supervisor_logs(struct system *s, struct err *e)
{
    const struct topo_own_log *conf = &s->topology->own_log;
    char dir[4096];

    (void)snprintf(dir, sizeof(dir), "%s/logs", s->state_dir);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_errno(e, "cannot make %s", dir);
    s->log = logfile_new(dir, "actorsup", conf->log.max_bytes, conf->log.keep);
    (void)snprintf(dir, sizeof(dir), "%s/events", s->state_dir);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_errno(e, "cannot make %s", dir);
    s->events = logfile_new(dir, "events", conf->log.max_bytes, conf->log.keep);
    if (s->log == NULL || s->events == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    logfile_set_form(s->log, conf->json ? LOGFILE_JSON : LOGFILE_TEXT);
    logfile_set_form(s->events, LOGFILE_EVENTS);
    logfile_on_gap(s->log, events_gap, s);
    return 0;
}

static int supervisor_identity(struct system *s, struct err *e)
{
    uint64_t raw[2];

    if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
        return err_errno(e, "no random numbers");
    (void)snprintf(s->run, sizeof(s->run), "%016llx", (unsigned long long)raw[0]);
    if (s->sequencer != NULL) {
        raw[0] = sequencer_random(s);
        raw[1] = sequencer_random(s);
        srandom((unsigned)sequencer_random(s)); /* for the adaptors */
    }
    s->random = raw[0] | 1;
    s->next_id = (raw[1] << SUPERVISOR_EPOCH_BITS) + 1;
    return rundir_write(s->rundir, RUNDIR_RUN, s->run, e);
}

static int supervisor_watch(struct system *s, int life_fd, struct err *e)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (loop_signal(s->loop, signals[i], supervisor_signal, s) != 0)
            return err_errno(e, "signals cannot be watched");
    (void)signal(SIGPIPE, SIG_IGN);
    if (life_fd < 0)
        return 0;
    s->life_io = loop_io_new(s->loop, life_fd, supervisor_orphaned, s);
    if (s->life_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_io_want(s->life_io, LOOP_IN);
    return 0;
}

/* The memory of it, and what is told when its states change. */
static int supervisor_assemble(struct system *s, const struct supervisor_opts *o, struct err *e)
{
    s->rundir = o->rundir;
    s->host = o->host != NULL ? o->host : TOPO_HOME;
    s->relay = o->relay;
    s->node = o->node;
    s->cgroups = o->cgroups;
    s->roles = confined_roles(o->topology);
    s->front = o->front;
    s->only = o->only;
    s->n_only = o->n_only;
    int rc = assembly_make(s, o->topology, o->state_dir, e);
    if (rc != 0)
        return rc;
    if (o->sequential && sequencer_make(s, o->seed, o->skip_time) != 0)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_task_init(&s->changed, s->loop, supervisor_changed, s);
    loop_timer_init(&s->deadline, s->loop, supervisor_deadline, s);
    loop_timer_init(&s->patience, s->loop, supervisor_waits, s);
    for (size_t i = 0; i < s->n_actors; i++)
        s->actors[i]->enabled = system_starts(s, s->actors[i]->conf->name);
    return confined_check(s, e);
}

static int supervisor_init(struct system *s, const struct supervisor_opts *o, struct err *e)
{
    char pid[32];
    int rc = budget_fits_file(o->topology, e);

    if (rc != 0 || (rc = gatehouse_check(o->topology, e)) != 0 ||
        (rc = supervisor_assemble(s, o, e)) != 0)
        return rc;
    s->reaper = reaper_new(s->loop, e);
    if (s->reaper == NULL)
        return e->code;
    reaper_others(s->reaper, strays_again, s);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
    if ((rc = supervisor_identity(s, e)) != 0 || (rc = supervisor_logs(s, e)) != 0 ||
        (rc = keeping_open(s, false, false, e)) != 0 ||
        (rc = supervisor_watch(s, o->life_fd, e)) != 0 || (rc = listener_listen(s, e)) != 0)
        return rc;
    if ((rc = hosts_make(s, e)) != 0 || (o->begin != NULL && (rc = o->begin(s, o->node, e)) != 0))
        return rc;
    s->notify = notify_new(s->loop, o->notify);
    return rundir_write(s->rundir, RUNDIR_PID, pid, e);
}

static void supervisor_start(struct system *s)
{
    hosts_begin(s);
    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[s->topology->order[i]];
        for (size_t k = 0; a->enabled && k < a->n_members; k++)
            member_start(a->members[k]);
    }
    loop_task_queue(&s->changed);
}

static void supervisor_survivor(void *arg, pid_t pid)
{
    char command[128];

    procs_command(pid, command, sizeof(command));
    event_system(arg, "system.survivor", "pid=%d command=\"%s\"", (int)pid, command);
}

static bool supervisor_stray(void *arg, pid_t pid)
{
    char command[128];

    if (procs_is_zombie(pid))
        return true;
    procs_command(pid, command, sizeof(command));
    event_system(arg, "system.stray", "pid=%d command=\"%s\"", (int)pid, command);
    return true;
}

/* Returns how many processes are left. */
static int supervisor_end(struct system *s)
{
    char names[256];
    size_t hosts = hosts_left(s, names, sizeof(names));

    if (hosts > 0)
        event_system(s, "host.left",
                     "hosts=\"%s\" reason=\"they cannot be reached: what they run "
                     "ends by their `alone`\"",
                     names);
    gatehouse_close(s);
    (void)procs_children(supervisor_stray, s);
    service_stopping(s);
    int left = procs_kill_all(0, 5000, supervisor_survivor, s);
    keeping_close(s);

    event_system(s, "system.end", "unhandled=%llu kept=%llu left=%d",
                 (unsigned long long)flow_unhandled(s), (unsigned long long)s->kept, left);
    events_flush(s);
    calls_finish(s);
    rundir_clean(s->rundir);
    return left + (int)hosts;
}

/* It has ended: a signal more, which finds no handler from here on, must not be what ended it. */
static void supervisor_deaf(void)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        (void)signal(signals[i],
                     SIG_IGN); /* blocked would not do: the loop ends that with itself */
}

static void supervisor_release(struct system *s)
{
    if (s->loop != NULL)
        listener_close(s);
    hosts_free(s);
    gatehouse_close(s);
    meter_free(s);
    notify_free(s->notify);
    sequencer_free(s);
    keeping_close(s);
    assembly_release(s);
}

int supervisor_main(const struct supervisor_opts *o)
{
    struct system s = {0};
    struct err e = {0, ""};
    int status = 1;

    if (supervisor_init(&s, o, &e) != 0) {
        if (o->tell != NULL)
            o->tell(o->tell_arg, e.text);
        goto out;
    }
    event_system(&s, "system.start", "pid=%d actors=%zu", (int)getpid(), s.n_actors);
    if (o->sequential)
        event_system(&s, "system.sequential", "seed=%llu", (unsigned long long)o->seed);
    supervisor_start(&s);
    if (o->tell != NULL)
        o->tell(o->tell_arg, NULL);
    (void)loop_run(s.loop);
    bool failed = s.failed || (!s.stopping && flow_any_failed(&s));
    int left = supervisor_end(&s);
    if (o->end != NULL)
        o->end(o->node);
    status = failed || left > 0 ? 1 : 0;
    supervisor_deaf();
out:
    supervisor_release(&s);
    return status;
}
