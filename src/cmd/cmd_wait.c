#include "base/bytes.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"

#include <stdbool.h>
#include <string.h>

static const struct opt wait_options[] = {
    {0, "for", OPT_VALUE, "ready|done|stopped", "what to wait for (done)"},
    {'t', "timeout", OPT_VALUE, "SECS", "give up after so long, with status 1 (never)"},
    {0},
};

struct wait {
    const char *what;
    char *const *names;
    char system[FIND_NAME_MAX + 1];
};

static int wait_status(const char *what, const json_t *answer)
{
    int64_t status = ctl_int(answer, "status");
    if (strcmp(what, "done") != 0)
        return CMD_OK;
    return status >= 0 && status <= 255 ? (int)status : CMD_NO;
}

static int wait_ask(const struct wait *w, int64_t ms, struct err *e)
{
    json_t *request = ctl_request("wait", w->names);
    json_object_set_new(request, "for", json_string(w->what));
    json_t *answer = NULL;
    int rc = ctl_ask(w->system, request, ms, &answer, e);
    int status = rc == 0 ? wait_status(w->what, answer) : rc;
    json_decref(answer);
    return status;
}

/* The states that count as what was waited for. */
static bool wait_is(const char *state, const char *what)
{
    static const struct {
        const char *what, *states[4];
    } rows[] = {
        {"ready", {"ready", "done"}},
        {"done", {"done", "failed"}},
        {"stopped", {"stopped", "done", "failed"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; strcmp(rows[i].what, what) == 0 && rows[i].states[k] != NULL; k++) {
            if (strcmp(rows[i].states[k], state) == 0)
                return true;
        }
    }
    return false;
}

/* "db is starting, web/2 is backoff (exit 3)" of those that are not so. */
static void wait_list(struct bytes *out, const json_t *actors, const char *what)
{
    size_t i;
    json_t *a;
    json_array_foreach(actors, i, a)
    {
        const char *state = ctl_text(a, "state"), *reason = ctl_text(a, "reason");
        if (wait_is(state, what))
            continue;
        if (strncmp(reason, state, strlen(state)) == 0) {
            state = reason; /* "waiting for db to be ready" */
            reason = "";
        }
        bool why = *reason != '\0';
        bytes_printf(out, "%s%s is %s%s%s%s", bytes_len(out) > 0 ? ", " : "",
                     ctl_text(a, "address"), state, why ? " (" : "", reason, why ? ")" : "");
    }
}

/* Time has run out: says of each that is not so what it is instead. */
static int wait_over(const struct wait *w, int64_t ms)
{
    json_t *answer = NULL;
    struct bytes list;
    struct err e;
    char after[32];
    bytes_init(&list);
    if (ctl_ask(w->system, ctl_request("ps", w->names), link_answer_ms(), &answer, &e) != 0)
        return ctl_fail(&e);
    wait_list(&list, json_object_get(answer, "actors"), w->what);
    json_decref(answer);
    int status;
    const char *text = bytes_cstr(&list);
    if (text == NULL || *text != '\0')
        status = cmd_fail(CMD_NO, "%s, not %s, after %s", text != NULL ? text : "some", w->what,
                          units_duration_text(ms, after, sizeof after));
    else if ((status = wait_ask(w, link_answer_ms(), &e)) < 0) /* so in the last moment */
        status = ctl_fail(&e);
    bytes_release(&list);
    return status;
}

static int wait_word(const char *what)
{
    static const char *const known[] = {"ready", "done", "stopped", NULL};
    for (size_t i = 0; known[i] != NULL; i++) {
        if (strcmp(known[i], what) == 0)
            return CMD_OK;
    }
    const char *near = text_nearest(what, known);
    return cmd_fail(CMD_USAGE, "wait --for: \"%s\" is not ready, done or stopped%s%s%s", what,
                    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                    near != NULL ? "?)" : "");
}

static int wait_run(const struct cmd_call *call)
{
    struct wait w = {.what = opts_value(&call->opts, "for"), .names = call->opts.args};
    const char *timeout = opts_value(&call->opts, "timeout");
    int64_t ms = -1;
    struct err e;
    if (w.what == NULL)
        w.what = "done";
    int status = wait_word(w.what);
    if (status == CMD_OK && timeout != NULL && cmd_seconds("--timeout", timeout, &ms, &e) != 0)
        status = cmd_fail_err(&e);
    if (status == CMD_OK)
        status = find_for(call, w.system);
    if (status != CMD_OK)
        return status;
    status = wait_ask(&w, ms, &e);
    if (status == ERR_TIMEOUT && ms >= 0)
        return wait_over(&w, ms);
    return status < 0 ? ctl_fail(&e) : status;
}

const struct cmd cmd_wait = {
    .name = "wait",
    .args = "ACTOR...",
    .brief = "Wait until actors are done, ready or stopped",
    .more = "Waiting for done, the exit status is that of the (last) actor.",
    .options = wait_options,
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = wait_run,
};
