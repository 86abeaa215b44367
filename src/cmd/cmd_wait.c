#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"

#include <string.h>

static const struct opt wait_options[] = {
    {0, "for", OPT_VALUE, "ready|done|stopped", "what to wait for (done)"},
    {'t', "timeout", OPT_VALUE, "SECS", "give up after so long, with status 1 (never)"},
    {0},
};

static int wait_status(const char *what, const json_t *answer)
{
    int64_t status = ctl_int(answer, "status");
    if (strcmp(what, "done") != 0)
        return CMD_OK;
    return status >= 0 && status <= 255 ? (int)status : CMD_NO;
}

static int wait_run(const struct cmd_call *call)
{
    static const char *const known[] = {"ready", "done", "stopped", NULL};
    const char *what = opts_value(&call->opts, "for");
    const char *timeout = opts_value(&call->opts, "timeout");
    int64_t ms = -1;
    struct err e;
    if (what == NULL)
        what = "done";
    size_t i = 0;
    while (known[i] != NULL && strcmp(known[i], what) != 0)
        i++;
    if (known[i] == NULL) {
        const char *near = text_nearest(what, known);
        return cmd_fail(CMD_USAGE, "wait --for: \"%s\" is not ready, done or stopped%s%s%s", what,
                        near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                        near != NULL ? "?)" : "");
    }
    if (timeout != NULL && cmd_seconds("--timeout", timeout, &ms, &e) != 0)
        return cmd_fail_err(&e);

    json_t *request = ctl_request("wait", call->opts.args);
    json_object_set_new(request, "for", json_string(what));
    json_t *answer = NULL;
    int status = ctl_once(call, request, ms, &answer);
    if (status == CMD_OK)
        status = wait_status(what, answer);
    json_decref(answer);
    return status;
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
