#include "base/text.h"
#include "cmd/columns.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/link.h"
#include "cmd/systems.h"
#include "io/rundir.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const struct opt ls_options[] = {
    {'j', "json", OPT_NOTHING, NULL, "print a JSON array, an object for each system"},
    {'q', "names", OPT_NOTHING, NULL, "print the names alone, one a line"},
    {0},
};

/* Of one that does not answer: what its folder tells. */
static json_t *ls_silent(const char *system, const struct err *why)
{
    struct rundir *r = NULL;
    struct err e;
    long pid = rundir_open(system, false, &r, &e) == 0 ? (long)rundir_pid(r) : 0;
    rundir_free(r);
    return json_pack("{s:s, s:I, s:s}", "system", system, "pid", (json_int_t)pid, "error",
                     why->text);
}

/* The second it began, by this machine's clock. */
static void ls_since(json_t *o)
{
    char text[32];
    time_t since = time(NULL) - (time_t)(ctl_int(o, "uptime_ms") / 1000);
    struct tm tm;
    if (gmtime_r(&since, &tm) != NULL && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
        json_object_set_new(o, "since", json_string(text));
}

static json_t *ls_ask(const struct systems *s)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < s->n; i++) {
        json_t *o = NULL;
        struct err e;
        if (ctl_ask(s->names[i], ctl_request("version", NULL), link_answer_ms(), &o, &e) == 0)
            ls_since(o);
        else if (e.code != ERR_NOT_RUNNING) /* it has ended meanwhile */
            o = ls_silent(s->names[i], &e);
        if (o != NULL)
            json_array_append_new(rows, o);
    }
    return rows;
}

static void ls_row(struct columns *c, const json_t *o)
{
    char since[32] = "-";
    time_t at = time(NULL) - (time_t)(ctl_int(o, "uptime_ms") / 1000);
    struct tm tm;
    bool silent = json_object_get(o, "error") != NULL;
    if (!silent && localtime_r(&at, &tm) != NULL)
        (void)strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", &tm);
    columns_cell(c, NULL, "%s", ctl_text(o, "system"));
    columns_cell(c, NULL, "%" PRId64, ctl_int(o, "pid"));
    if (silent)
        columns_cell(c, NULL, "-");
    else
        columns_cell(c, NULL, "%" PRId64, ctl_int(o, "actors"));
    columns_cell(c, NULL, "%s", since);
    columns_cell(c, silent ? "31" : NULL, "%s",
                 silent ? "it does not answer" : ctl_text(o, "file"));
    columns_row(c);
}

static void ls_table(const json_t *rows)
{
    static const char *const titles[] = {"NAME", "PID", "ACTORS", "SINCE", "FILE"};
    struct columns *c = columns_new("lrrll", titles);
    size_t i;
    json_t *o;
    json_array_foreach(rows, i, o) ls_row(c, o);
    columns_print(c, cmd_colour(STDOUT_FILENO));
    columns_free(c);
}

static int ls_run(const struct cmd_call *call)
{
    struct systems s = {0};
    struct err e;
    if (systems_running(&s, &e) != 0)
        return cmd_fail_err(&e);
    if (opts_has(&call->opts, "names")) {
        for (size_t i = 0; i < s.n; i++)
            puts(s.names[i]);
    } else {
        json_t *rows = ls_ask(&s);
        if (opts_has(&call->opts, "json"))
            ctl_print_array(rows);
        else
            ls_table(rows);
        json_decref(rows);
    }
    systems_release(&s);
    return CMD_OK;
}

const struct cmd cmd_ls = {
    .name = "ls",
    .args = "",
    .brief = "List the running systems of this user, and the file of each",
    .options = ls_options,
    .words = CMD_WORDS_NONE,
    .run = ls_run,
};
