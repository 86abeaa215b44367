/* Every command of actorsup, each defined in cmd_NAME.c. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/cmd.h"

extern const struct cmd cmd_up;
extern const struct cmd cmd_down;
extern const struct cmd cmd_ps;
extern const struct cmd cmd_ls;
extern const struct cmd cmd_top;
extern const struct cmd cmd_logs;
extern const struct cmd cmd_start;
extern const struct cmd cmd_stop;
extern const struct cmd cmd_restart;
extern const struct cmd cmd_kill;
extern const struct cmd cmd_scale;
extern const struct cmd cmd_reload;
extern const struct cmd cmd_spawn;
extern const struct cmd cmd_exit;
extern const struct cmd cmd_wait;
extern const struct cmd cmd_check;
extern const struct cmd cmd_events;
extern const struct cmd cmd_tap;
extern const struct cmd cmd_graph;
extern const struct cmd cmd_trace;
extern const struct cmd cmd_dead;
extern const struct cmd cmd_attach;
extern const struct cmd cmd_audit;
extern const struct cmd cmd_host;
extern const struct cmd cmd_join;
extern const struct cmd cmd_schema;
extern const struct cmd cmd_completion;
extern const struct cmd cmd_version;
extern const struct cmd cmd_help;

#endif
