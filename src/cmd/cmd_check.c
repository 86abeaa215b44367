#include "cmd/commands.h"
#include "cmd/find.h"
#include "config/topology.h"

#include <stdio.h>
#include <unistd.h>

static void check_fine(const char *path, const struct topology *t)
{
    size_t templates = 0, hosts = 0;
    for (size_t i = 0; i < t->n_actors; i++)
        templates += t->actors[i].template, hosts += t->actors[i].is_host;
    size_t actors = t->n_actors - templates - hosts;
    printf("%s: system %s, %zu actor%s", path, t->system, actors, actors == 1 ? "" : "s");
    if (templates > 0)
        printf(", %zu template%s", templates, templates == 1 ? "" : "s");
    if (hosts > 0)
        printf(", %zu host%s", hosts, hosts == 1 ? "" : "s");
    puts(", no faults");
}

static int check_run(const struct cmd_call *call)
{
    const char *path = call->opts.n_args > 0 ? call->opts.args[0] : call->file;
    struct topology *t = NULL;
    struct faults faults;
    struct err e;
    if (call->system != NULL)
        return cmd_fail(CMD_USAGE, "check reads a file, not a running system: give FILE");
    if (path == NULL)
        path = FIND_FILE;
    faults_init(&faults);
    int status = CMD_OK;
    int rc = topology_load(path, &t, &faults, &e);
    if (rc != 0 && faults.n > 0) {
        faults_print(&faults, stderr);
        status = CMD_USAGE;
    } else if (rc != 0) {
        status = cmd_fail(CMD_USAGE, "%s", e.text);
    } else {
        check_fine(path, t);
    }
    topology_free(t);
    faults_release(&faults);
    return status;
}

const struct cmd cmd_check = {
    .name = "check",
    .args = "[FILE]",
    .brief = "Check a file and show the faults in it, each with its place",
    .more = "FILE is ./" FIND_FILE " when it is not given.",
    .max_args = 1,
    .words = CMD_WORDS_FILES,
    .run = check_run,
};
