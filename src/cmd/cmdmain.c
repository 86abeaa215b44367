/* The command line of actorsup: global options, the command, its options. */
#include "cmd/cmd.h"
#include "cmd/commands.h"

#include <stdlib.h>

static int cmdmain_arguments(const struct cmd_call *call)
{
    const struct cmd *c = call->cmd;
    int n = call->opts.n_args;
    if (n < c->min_args)
        return cmd_fail(CMD_USAGE, "%s: too few arguments: %s %s; see actorsup %s --help", c->name,
                        c->name, c->args, c->name);
    if (c->max_args >= 0 && n > c->max_args)
        return cmd_fail(CMD_USAGE, "%s: unexpected argument \"%s\"; see actorsup %s --help",
                        c->name, call->opts.args[c->max_args], c->name);
    if (call->system != NULL && call->file != NULL)
        return cmd_fail(CMD_USAGE, "give -s SYSTEM or -f FILE, not both");
    return CMD_OK;
}

static void cmdmain_globals(struct cmd_call *call, const struct opts *o)
{
    const char *system = opts_value(o, "system");
    const char *file = opts_value(o, "file");
    if (system != NULL)
        call->system = system;
    if (file != NULL)
        call->file = file;
}

static int cmdmain_command(const struct cmd *cmd, const struct opts *before, int argc, char **argv)
{
    const struct opt *const tables[] = {cmd->options, cmd_global_options, NULL};
    const struct opt *const only_global[] = {cmd_global_options, NULL};
    struct cmd_call call = {.cmd = cmd};
    struct err e;
    if (opts_parse(&call.opts, cmd->options != NULL ? tables : only_global, OPT_MIXED, argc, argv,
                   &e) != 0)
        return cmd_fail(CMD_USAGE, "%s: %s", cmd->name, e.text);
    cmdmain_globals(&call, before);
    cmdmain_globals(&call, &call.opts);

    int status;
    if (opts_has(&call.opts, "help") || opts_has(before, "help")) {
        cmd_print_help(cmd);
        status = CMD_OK;
    } else if (opts_has(&call.opts, "version")) {
        status = cmd_version.run(&call);
    } else {
        status = cmdmain_arguments(&call);
        if (status == CMD_OK)
            status = cmd->run(&call);
    }
    opts_release(&call.opts);
    return cmd_finish(status);
}

int cmd_actorsup_main(int argc, char **argv)
{
    static const struct opt *const tables[] = {cmd_global_options, NULL};
    struct opts o;
    struct err e;
    cmd_begin();
    if (opts_parse(&o, tables, OPT_FIRST, argc - 1, argv + 1, &e) != 0)
        return cmd_fail(CMD_USAGE, "%s", e.text);

    int status;
    if (o.n_args > 0) {
        const struct cmd *cmd = cmd_find(o.args[0]);
        if (cmd != NULL)
            status = cmdmain_command(cmd, &o, o.n_args - 1, o.args + 1);
        else
            status = cmd_unknown(o.args[0]);
    } else if (opts_has(&o, "help")) {
        cmd_print_help(NULL);
        status = cmd_finish(CMD_OK);
    } else if (opts_has(&o, "version")) {
        const struct cmd_call call = {.cmd = &cmd_version, .opts = o};
        status = cmd_finish(cmd_version.run(&call));
    } else {
        status = cmd_fail(CMD_USAGE, "no command given; actorsup --help lists them");
    }
    opts_release(&o);
    return status;
}
