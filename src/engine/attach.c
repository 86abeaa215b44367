#include "engine/attach.h"

#include "engine/clientparts.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/environment.h"
#include "engine/events.h"
#include "engine/member.h"
#include "io/procs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    ATTACH_LOOK_MS = 20,   /* until it is looked again for what was left */
    ATTACH_LATE_MS = 2000, /* a kill that is not told as done by then is not waited for */
};

struct attachment {
    struct member *m;
    struct client *client; /* NULL: it is gone, or needs to know nothing more */
    bool begun;            /* the process has been started */
    struct loop_timer look, late;
};

/* One more answer to a call that goes on. */
static void attach_say(struct attachment *t, json_t *what)
{
    if (t->client == NULL) {
        json_decref(what);
        return;
    }
    client_result(t->client, 0, what);
    client_waits(t->client);
    t->client->stays = true;
}

static void attach_part(struct attachment *t)
{
    if (t->client != NULL)
        t->client->attached = NULL;
    t->client = NULL;
}

/* --- the process --- */

static int attach_start(struct process *p, const struct process_spec *what, struct err *e)
{
    static char *const nothing[] = {NULL};
    struct attachment *t = p->member->attached;
    struct ucred peer = {0};
    socklen_t size = sizeof(peer);

    if (t->client == NULL || getsockopt(t->client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return err_set(e, ERR_CLOSED, "whoever was to run it is gone");
    char **env = environment_new(p, nothing, what->extra);
    if (env == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    json_t *list = json_array();
    for (char **at = env; *at != NULL; at++)
        (void)json_array_append_new(list, json_string(*at));
    free(env);
    p->pid = peer.pid;
    t->begun = true;
    attach_say(t, json_pack("{s:o}", "env", list));
    return 0;
}

static void attach_signal(struct attachment *t, int signal)
{
    attach_say(t, json_pack("{s:i}", "signal", signal));
}

static void attach_stop(struct process *p)
{
    attach_signal(p->member->attached, p->member->actor->conf->stop.signal);
}

static int attach_kill_marked(const struct process *p)
{
    char mark[256];

    environment_mark(p, mark, sizeof(mark));
    return procs_kill_marked_once(mark);
}

static void attach_kill(struct process *p, int signal)
{
    struct attachment *t = p->member->attached;

    if (p->pid == 0 || p->gone || t == NULL)
        return;
    attach_signal(t, signal);
    if (signal != SIGKILL)
        return;
    (void)attach_kill_marked(p);
    if (!loop_timer_armed(&t->late))
        (void)loop_timer_start(&t->late, ATTACH_LATE_MS);
}

static void attach_clean(struct process *p)
{
    struct attachment *t = p->member->attached;

    if (attach_kill_marked(p) > 0)
        (void)loop_timer_start(&t->look, ATTACH_LOOK_MS);
    else
        process_over(p);
}

static void attach_look(void *arg)
{
    attach_clean(&((struct attachment *)arg)->m->process);
}

static void attach_release(struct process *p)
{
    struct attachment *t = p->member->attached;

    if (t != NULL)
        loop_timer_stop(&t->look);
}

const struct process_ops attach_ops = {
    .start = attach_start,
    .stop = attach_stop,
    .kill = attach_kill,
    .clean = attach_clean,
    .release = attach_release,
};

/* It does not read what it is told: it is stopped itself, perhaps. */
static void attach_late(void *arg)
{
    struct attachment *t = arg;

    if (t->client != NULL)
        client_die(t->client);
}

static void attach_end(struct attachment *t, const struct policy_exit *how)
{
    struct process *p = &t->m->process;

    loop_timer_stop(&t->late);
    attach_part(t);
    if (t->begun && p->pid != 0 && !p->gone)
        process_gone(p, how);
}

/* --- whoever runs it --- */

/* Why nobody can run this one by hand; NULL: somebody can, once it is at rest. */
static const char *attach_never(const struct member *m)
{
    const struct topo_actor *c = m->actor->conf;

    if (c->is_host)
        return "is a host: attach those that are in it";
    if (c->speaks == SPEAKS_ONCE)
        return "speaks once: it has a process for each message";
    if ((c->speaks != SPEAKS_FRAMES && c->speaks != SPEAKS_NONE) || c->transport == TRANSPORT_STDIO)
        return "has its messages on its standard input, which is the terminal's when it is run by "
               "hand: only what speaks frames over a connection, or none, can be attached";
    if (c->on.kind != TOPO_ON_HERE)
        return "runs on another host, or may: only what is `on: main` can be attached";
    if (m->leaving || m->actor->removed)
        return "is about to go";
    return NULL;
}

static const char *attach_fault(const struct member *m, bool asks)
{
    const char *why = m == NULL ? "is a pool or a group: name one of its members, such as NAME/2"
                                : attach_never(m);

    if (why == NULL && !asks && !lifecycle_at_rest(m->state))
        return "is not stopped: stop it first, or use `attach --stop`";
    return why;
}

void attach_begin(struct client *c, const json_t *req, struct selection *sel)
{
    struct member *m = sel->n == 1 ? sel->members[0] : NULL;
    bool asks = json_is_true(json_object_get(req, "ask")); /* only whether it could be */
    const char *why = attach_fault(m, asks);
    const char *name = json_string_value(json_array_get(json_object_get(req, "names"), 0));
    char text[512];
    struct attachment *t;

    if (why != NULL) {
        (void)snprintf(text, sizeof(text), "%.255s %s", name == NULL ? "it" : name, why);
        control_error(c, ERR_REFUSED, text);
    } else if (asks) {
        client_result(c, 0, json_object());
    } else if (client_stays(c, text, sizeof(text)) != 0) {
        control_error(c, ERR_REFUSED, text);
    } else if (c->attached != NULL || (t = calloc(1, sizeof(*t))) == NULL) {
        control_error(c, ERR_NOMEM, "the supervisor is out of memory");
    } else {
        attach_over(m);
        *t = (struct attachment){.m = m, .client = c};
        loop_timer_init(&t->look, m->actor->sys->loop, attach_look, t);
        loop_timer_init(&t->late, m->actor->sys->loop, attach_late, t);
        m->attached = c->attached = t;
        client_waits(c);
        member_start(m);
    }
}

void attach_runs(struct client *c, const json_t *req, struct selection *sel)
{
    struct attachment *t = c->attached;
    json_int_t pid = json_integer_value(json_object_get(req, "pid"));

    (void)sel;
    if (t == NULL || !t->begun || pid <= 0 || pid > INT32_MAX)
        return;
    t->m->process.pid = (pid_t)pid;
    event_member(t->m, "actor.attached", "pid=%d", (int)pid);
}

void attach_ended(struct client *c, const json_t *req, struct selection *sel)
{
    struct policy_exit how = {
        .started = true,
        .status = (int)json_integer_value(json_object_get(req, "status")) & 0xff,
        .signal = (int)json_integer_value(json_object_get(req, "signal")) & 0x7f,
    };
    struct attachment *t = c->attached;

    (void)sel;
    client_result(c, 0, json_object());
    if (t != NULL)
        attach_end(t, &how);
}

void attach_forget(struct client *c)
{
    struct attachment *t = c->attached;
    const struct policy_exit how = {.started = true, .signal = SIGKILL};

    if (t == NULL)
        return;
    struct member *m = t->begun ? NULL : t->m; /* it is freed by the end of what has begun */
    attach_end(t, &how);
    if (m != NULL)
        member_stop(m, false);
}

void attach_over(struct member *m)
{
    struct attachment *t = m->attached;
    char text[MEMBER_REASON + 64];

    if (t == NULL)
        return;
    if (t->client != NULL) {
        (void)snprintf(text, sizeof(text), "it is %s%s%s", lifecycle_name(m->state),
                       m->reason[0] != '\0' ? ": " : "", m->reason);
        control_error(t->client, ERR_REFUSED, text);
    }
    attach_part(t);
    loop_timer_stop(&t->look);
    loop_timer_stop(&t->late);
    m->attached = NULL;
    free(t);
}

bool attach_is_ready(const struct member *m)
{
    const struct topo_actor *c = m->actor->conf;

    return m->attached != NULL &&
           (c->ready == READY_LOG || (c->ready == READY_NOTIFY && c->speaks != SPEAKS_FRAMES));
}

bool attach_reason(const struct member *m, char *buf, size_t size)
{
    if (m->attached == NULL || !m->attached->begun || m->reason[0] != '\0')
        return false;
    (void)snprintf(buf, size, "attached by hand");
    return true;
}
