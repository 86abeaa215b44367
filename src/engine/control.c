#include "engine/control.h"

#include "engine/clients.h"
#include "engine/deadcalls.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/groups.h"
#include "engine/member.h"
#include "engine/reports.h"
#include "engine/scaling.h"
#include "engine/selection.h"
#include "io/procs.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call that is answered once its members are in a certain state. */
struct call {
    struct call *next;
    struct client *client;
    const struct call_kind *kind; /* NULL: the stop of the system */
    struct selection sel;
};

struct call_kind {
    bool (*reached)(const struct member *m);
    bool (*hopeless)(const struct member *m); /* may be NULL */
    const char *what;
};

void control_error(struct client *c, int code, const char *text)
{
    client_result(c, code, json_pack("{s:s}", "error", text));
}

/* --- states that are waited for --- */

static bool control_is_ready(const struct member *m)
{
    return m->state == LIFE_READY || m->state == LIFE_DONE;
}

static bool control_never_ready(const struct member *m)
{
    return m->state == LIFE_FAILED || m->state == LIFE_STOPPED;
}

static bool control_is_done(const struct member *m)
{
    return m->state == LIFE_DONE || m->state == LIFE_FAILED;
}

static bool control_at_rest(const struct member *m)
{
    return lifecycle_at_rest(m->state);
}

static bool control_is_again(const struct member *m)
{
    return !m->halting && m->turn == TURN_NONE && m->state != LIFE_STOPPING &&
           m->state != LIFE_DRAINING;
}

static const struct call_kind control_stop_kind = {control_at_rest, NULL, "stopped"};
static const struct call_kind control_restart_kind = {control_is_again, NULL, "restarted"};
static const struct call_kind control_wait_kinds[] = {
    {control_is_ready, control_never_ready, "ready"},
    {control_is_done, NULL, "done"},
    {control_at_rest, NULL, "stopped"},
};

/* The exit status of the last one that has ended, as a shell would give it. */
static int control_status(const struct selection *sel)
{
    int status = 0;

    for (size_t i = 0; i < sel->n; i++) {
        const struct policy_exit *last = &sel->members[i]->last;
        if (!sel->members[i]->has_last || !lifecycle_at_rest(sel->members[i]->state))
            continue;
        status = !last->started ? 127 : last->signal != 0 ? 128 + last->signal : last->status;
        if (status == 0 && last->unfit)
            status = 1;
    }
    return status;
}

static void control_answer(struct call *call)
{
    json_t *o = json_pack("{s:i, s:o}", "status", control_status(&call->sel), "names",
                          selection_names(&call->sel));

    client_result(call->client, 0, o);
}

/* True when it was answered. */
static bool control_call_try(struct call *call)
{
    if (call->kind == NULL)
        return false;
    if (selection_all(&call->sel, call->kind->reached)) {
        control_answer(call);
        return true;
    }
    for (size_t i = 0; call->kind->hopeless != NULL && i < call->sel.n; i++) {
        struct member *m = call->sel.members[i];
        char text[512], address[ADDRESS_MAX + 1];
        if (!call->kind->hopeless(m))
            continue;
        (void)snprintf(text, sizeof(text), "%s is %s%s%s, and will not be %s",
                       member_address(m, address, sizeof(address)), lifecycle_name(m->state),
                       m->reason[0] == '\0' ? "" : ": ", m->reason, call->kind->what);
        control_error(call->client, ERR_REFUSED, text);
        return true;
    }
    return false;
}

static void control_call_free(struct call *call)
{
    selection_release(&call->sel);
    free(call);
}

static void control_later(struct client *c, const struct call_kind *kind, struct selection *sel)
{
    struct system *s = client_system(c);
    struct call *call = calloc(1, sizeof(*call));

    if (call == NULL) {
        selection_release(sel);
        client_result(c, ERR_NOMEM, NULL);
        return;
    }
    *call = (struct call){.client = c, .kind = kind, .sel = *sel};
    if (control_call_try(call)) {
        control_call_free(call);
        return;
    }
    call->next = s->calls;
    s->calls = call;
}

void control_calls_check(struct system *s)
{
    struct call **at = &s->calls;

    while (*at != NULL) {
        struct call *call = *at;
        if (control_call_try(call)) {
            *at = call->next;
            control_call_free(call);
        } else {
            at = &call->next;
        }
    }
}

void control_forget(struct system *s, struct client *c)
{
    struct call **at = &s->calls;

    while (*at != NULL) {
        struct call *call = *at;
        if (call->client == c) {
            *at = call->next;
            control_call_free(call);
        } else {
            at = &call->next;
        }
    }
}

struct control_survivors {
    json_t *list;
};

static bool control_survivor(void *arg, pid_t pid)
{
    struct control_survivors *v = arg;
    char command[128];

    if (procs_is_zombie(pid))
        return true;
    procs_command(pid, command, sizeof(command));
    json_t *o = json_pack("{s:i, s:s}", "pid", (int)pid, "command", command);
    (void)json_array_append_new(v->list, o != NULL ? o : json_pack("{s:i}", "pid", (int)pid));
    return true;
}

void control_finish(struct system *s)
{
    while (s->calls != NULL) {
        struct call *call = s->calls;
        struct control_survivors v = {json_array()};
        s->calls = call->next;
        if (call->kind == NULL) {
            (void)procs_children(control_survivor, &v);
            client_result(call->client, 0,
                          json_pack("{s:I, s:I, s:O}", "unhandled", (json_int_t)flow_unhandled(s),
                                    "kept", (json_int_t)s->kept, "survivors", v.list));
        } else {
            control_error(call->client, ERR_NOT_RUNNING, "the system has stopped");
        }
        json_decref(v.list);
        control_call_free(call);
    }
}

/* --- the commands --- */

typedef void control_cmd(struct client *c, const json_t *req, struct selection *sel);

static void control_version(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);

    (void)req;
    (void)sel;
    client_result(c, 0,
                  json_pack("{s:s, s:s, s:i, s:s, s:I, s:I}", "version", PACKAGE_VERSION, "system",
                            s->topology->system, "pid", (int)getpid(), "file", s->topology->path,
                            "actors", (json_int_t)s->n_actors, "uptime_ms",
                            (json_int_t)(loop_now(s->loop) - s->began)));
}

static void control_ps(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    client_result(c, 0, reports_ps(client_system(c), sel));
}

static void control_audit(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    client_result(c, 0, reports_audit(client_system(c), sel));
}

/* Of the members named: to whom it was done, and why not to the others. */
struct control_told {
    json_t *names, *others;
};

static void control_tell(json_t *list, const struct member *m, const char *what)
{
    char address[ADDRESS_MAX + 1], text[ADDRESS_MAX + 64];

    (void)snprintf(text, sizeof(text), "%s%s", member_address(m, address, sizeof(address)), what);
    (void)json_array_append_new(list, json_string(text));
}

static void control_told(struct client *c, const struct control_told *told)
{
    client_result(c, 0, json_pack("{s:o, s:o}", "names", told->names, "others", told->others));
}

static void control_start(struct client *c, const json_t *req, struct selection *sel)
{
    struct control_told told = {json_array(), json_array()};

    (void)req;
    for (size_t i = 0; i < sel->n; i++) {
        struct member *m = sel->members[i];
        if (lifecycle_at_rest(m->state) || m->state == LIFE_BACKOFF || m->halting)
            control_tell(told.names, m, "");
        else if (m->state == LIFE_WAITING)
            control_tell(told.others, m, " is waiting already");
        else
            control_tell(told.others, m, " runs already");
        member_start(m);
    }
    control_told(c, &told);
}

static void control_stop(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    for (size_t i = 0; i < sel->n; i++)
        groups_halt(sel->members[i], false);
    control_later(c, &control_stop_kind, sel);
    *sel = (struct selection){0};
}

static void control_restart(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    for (size_t i = 0; i < sel->n; i++)
        groups_halt(sel->members[i], true);
    control_later(c, &control_restart_kind, sel);
    *sel = (struct selection){0};
}

static void control_scale(struct client *c, const json_t *req, struct selection *sel)
{
    struct err e = {0, ""};

    if (scaling_make(client_system(c), json_object_get(req, "pools"), sel, &e) != 0) {
        control_error(c, e.code, e.text);
        return;
    }
    control_later(c, &control_stop_kind, sel);
    *sel = (struct selection){0};
}

/* `once` may have several. */
static bool control_signal(const struct member *m, int signal)
{
    bool any = false;

    for (struct process *p = m->actor->sys->processes; p != NULL; p = p->next)
        if (p->member == m && p->check == NULL && p->pid > 0 && !p->gone &&
            kill(-p->pid, signal) == 0)
            any = true;
    return any;
}

static void control_kill(struct client *c, const json_t *req, struct selection *sel)
{
    struct control_told told = {NULL, NULL};
    const json_t *n = json_object_get(req, "signal");
    json_int_t signal = n == NULL ? SIGKILL : json_is_integer(n) ? json_integer_value(n) : -1;

    if (signal < 0 || signal > 64) {
        control_error(c, ERR_INVALID, "no such signal");
        return;
    }
    told = (struct control_told){json_array(), json_array()};
    for (size_t i = 0; i < sel->n; i++) {
        bool any = control_signal(sel->members[i], (int)signal);
        control_tell(any ? told.names : told.others, sel->members[i], any ? "" : " has no process");
    }
    control_told(c, &told);
}

static void control_wait(struct client *c, const json_t *req, struct selection *sel)
{
    const char *what = json_string_value(json_object_get(req, "for"));

    for (size_t i = 0; i < sizeof(control_wait_kinds) / sizeof(control_wait_kinds[0]); i++) {
        if (strcmp(what == NULL ? "ready" : what, control_wait_kinds[i].what) != 0)
            continue;
        control_later(c, &control_wait_kinds[i], sel);
        *sel = (struct selection){0};
        return;
    }
    control_error(c, ERR_INVALID, "wait is for ready, done or stopped");
}

static void control_down(struct client *c, const json_t *req, struct selection *sel)
{
    const json_t *ms = json_object_get(req, "timeout_ms");

    control_later(c, NULL, sel);
    *sel = (struct selection){0};
    system_stop(client_system(c), json_is_integer(ms) ? json_integer_value(ms) : -1);
}

/* --- requests --- */

static const struct {
    const char *name;
    control_cmd *run;
} control_cmds[] = {
    {"version", control_version},    {"ps", control_ps},
    {"audit", control_audit},        {"start", control_start},
    {"stop", control_stop},          {"restart", control_restart},
    {"kill", control_kill},          {"scale", control_scale},
    {"wait", control_wait},          {"down", control_down},
    {"dead_ls", deadcalls_ls},       {"dead_show", deadcalls_show},
    {"dead_retry", deadcalls_retry}, {"dead_drop", deadcalls_drop},
};

void control_request(struct client *c, const void *json, size_t n)
{
    json_error_t error;
    json_t *req = json_loadb(json, n, 0, &error);
    const char *name = json_string_value(json_object_get(req, "cmd"));
    struct selection sel = {0};
    struct err e = {0, ""};
    control_cmd *run = NULL;

    for (size_t i = 0; name != NULL && i < sizeof(control_cmds) / sizeof(control_cmds[0]); i++)
        if (strcmp(control_cmds[i].name, name) == 0)
            run = control_cmds[i].run;
    if (run == NULL)
        control_error(c, ERR_INVALID, req == NULL ? "the request is not JSON" : "no such request");
    else if (selection_make(client_system(c), json_object_get(req, "names"), &sel, &e) != 0)
        control_error(c, e.code, e.text);
    else
        run(c, req, &sel);
    selection_release(&sel);
    json_decref(req);
}
