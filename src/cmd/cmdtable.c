#include "cmd/cmd.h"
#include "cmd/commands.h"

const struct cmd *const cmd_table[] = {
    &cmd_up,      &cmd_down,   &cmd_ps,         &cmd_logs,    &cmd_start,  &cmd_stop,
    &cmd_restart, &cmd_kill,   &cmd_wait,       &cmd_check,   &cmd_events, &cmd_dead,
    &cmd_audit,   &cmd_schema, &cmd_completion, &cmd_version, NULL,
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
    {"XDG_RUNTIME_DIR", "the same, when ACTORSUP_RUNTIME_DIR is not set"},
    {"XDG_STATE_HOME", "where logs are kept (~/.local/state)"},
    {"HOME", "the home folder, when XDG_STATE_HOME is not set"},
    {"NO_COLOR", "when not empty: no colours on a terminal either"},
    {"TERM", "dumb: no colours"},
    {"ACTOR_NAME", "in an actor: the name under which it sends"},
    {"ACTOR_TOKEN", "in an actor: proves that name"},
    {0},
};
