#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/onactors.h"

static const struct opt exit_options[] = {
    {'n', "now", OPT_NOTHING, NULL, "do not hand over first what waits for them"},
    {0},
};

static int exit_run(const struct cmd_call *call)
{
    json_t *request = ctl_request("exit", call->opts.args);
    json_object_set_new(request, "now", json_boolean(opts_has(&call->opts, "now")));
    return onactors_run(call, request, "ended", false);
}

const struct cmd cmd_exit = {
    .name = "exit",
    .args = "ACTOR...",
    .brief = "End actors for good, once they have handled what waits, and after their children",
    .more =
        "One that was spawned is gone then, also when it was stopped or has failed: what waits for "
        "it\n"
        "goes to the dead letters. One of the file is stopped. It takes no more mail meanwhile.\n"
        "ACTOR is a name or a quoted glob ('boss.*').\n",
    .options = exit_options,
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = exit_run,
};
