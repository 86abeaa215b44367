#include "engine/control.h"

#include "base/text.h"
#include "engine/attach.h"
#include "engine/calls.h"
#include "engine/children.h"
#include "engine/clients.h"
#include "engine/deadcalls.h"
#include "engine/events.h"
#include "engine/graphing.h"
#include "engine/groups.h"
#include "engine/hostroll.h"
#include "engine/live.h"
#include "engine/member.h"
#include "engine/meter.h"
#include "engine/process.h"
#include "engine/recall.h"
#include "engine/reload.h"
#include "engine/reports.h"
#include "engine/scaling.h"
#include "engine/selection.h"
#include "engine/taps.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { CONTROL_ERROR = 1024 };

/* What quotes something may hold what is no UTF-8, and JSON cannot. */
static const char *control_shown(const char *text, char buf[CONTROL_ERROR])
{
    size_t len = strlen(text);

    return text_is_utf8(text, len) ? text : text_shown(text, len, buf, CONTROL_ERROR);
}

void control_error(struct client *c, int code, const char *text)
{
    char shown[CONTROL_ERROR];

    client_result(c, code, json_pack("{s:s}", "error", control_shown(text, shown)));
}

/* --- the commands --- */

typedef void control_cmd(struct client *c, const json_t *req, struct selection *sel);

static void control_version(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);
    size_t n = 0;

    (void)req;
    (void)sel;
    for (size_t i = 0; i < s->n_actors; i++)
        n += s->actors[i]->n_members > 0 && !s->actors[i]->conf->is_host; /* not of templates */
    client_result(c, 0,
                  json_pack("{s:s, s:s, s:i, s:s, s:I, s:I}", "version", PACKAGE_VERSION, "system",
                            s->topology->system, "pid", (int)getpid(), "file", s->topology->path,
                            "actors", (json_int_t)n, "uptime_ms",
                            (json_int_t)(loop_now(s->loop) - s->began)));
}

static void control_ps(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    client_result(c, 0, reports_ps(client_system(c), sel));
}

static void control_live(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    meter_ask(client_system(c));
    calls_add(c, &calls_measured, sel);
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
        if (m->leaving || m->actor->removed)
            control_tell(told.others, m, " is about to go");
        else if (lifecycle_at_rest(m->state) || m->state == LIFE_BACKOFF || m->halting)
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
    calls_add(c, &calls_stopped, sel);
}

/* The first of sel whose pool is not in it as a whole; NULL: there is none. */
static const struct member *control_lone(const struct selection *sel)
{
    for (size_t i = 0, n = 0; i < sel->n; i += n) { /* they stand together */
        const struct actor *a = sel->members[i]->actor;
        for (n = 1; i + n < sel->n && sel->members[i + n]->actor == a; n++)
            ;
        if (n < a->n_members)
            return sel->members[i];
    }
    return NULL;
}

static void control_exit(struct client *c, const json_t *req, struct selection *sel)
{
    const struct member *lone = control_lone(sel);
    bool now = json_is_true(json_object_get(req, "now"));
    char text[ADDRESS_MAX + 80];

    if (lone != NULL) {
        (void)snprintf(text, sizeof(text), "exit is for a whole actor: name %s, or scale it",
                       lone->actor->conf->name);
        control_error(c, ERR_INVALID, text);
        return;
    }
    for (size_t i = 0; i < sel->n; i++)
        children_exit(sel->members[i]->actor, now);
    calls_add(c, &calls_exited, sel);
}

static void control_restart(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    for (size_t i = 0; i < sel->n; i++)
        groups_halt(sel->members[i], true);
    calls_add(c, &calls_restarted, sel);
}

static void control_scale(struct client *c, const json_t *req, struct selection *sel)
{
    struct err e = {0, ""};

    if (scaling_make(client_system(c), json_object_get(req, "pools"), sel, &e) != 0) {
        control_error(c, e.code, e.text);
        return;
    }
    calls_add(c, &calls_left, sel);
}

/* A list of texts (pairs: each with a = in it), each with a NUL behind it. NULL is none. */
static bool control_texts(const json_t *list, bool pairs, struct bytes *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *text = json_string_value(one);
        if (text == NULL || strlen(text) != json_string_length(one) ||
            (pairs && strchr(text, '=') == NULL) || bytes_append(out, text, strlen(text) + 1) != 0)
            return false;
    }
    return list == NULL || json_is_array(list);
}

static void control_reload(struct client *c, const json_t *req, struct selection *sel)
{
    struct reload_request r = {json_string_value(json_object_get(req, "file")),
                               json_is_true(json_object_get(req, "dry_run"))};
    json_t *plan = NULL;
    char *faults = NULL, shown[CONTROL_ERROR];
    struct err e = {0, ""};

    (void)sel;
    if (reload(client_system(c), &r, &plan, &faults, &e) == 0)
        client_result(c, 0, json_pack("{s:o}", "plan", plan));
    else if (faults != NULL && text_is_utf8(faults, strlen(faults)))
        client_result(
            c, 0,
            json_pack("{s:s, s:s}", "refused", control_shown(e.text, shown), "faults", faults));
    else
        control_error(c, e.code, e.text);
    free(faults);
}

/* What the last reload has touched has come to rest or is ready. */
static void control_reloaded(struct client *c, const json_t *req, struct selection *sel)
{
    (void)req;
    selection_release(sel);
    if (reload_touched(client_system(c), sel) != 0)
        control_error(c, ERR_NOMEM, "the supervisor is out of memory");
    else
        calls_add(c, &calls_reloaded, sel);
}

static void control_spawn(struct client *c, const json_t *req, struct selection *sel)
{
    const char *template = json_string_value(json_object_get(req, "template"));
    const char *name = json_string_value(json_object_get(req, "name"));
    struct children_request r = {.by = client_origin(c)};
    struct bytes args, env;
    struct actor *a = NULL;
    struct err e = {0, ""};

    (void)sel;
    bytes_init(&args);
    bytes_init(&env);
    if (template == NULL || !control_texts(json_object_get(req, "args"), false, &args) ||
        !control_texts(json_object_get(req, "env"), true, &env)) {
        control_error(c, ERR_INVALID, "spawn takes a template, and lists of texts");
    } else {
        r.template = span_of(template, strlen(template));
        r.name = span_of(name, name == NULL ? 0 : strlen(name));
        r.more.args = span_of(bytes_at(&args), bytes_len(&args));
        r.more.env = span_of(bytes_at(&env), bytes_len(&env));
        if (children_spawn(client_system(c), &r, &a, &e) == 0)
            client_result(c, 0, json_pack("{s:s}", "name", a->conf->name));
        else
            control_error(c, e.code, e.text);
    }
    bytes_release(&args);
    bytes_release(&env);
}

/* `once` may have several. */
static bool control_signal(const struct member *m, int signal)
{
    bool any = false;

    for (struct process *p = m->actor->sys->processes; p != NULL; p = p->next)
        if (p->member == m && p->check == NULL && (p->pid > 0 || p->post != NULL) && !p->gone) {
            process_kill(p, signal);
            any = true;
        }
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
    const struct call_kind *kind = calls_kind(what == NULL ? "ready" : what);
    char why[256];

    if (kind == NULL)
        control_error(c, ERR_INVALID, "wait is for ready, done or stopped");
    else if (client_stays(c, why, sizeof(why)) != 0)
        control_error(c, ERR_REFUSED, why);
    else
        calls_add(c, kind, sel);
}

static void control_down(struct client *c, const json_t *req, struct selection *sel)
{
    const json_t *ms = json_object_get(req, "timeout_ms");

    calls_add(c, NULL, sel);
    system_stop(client_system(c), json_is_integer(ms) ? json_integer_value(ms) : -1);
}

/* --- requests --- */

static const struct {
    const char *name;
    control_cmd *run;
} control_cmds[] = {
    {"version", control_version},   {"ps", control_ps},
    {"live", control_live},         {"audit", control_audit},
    {"start", control_start},       {"stop", control_stop},
    {"restart", control_restart},   {"kill", control_kill},
    {"exit", control_exit},         {"scale", control_scale},
    {"spawn", control_spawn},       {"reload", control_reload},
    {"reloaded", control_reloaded}, {"wait", control_wait},
    {"down", control_down},         {"dead_ls", deadcalls_ls},
    {"dead_show", deadcalls_show},  {"dead_retry", deadcalls_retry},
    {"dead_drop", deadcalls_drop},  {"tap", taps_begin},
    {"graph", graphing_answer},     {"trace", recall_answer},
    {"attach", attach_begin},       {"attach_runs", attach_runs},
    {"attach_ended", attach_ended}, {"hosts", hosts_list},
    {"host_add", hosts_add},        {"host_rm", hosts_remove},
    {"host_set", hosts_set},        {"host_join", hosts_join},
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
    if (run != NULL && run != hosts_join && client_joins(c))
        control_error(c, ERR_DENIED, "over the network a host may join, and nothing else");
    else if (run == NULL)
        control_error(c, ERR_INVALID, req == NULL ? "the request is not JSON" : "no such request");
    else if (selection_make(client_system(c), json_object_get(req, "names"), &sel, &e) != 0)
        control_error(c, e.code, e.text);
    else
        run(c, req, &sel);
    selection_release(&sel);
    json_decref(req);
}
