#include "engine/calls.h"

#include "engine/clients.h"
#include "engine/control.h"
#include "engine/events.h"
#include "engine/flow.h"
#include "engine/hosts.h"
#include "engine/live.h"
#include "engine/meter.h"
#include "engine/renewing.h"
#include "engine/taps.h"
#include "engine/vain.h"
#include "io/procs.h"

#include <jansson.h>
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
    bool (*hopeless)(const struct member *m); /* as of vain_find; may be NULL */
    const char *what;
    json_t *(*report)(struct system *s, const struct selection *sel); /* its answer; may be NULL */
};

/* --- states that are waited for --- */

static bool calls_is_ready(const struct member *m)
{
    return m->state == LIFE_READY || m->state == LIFE_DONE;
}

/* It has left its pool, or the file has it no more. */
static bool calls_is_gone(const struct member *m)
{
    return lifecycle_at_rest(m->state) && (m->leaving || m->actor->removed);
}

static bool calls_never_ready(const struct member *m)
{
    return calls_is_gone(m) || m->state == LIFE_FAILED || m->state == LIFE_STOPPED ||
           vain_of(m) != VAIN_NOT;
}

static bool calls_is_done(const struct member *m)
{
    return m->state == LIFE_DONE || m->state == LIFE_FAILED;
}

static bool calls_never_done(const struct member *m)
{
    return calls_is_gone(m) || vain_of(m) == VAIN_FAILED;
}

static bool calls_at_rest(const struct member *m)
{
    return lifecycle_at_rest(m->state);
}

/* One that was to leave, and is to stay after all, is not waited for. */
static bool calls_has_left(const struct member *m)
{
    return calls_at_rest(m) || !m->leaving;
}

static bool calls_is_again(const struct member *m)
{
    return !m->halting && m->turn == TURN_NONE && m->state != LIFE_STOPPING &&
           m->state != LIFE_DRAINING;
}

/* It has exited: one that was spawned is gone, one of the file is stopped. */
static bool calls_has_exited(const struct member *m)
{
    return lifecycle_at_rest(m->state) && (m->actor->removed || m->actor->exiting == EXITING_NOT);
}

static bool calls_is_measured(const struct member *m)
{
    return meter_told(m->actor->sys);
}

const struct call_kind calls_exited = {calls_has_exited, NULL, "gone", NULL};
const struct call_kind calls_stopped = {calls_at_rest, NULL, "stopped", NULL};
const struct call_kind calls_left = {calls_has_left, NULL, "gone", NULL};
const struct call_kind calls_restarted = {calls_is_again, NULL, "restarted", NULL};
const struct call_kind calls_reloaded = {renewing_settled, renewing_hopeless, "ready", NULL};
const struct call_kind calls_measured = {calls_is_measured, NULL, "measured", live_report};
static const struct call_kind calls_kinds[] = {
    {calls_is_ready, calls_never_ready, "ready", NULL},
    {calls_is_done, calls_never_done, "done", NULL},
    {calls_at_rest, NULL, "stopped", NULL},
};

const struct call_kind *calls_kind(const char *what)
{
    for (size_t i = 0; i < sizeof(calls_kinds) / sizeof(calls_kinds[0]); i++)
        if (strcmp(what, calls_kinds[i].what) == 0)
            return &calls_kinds[i];
    return NULL;
}

/* The exit status of the last one that has ended, as a shell would give it. */
static int calls_status(const struct selection *sel)
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

static void calls_answer(struct call *call)
{
    if (call->kind->report != NULL) {
        client_result(call->client, 0, call->kind->report(client_system(call->client), &call->sel));
        return;
    }
    json_t *o = json_pack("{s:i, s:o}", "status", calls_status(&call->sel), "names",
                          selection_names(&call->sel));

    client_result(call->client, 0, o);
}

/* "web is waiting for db to be ready, but it has failed, and will not be ready" */
static void calls_refuse(struct call *call, const struct member *m)
{
    char text[512], address[ADDRESS_MAX + 1], why[MEMBER_REASON];
    bool vain = vain_of(m) != VAIN_NOT && vain_text(m->actor, why, sizeof(why));

    if (!vain)
        (void)snprintf(why, sizeof(why), "%s", m->reason);
    (void)snprintf(text, sizeof(text), "%s is %s%s%s, and will not be %s",
                   member_address(m, address, sizeof(address)), lifecycle_name(m->state),
                   vain             ? " for "
                   : why[0] == '\0' ? ""
                                    : ": ",
                   why, call->kind->what);
    control_error(call->client, ERR_REFUSED, text);
}

/* True when it was answered. */
static bool calls_try(struct call *call)
{
    if (call->kind == NULL)
        return false;
    if (selection_all(&call->sel, call->kind->reached)) {
        calls_answer(call);
        return true;
    }
    for (size_t i = 0; call->kind->hopeless != NULL && i < call->sel.n; i++) {
        if (!call->kind->hopeless(call->sel.members[i]))
            continue;
        calls_refuse(call, call->sel.members[i]);
        return true;
    }
    return false;
}

static void calls_free(struct call *call)
{
    selection_release(&call->sel);
    free(call);
}

void calls_add(struct client *c, const struct call_kind *kind, struct selection *sel)
{
    struct system *s = client_system(c);
    struct call *call = calloc(1, sizeof(*call));

    if (call == NULL) {
        client_result(c, ERR_NOMEM, NULL);
        return;
    }
    *call = (struct call){.client = c, .kind = kind, .sel = *sel};
    *sel = (struct selection){0};
    client_waits(c);
    vain_find(s); /* what was changed in this turn has not been looked at yet */
    if (calls_try(call)) {
        calls_free(call);
        return;
    }
    call->next = s->calls;
    s->calls = call;
}

void calls_check(struct system *s)
{
    struct call **at = &s->calls;

    while (*at != NULL) {
        struct call *call = *at;
        if (calls_try(call)) {
            *at = call->next;
            calls_free(call);
        } else {
            at = &call->next;
        }
    }
}

void calls_each(struct system *s, void (*cb)(void *arg, const struct actor *a), void *arg)
{
    for (const struct call *call = s->calls; call != NULL; call = call->next)
        for (size_t i = 0; i < call->sel.n; i++)
            cb(arg, call->sel.members[i]->actor);
}

void calls_forget(struct system *s, struct client *c)
{
    struct call **at = &s->calls;

    while (*at != NULL) {
        struct call *call = *at;
        if (call->client == c) {
            *at = call->next;
            calls_free(call);
        } else {
            at = &call->next;
        }
    }
}

struct calls_survivors {
    json_t *list;
};

static bool calls_survivor(void *arg, pid_t pid)
{
    struct calls_survivors *v = arg;
    char command[128];

    if (procs_is_zombie(pid))
        return true;
    procs_command(pid, command, sizeof(command));
    json_t *o = json_pack("{s:i, s:s}", "pid", (int)pid, "command", command);
    (void)json_array_append_new(v->list, o != NULL ? o : json_pack("{s:i}", "pid", (int)pid));
    return true;
}

void calls_finish(struct system *s)
{
    char hosts[256];

    taps_finish(s);
    (void)hosts_left(s, hosts, sizeof(hosts));
    while (s->calls != NULL) {
        struct call *call = s->calls;
        struct calls_survivors v = {json_array()};
        s->calls = call->next;
        if (call->kind == NULL) {
            (void)procs_children(calls_survivor, &v);
            client_result(call->client, 0,
                          json_pack("{s:I, s:I, s:O, s:s}", "unhandled",
                                    (json_int_t)flow_unhandled(s), "kept", (json_int_t)s->kept,
                                    "survivors", v.list, "hosts", hosts));
        } else {
            control_error(call->client, ERR_NOT_RUNNING, "the system has stopped");
        }
        json_decref(v.list);
        calls_free(call);
    }
}
