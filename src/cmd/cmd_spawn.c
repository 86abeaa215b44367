#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/link.h"

#include <stdio.h>
#include <string.h>

static const struct opt spawn_options[] = {
    {'a', "arg", OPT_VALUE, "TEXT", "one more word of its command; may be given several times"},
    {'e', "env", OPT_VALUE, "K=V", "a variable of its environment; may be given several times"},
    {0},
};

static int spawn_texts(const struct cmd_call *call, const char *option, json_t *request,
                       const char *key)
{
    json_t *list = json_array();
    const char *value;
    size_t at = 0;
    while ((value = opts_next(&call->opts, option, &at)) != NULL) {
        if (strcmp(option, "env") == 0 && (*value == '=' || strchr(value, '=') == NULL)) {
            json_decref(list);
            return cmd_fail(CMD_USAGE, "spawn --env: \"%s\" is not K=V", value);
        }
        json_array_append_new(list, json_string(value));
    }
    json_object_set_new(request, key, list);
    return CMD_OK;
}

static int spawn_run(const struct cmd_call *call)
{
    json_t *request = json_pack("{s:s, s:s}", "cmd", "spawn", "template", call->opts.args[0]),
           *answer = NULL;
    if (call->opts.n_args > 1)
        json_object_set_new(request, "name", json_string(call->opts.args[1]));
    int status = spawn_texts(call, "arg", request, "args");
    if (status == CMD_OK)
        status = spawn_texts(call, "env", request, "env");
    if (status != CMD_OK) {
        json_decref(request);
        return status;
    }
    status = ctl_once(call, request, link_answer_ms(), &answer);
    if (status == CMD_OK)
        puts(ctl_text(answer, "name"));
    json_decref(answer);
    return status;
}

const struct cmd cmd_spawn = {
    .name = "spawn",
    .args = "TEMPLATE [NAME]",
    .brief = "Start an actor of a template of the file, and print its address",
    .more =
        "Without NAME it is TEMPLATE-N. Run by an actor, it is that actor's child, at ACTOR.NAME.\n"
        "It is there until it is done, or has ended by `exit`, or its parent has.\n",
    .options = spawn_options,
    .min_args = 1,
    .max_args = 2,
    .words = CMD_WORDS_NONE,
    .run = spawn_run,
};
