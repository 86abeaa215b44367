#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"
#include "model/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct opt version_options[] = {
    {'j', "json", OPT_NOTHING, NULL, "print a JSON object"},
    {0},
};

/* What the supervisor says of itself, when the system that is meant runs; else NULL. */
static json_t *version_running(const struct cmd_call *call)
{
    char system[FIND_NAME_MAX + 1];
    struct ctl *c = NULL;
    json_t *answer = NULL;
    struct err e;
    if (find_system(call->system, call->file, system, &e) != 0 || ctl_open(system, &c, &e) != 0)
        return NULL;
    if (ctl_call(c, ctl_request("version", NULL), link_answer_ms(), &answer, &e) != 0)
        answer = NULL;
    ctl_close(c);
    return answer;
}

static void version_json(json_t *running)
{
    json_t *o = json_pack("{s:s, s:i, s:s}", cmd_program, PACKAGE_VERSION, "protocol",
                          FRAME_VERSION, "jansson", jansson_version_str());
    if (running != NULL)
        json_object_set(o, "running", running);
    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

static void version_text(const json_t *running)
{
    printf("%s %s (protocol %d, jansson %s)\n", cmd_program, PACKAGE_VERSION, FRAME_VERSION,
           jansson_version_str());
    if (running != NULL)
        printf("system %s: supervisor %s, pid %" PRId64 ", %s\n", ctl_text(running, "system"),
               ctl_text(running, "version"), ctl_int(running, "pid"), ctl_text(running, "file"));
}

static int version_run(const struct cmd_call *call)
{
    json_t *running = version_running(call);
    if (opts_has(&call->opts, "json"))
        version_json(running);
    else
        version_text(running);
    json_decref(running);
    return CMD_OK;
}

const struct cmd cmd_version = {
    .name = "version",
    .args = "",
    .brief = "Show the version, and that of the system if it runs",
    .options = version_options,
    .words = CMD_WORDS_NONE,
    .run = version_run,
};
