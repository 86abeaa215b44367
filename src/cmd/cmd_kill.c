#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/onactors.h"

#include <signal.h>

static const struct opt kill_options[] = {
    {0, "signal", OPT_SIGNAL, "SIGNAL", "the signal, by name or number (KILL)"},
    {0},
};

static int kill_run(const struct cmd_call *call)
{
    const char *name = opts_value(&call->opts, "signal");
    int signo = name != NULL ? text_signal_number(name) : SIGKILL;
    if (signo <= 0)
        return cmd_fail(CMD_USAGE, "kill: unknown signal \"%s\"; write TERM, SIGTERM or 15", name);
    json_t *request = ctl_request("kill", call->opts.args);
    json_object_set_new(request, "signal", json_integer(signo));
    return onactors_run(call, request, "signalled", true);
}

const struct cmd cmd_kill = {
    .name = "kill",
    .args = "ACTOR...",
    .brief = "Send a signal to the processes of actors; their restart rules then decide",
    .more = ONACTORS_MORE,
    .options = kill_options,
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = kill_run,
};
