#include "base/units.h"
#include "cmd/columns.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct opt ps_options[] = {
    {'j', "json", OPT_NOTHING, NULL, "print a JSON array, an object for each process"},
    {'q', "names", OPT_NOTHING, NULL, "print the names of the actors alone, one a line"},
    {0},
};

static const struct {
    const char *state, *colour;
} ps_colours[] = {
    {"ready", "32"},    {"running", "32"}, {"done", "36"},   {"waiting", "33"},
    {"starting", "33"}, {"backoff", "33"}, {"failed", "31"}, {"unhealthy", "31"},
};

static const char *ps_colour(const char *state)
{
    for (size_t i = 0; i < sizeof ps_colours / sizeof ps_colours[0]; i++) {
        if (strcmp(ps_colours[i].state, state) == 0)
            return ps_colours[i].colour;
    }
    return NULL;
}

static void ps_age(struct columns *c, int64_t ms)
{
    char buf[32];
    columns_cell(c, NULL, "%s", ms > 0 ? units_age_text(ms, buf, sizeof buf) : "-");
}

static void ps_row(struct columns *c, const json_t *a)
{
    const char *state = ctl_text(a, "state");
    columns_cell(c, NULL, "%s", ctl_text(a, "address"));
    columns_cell(c, ps_colour(state), "%s", state);
    if (ctl_int(a, "pid") > 0)
        columns_cell(c, NULL, "%" PRId64, ctl_int(a, "pid"));
    else
        columns_cell(c, NULL, "-");
    columns_cell(c, NULL, "%s", ctl_text(a, "host"));
    columns_cell(c, NULL, "%" PRId64, ctl_int(a, "restarts"));
    columns_cell(c, NULL, "%" PRId64, ctl_int(a, "queued"));
    columns_cell(c, NULL, "%" PRId64, ctl_int(a, "in_hand"));
    ps_age(c, ctl_int(a, "oldest_ms"));
    columns_cell(c, NULL, "%" PRId64, ctl_int(a, "handled"));
    ps_age(c, ctl_int(a, "uptime_ms"));
    const char *said = ctl_text(a, "said");
    columns_cell(c, NULL, "%s%s%s", ctl_text(a, "reason"), *said != '\0' ? ": " : "", said);
    columns_row(c);
}

static void ps_table(const json_t *actors)
{
    static const char *const titles[] = {"NAME",     "STATE",  "PID",     "HOST",
                                         "RESTARTS", "QUEUED", "IN HAND", "OLDEST",
                                         "HANDLED",  "UPTIME", "WHY"};
    struct columns *c = columns_new("llrlrrrrrrl", titles);
    size_t i;
    json_t *a;
    json_array_foreach(actors, i, a) ps_row(c, a);
    columns_print(c, cmd_colour(STDOUT_FILENO));
    columns_free(c);
}

/* A pool has a row for each member, but one name. */
static void ps_names(const json_t *actors)
{
    const char *last = "";
    size_t i;
    json_t *a;
    json_array_foreach(actors, i, a)
    {
        const char *name = ctl_text(a, "name");
        if (strcmp(name, last) != 0)
            puts(name);
        last = name;
    }
}

static int ps_run(const struct cmd_call *call)
{
    json_t *answer = NULL;
    int status = ctl_once(call, ctl_request("ps", call->opts.args), link_answer_ms(), &answer);
    if (status != CMD_OK)
        return status;
    const json_t *actors = json_object_get(answer, "actors");
    if (opts_has(&call->opts, "json"))
        ctl_print_array(actors);
    else if (opts_has(&call->opts, "names"))
        ps_names(actors);
    else
        ps_table(actors);
    json_decref(answer);
    return CMD_OK;
}

const struct cmd cmd_ps = {
    .name = "ps",
    .args = "[ACTOR...]",
    .brief = "Show the state of each actor, its mailbox, and why it is not running",
    .more = "ACTOR is a name, a member of a pool (count/2), or a quoted glob ('c*').",
    .options = ps_options,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = ps_run,
};
