#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/onactors.h"

static int stop_run(const struct cmd_call *call)
{
    return onactors_run(call, ctl_request("stop", call->opts.args), "stopped", false);
}

const struct cmd cmd_stop = {
    .name = "stop",
    .args = "ACTOR...",
    .brief = "Stop actors gently; their mailboxes stay and go on filling",
    .more = ONACTORS_MORE,
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = stop_run,
};
