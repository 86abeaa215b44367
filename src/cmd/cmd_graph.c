#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/graphprint.h"
#include "cmd/link.h"
#include "config/topograph.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct opt graph_options[] = {
    {0, "format", OPT_VALUE, "ascii|dot|mermaid|json", "the form; ascii is the default"},
    {0},
};

static const char *const graph_formats[] = {"ascii", "dot", "mermaid", "json", NULL};

/* From a file. */
static int graph_read(const char *path, json_t **doc)
{
    struct topology *t = NULL;
    struct faults faults;
    struct err e;
    faults_init(&faults);
    int status = CMD_OK;
    int rc = topology_load(path, &t, &faults, &e);
    if (rc != 0 && faults.n > 0) {
        faults_print(&faults, stderr);
        status = CMD_USAGE;
    } else if (rc != 0) {
        status = cmd_fail(CMD_USAGE, "%s", e.text);
    } else {
        *doc = topograph_of(t);
    }
    topology_free(t);
    faults_release(&faults);
    return status;
}

/* The file to read when no system of it runs; NULL: there is none. */
static const char *graph_file(const struct cmd_call *call)
{
    const char *system = getenv("ACTORSUP_SYSTEM");
    if (call->file != NULL)
        return call->file;
    if (call->system != NULL || (system != NULL && *system != '\0') || access(FIND_FILE, F_OK) != 0)
        return NULL;
    return FIND_FILE;
}

/* The running system; or else what its file says. */
static int graph_find(const struct cmd_call *call, json_t **doc)
{
    char system[FIND_NAME_MAX + 1];
    const char *file = graph_file(call);
    struct err e;
    if (call->opts.n_args > 0)
        return graph_read(call->opts.args[0], doc);
    int status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    if (ctl_ask(system, ctl_request("graph", NULL), link_answer_ms(), doc, &e) == 0)
        return CMD_OK;
    return e.code == ERR_NOT_RUNNING && file != NULL ? graph_read(file, doc) : ctl_fail(&e);
}

static int graph_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void graph_print(const char *format, const json_t *doc)
{
    bool colour = cmd_colour(STDOUT_FILENO);
    if (strcmp(format, "dot") == 0) {
        graph_dot(stdout, doc);
    } else if (strcmp(format, "mermaid") == 0) {
        graph_mermaid(stdout, doc);
    } else if (strcmp(format, "json") == 0) {
        json_dumpf(doc, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (!graph_picture(stdout, doc, graph_width(), colour)) {
        graph_list(stdout, doc, colour);
    }
}

static int graph_run(const struct cmd_call *call)
{
    const char *format = opts_value(&call->opts, "format");
    json_t *doc = NULL;
    bool known = format == NULL;
    for (size_t i = 0; !known && graph_formats[i] != NULL; i++)
        known = strcmp(format, graph_formats[i]) == 0;
    if (!known) {
        const char *near = text_nearest(format, graph_formats);
        return cmd_fail(CMD_USAGE, "graph: --format is ascii, dot, mermaid or json%s%s%s",
                        near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                        near != NULL ? "?)" : "");
    }
    int status = graph_find(call, &doc);
    if (status == CMD_OK)
        graph_print(format == NULL ? "ascii" : format, doc);
    json_decref(doc);
    return status;
}

const struct cmd cmd_graph = {
    .name = "graph",
    .args = "[FILE]",
    .brief = "Show actors, groups and what goes between them, with counts when it runs",
    .more = "With FILE, or when the system does not run: as its file has it, without counts.",
    .options = graph_options,
    .max_args = 1,
    .words = CMD_WORDS_FILES,
    .run = graph_run,
};
