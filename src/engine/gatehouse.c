#include "engine/gatehouse.h"

#include "base/libexec.h"
#include "base/text.h"
#include "engine/events.h"
#include "engine/gatehouseparts.h"
#include "io/packet.h"
#include "io/procs.h"
#include "io/spawn.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GATEHOUSE_LOOPBACK "127.0.0.1"

enum {
    GATEHOUSE_STEADY_MS = 10000,
};

static const struct policy_backoff gatehouse_backoff = {50, 10000, 2, 0.1};

const char *const gatehouse_names[GATEHOUSE_DOORS] = {
    [TRANSPORT_TCP] = "tcp",
    [TRANSPORT_WS] = "ws",
    [TRANSPORT_TLS] = "tls",
    [GATEHOUSE_JOIN_DOOR] = GATEHOUSE_JOIN,
};

bool gatehouse_carries(enum topo_transport t)
{
    return gatehouse_names[t] != NULL;
}

/* ---- its process ---- */

static void gatehouse_hang_up(struct gatehouse *g)
{
    loop_io_free(g->io);
    g->io = NULL;
    if (g->fd >= 0)
        (void)close(g->fd);
    g->fd = -1;
    g->pid = 0;
    for (size_t i = 0; i < GATEHOUSE_DOORS; i++)
        g->doors[i].listens = false;
}

static void gatehouse_later(struct gatehouse *g)
{
    if (loop_now(g->sys->loop) - g->since >= GATEHOUSE_STEADY_MS)
        g->in_a_row = 0;
    g->in_a_row++;
    int64_t ms = policy_delay(&gatehouse_backoff, g->in_a_row, system_random(g->sys));
    event_system(g->sys, "gate.restart", "in_ms=%lld", (long long)ms);
    (void)loop_timer_start(&g->again, ms);
}

static void gatehouse_reaped(void *arg, pid_t pid, int status)
{
    struct gatehouse *g = arg;
    char name[16];

    if (g->io != NULL) /* its last words */
        gatehouse_event(g, LOOP_IN);
    g->ended = system_now(g->sys);
    gatehouse_hang_up(g);
    (void)snprintf(g->why, sizeof(g->why), "it has ended");
    if (WIFSIGNALED(status))
        event_system(g->sys, "gate.exit", "pid=%d signal=%s", (int)pid,
                     text_signal_name(WTERMSIG(status), name, sizeof(name)));
    else
        event_system(g->sys, "gate.exit", "pid=%d status=%d", (int)pid, WEXITSTATUS(status));
    if (!g->needless)
        gatehouse_later(g);
}

static int gatehouse_spawn(struct gatehouse *g, int child, struct err *e)
{
    struct system *s = g->sys;
    char program[PATH_MAX], mark[64], base[PATH_MAX + 32];
    char *argv[] = {program, NULL};
    char *envp[] = {mark, base, NULL};
    struct spawn_spec spec = {.program = program,
                              .argv = argv,
                              .envp = envp,
                              .cwd = "/",
                              .in = child,
                              .out = -1,
                              .err = child,
                              .ready = -1};

    if (libexec_find(LIBEXEC_GATE, program, sizeof(program)) != 0)
        return err_set(e, ERR_SYSTEM, "%s is not there: install actorsup again", program);
    (void)snprintf(mark, sizeof(mark), PROCS_MARK "=%s.-.0.%llu", s->run,
                   (unsigned long long)++g->starts);
    (void)snprintf(base, sizeof(base), "ACTORSUP_RUNTIME_DIR=%s", rundir_base(s->rundir));
    int rc = spawn_start(&spec, &g->pid, e);
    if (rc == 0 && (rc = reaper_watch(s->reaper, g->pid, gatehouse_reaped, g)) != 0) {
        (void)kill(g->pid, SIGKILL);
        g->pid = 0;
        return err_set(e, rc, "out of memory");
    }
    return rc;
}

/* With the certificate that it is to show from now on. */
static void gatehouse_certify(struct gatehouse *g)
{
    const struct topo_tls *t = &g->sys->topology->tls;
    const char *words[] = {"tls", t->cert, t->key, NULL};

    if (t->cert != NULL && packet_send(g->fd, words, -1) != 0)
        (void)kill(g->pid, SIGKILL); /* it does not read what it is told */
}

/* Asks it to listen. What does not get through comes again with the next start. */
static void gatehouse_ask(struct gatehouse *g, size_t transport)
{
    char port[16];
    bool join = transport == GATEHOUSE_JOIN_DOOR;
    const char *words[] = {"listen", gatehouse_names[transport], port,
                           join ? g->join : GATEHOUSE_LOOPBACK, NULL};
    const struct gatehouse_door *d = &g->doors[transport];

    if (transport == TRANSPORT_TLS || join)
        gatehouse_certify(g);
    (void)snprintf(port, sizeof(port), "%u", join && g->join_port != 0 ? g->join_port : d->port);
    if (packet_send(g->fd, words, -1) != 0)
        (void)kill(g->pid, SIGKILL);
}

static int gatehouse_try(struct gatehouse *g, struct err *e)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return err_errno(e, "no socket for the gate");
    int rc = gatehouse_spawn(g, pair[1], e);
    (void)close(pair[1]);
    g->fd = pair[0];
    if (rc != 0)
        return rc;
    g->io = loop_io_new(g->sys->loop, g->fd, gatehouse_event, g);
    if (g->io == NULL) {
        (void)kill(g->pid, SIGKILL);
        return err_set(e, ERR_NOMEM, "out of memory");
    }
    loop_io_want(g->io, LOOP_IN);
    return 0;
}

static void gatehouse_start(void *arg)
{
    struct gatehouse *g = arg;
    struct err e = {0, ""};

    if (g->pid != 0)
        return;
    g->needless = false;
    g->since = loop_now(g->sys->loop);
    if (gatehouse_try(g, &e) != 0) {
        (void)text_shown(e.text, strlen(e.text), g->why, sizeof(g->why));
        event_system(g->sys, "gate.start_failed", "reason=\"%s\"", g->why);
        if (g->pid == 0) {
            gatehouse_hang_up(g);
            gatehouse_later(g);
        }
        loop_task_queue(&g->sys->changed);
        return;
    }
    g->why[0] = '\0';
    event_system(g->sys, "gate.start", "pid=%d", (int)g->pid);
    for (size_t i = 0; i < GATEHOUSE_DOORS; i++)
        if (g->doors[i].wanted)
            gatehouse_ask(g, i);
}

/* ---- for others ---- */

int gatehouse_check(const struct topology *t, struct err *e)
{
    char program[PATH_MAX];
    bool needed = t->join.address != NULL;

    for (size_t i = 0; i < t->n_actors; i++)
        needed = needed || gatehouse_carries(t->actors[i].transport);
    if (needed && libexec_find(LIBEXEC_GATE, program, sizeof(program)) != 0)
        return err_set(e, ERR_SYSTEM, "%s is not there: install actorsup again", program);
    return 0;
}

static struct gatehouse *gatehouse_of(struct system *s)
{
    struct gatehouse *g = s->gatehouse;

    if (g == NULL && (g = s->gatehouse = calloc(1, sizeof(*g))) != NULL) {
        g->sys = s;
        g->fd = -1;
        loop_timer_init(&g->again, s->loop, gatehouse_start, g);
    }
    return g;
}

bool gatehouse_waits(struct actor *a, char *buf, size_t size)
{
    enum topo_transport t = a->conf->transport;

    if (!gatehouse_carries(t))
        return false;
    struct gatehouse *g = gatehouse_of(a->sys);
    if (g == NULL) {
        (void)snprintf(buf, size, "memory");
        return true;
    }
    struct gatehouse_door *d = &g->doors[t];
    if (!d->wanted) {
        d->wanted = true;
        if (g->pid != 0)
            gatehouse_ask(g, t);
    }
    if (g->pid == 0 && !loop_timer_armed(&g->again))
        gatehouse_start(g);
    const char *why = g->pid == 0 ? g->why : d->why;
    (void)snprintf(buf, size, "the gate%s%.100s", why[0] == '\0' ? "" : ": ", why);
    return !d->listens;
}

pid_t gatehouse_pid(const struct system *s)
{
    return s->gatehouse == NULL ? 0 : s->gatehouse->pid;
}

/* An end that the reaper has not told yet counts as well, and that of its socket: what it held is
 * closed before it can be waited for. */
static bool gatehouse_has_ended(const struct gatehouse *g, int64_t since)
{
    struct pollfd its = {.fd = g->fd};
    siginfo_t info = {0};

    if (g->ended >= since || g->pid == 0 || (poll(&its, 1, 0) == 1 && (its.revents & POLLHUP)))
        return true;
    return waitid(P_PID, (id_t)g->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

bool gatehouse_missed(const struct member *m)
{
    const struct gatehouse *g = m->actor->sys->gatehouse;

    return g != NULL && gatehouse_carries(m->actor->conf->transport) && m->speak->in < 0 &&
           gatehouse_has_ended(g, m->spawned);
}

unsigned gatehouse_port(const struct system *s, enum topo_transport t)
{
    return s->gatehouse == NULL ? 0 : s->gatehouse->doors[t].port;
}

void gatehouse_renew(struct system *s)
{
    struct gatehouse *g = s->gatehouse;

    if (g != NULL && g->fd >= 0 && g->doors[TRANSPORT_TLS].wanted)
        gatehouse_ask(g, TRANSPORT_TLS);
    gatehouse_join(s);
}

void gatehouse_join(struct system *s)
{
    const struct topo_join *j = &s->topology->join;
    const char *at = j->address == NULL ? "" : j->address;
    struct gatehouse *g = *at == '\0' ? s->gatehouse : gatehouse_of(s);

    if (g == NULL)
        return;
    bool same = strcmp(g->join, at) == 0 && g->join_port == j->port;
    (void)snprintf(g->join, sizeof(g->join), "%s", at);
    g->join_port = j->port;
    g->doors[GATEHOUSE_JOIN_DOOR].wanted = *at != '\0';
    if (!same && g->pid != 0) /* it listens where it shall once it is there again */
        (void)kill(g->pid, SIGKILL);
    else if (g->pid == 0 && *at != '\0' && !loop_timer_armed(&g->again))
        gatehouse_start(g);
    else if (g->fd >= 0 && *at != '\0')
        gatehouse_ask(g, GATEHOUSE_JOIN_DOOR); /* with the certificate as it is now */
}

/* It ends once its socket does. */
static void gatehouse_let_go(struct gatehouse *g)
{
    loop_timer_stop(&g->again);
    g->needless = true;
    for (size_t i = 0; i < GATEHOUSE_DOORS; i++)
        g->doors[i].wanted = g->doors[i].listens = false;
    loop_io_free(g->io);
    g->io = NULL;
    if (g->fd >= 0)
        (void)close(g->fd);
    g->fd = -1;
}

void gatehouse_follow(struct system *s)
{
    struct gatehouse *g = s->gatehouse;

    if (g == NULL || g->needless || (g->pid == 0 && !loop_timer_armed(&g->again)))
        return;
    if (g->join[0] != '\0')
        return;
    for (size_t i = 0; i < s->n_actors; i++)
        if (gatehouse_carries(s->actors[i]->conf->transport))
            return;
    gatehouse_let_go(g);
}

void gatehouse_close(struct system *s)
{
    struct gatehouse *g = s->gatehouse;

    if (g == NULL)
        return;
    loop_timer_stop(&g->again);
    if (g->pid != 0) {
        reaper_forget(s->reaper, g->pid);
        (void)kill(g->pid, SIGKILL);
        while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    gatehouse_hang_up(g);
    free(g);
    s->gatehouse = NULL;
}
