#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/commands.h"

#include <string.h>

const struct cmd *const cmd_table[] = {
    &cmd_up,     &cmd_down,   &cmd_ps,         &cmd_ls,      &cmd_top,    &cmd_logs,
    &cmd_start,  &cmd_stop,   &cmd_restart,    &cmd_kill,    &cmd_attach, &cmd_scale,
    &cmd_reload, &cmd_spawn,  &cmd_exit,       &cmd_wait,    &cmd_check,  &cmd_events,
    &cmd_tap,    &cmd_trace,  &cmd_graph,      &cmd_dead,    &cmd_audit,  &cmd_host,
    &cmd_join,   &cmd_schema, &cmd_completion, &cmd_version, &cmd_help,   NULL,
};

const struct opt cmd_global_options[] = {
    {'s', "system", OPT_VALUE, "SYSTEM", "the running system of this name"},
    {'f', "file", OPT_VALUE, "FILE", "the system that this file describes"},
    {'h', "help", OPT_NOTHING, NULL, "show this help"},
    {'V', "version", OPT_NOTHING, NULL, "show the version"},
    {0},
};

const struct cmd_note cmd_exits[] = {
    {"0", "done"},
    {"1", "the answer is no: not delivered, unknown actor, timed out, not ready, survivors"},
    {"2", "wrong usage, or a faulty file"},
    {"3", "no such system is running"},
    {0},
};

const struct cmd_note cmd_environment[] = {
    {"ACTORSUP_SYSTEM", "the system, when neither -s nor -f is given"},
    {"ACTORSUP_RUNTIME_DIR", "where the folders of running systems are"},
    {"ACTORSUP_ANSWER_TIMEOUT", "how long a supervisor may take to answer at all (10s)"},
    {"NOTIFY_SOCKET", "the service manager that `up` tells how the system is"},
    {"WATCHDOG_USEC", "how often that wants a sign of life"},
    {"WATCHDOG_PID", "of which process it does"},
    {"XDG_RUNTIME_DIR", "the same, when ACTORSUP_RUNTIME_DIR is not set"},
    {"XDG_STATE_HOME", "where logs are kept (~/.local/state)"},
    {"HOME", "the home folder, when XDG_STATE_HOME is not set"},
    {"NO_COLOR", "when not empty: no colours on a terminal either"},
    {"TERM", "dumb: no colours, and no live view"},
    {"ACTOR_NAME", "in an actor: the name under which it sends"},
    {"ACTOR_TOKEN", "in an actor: proves that name"},
    {0},
};

const struct cmd *cmd_find(const char *name)
{
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
    }
    return NULL;
}

int cmd_unknown(const char *name)
{
    const char *names[sizeof cmd_table / sizeof cmd_table[0]] = {NULL};
    for (size_t i = 0; cmd_table[i] != NULL; i++)
        names[i] = cmd_table[i]->name;
    const char *near = text_nearest(name, names);
    if (near != NULL)
        return cmd_fail(CMD_USAGE, "unknown command \"%s\" (did you mean %s?)", name, near);
    return cmd_fail(CMD_USAGE, "unknown command \"%s\"; actorsup --help lists them", name);
}
