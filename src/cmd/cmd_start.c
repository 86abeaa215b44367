#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/onactors.h"

static int start_run(const struct cmd_call *call)
{
    return onactors_run(call, ctl_request("start", call->opts.args), "started", false);
}

const struct cmd cmd_start = {
    .name = "start",
    .args = "ACTOR...",
    .brief = "Start actors that are stopped, done, failed or waiting to restart",
    .more = ONACTORS_MORE,
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = start_run,
};
