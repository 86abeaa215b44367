#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/onactors.h"

static int restart_run(const struct cmd_call *call)
{
    return onactors_run(call, ctl_request("restart", call->opts.args), "restarted", false);
}

const struct cmd cmd_restart = {
    .name = "restart",
    .args = "ACTOR...",
    .brief = "Stop actors and start them again; their mailboxes stay",
    .more = ONACTORS_MORE,
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = restart_run,
};
