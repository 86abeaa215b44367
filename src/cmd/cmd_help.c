#include "cmd/commands.h"

static int help_run(const struct cmd_call *call)
{
    const char *name = call->opts.args[0];
    const struct cmd *cmd = name != NULL ? cmd_find(name) : NULL;
    if (name != NULL && cmd == NULL)
        return cmd_unknown(name);
    cmd_print_help(cmd);
    return CMD_OK;
}

const struct cmd cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .brief = "Show help, of a command if one is named",
    .max_args = 1,
    .words = CMD_WORDS_COMMANDS,
    .run = help_run,
};
