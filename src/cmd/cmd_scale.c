#include "cmd/commands.h"
#include "cmd/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "count=4" into pools. False when it is no such thing. */
static bool scale_one(json_t *pools, const char *text)
{
    const char *equals = strrchr(text, '=');
    char name[256], *end;
    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof name ||
        equals[1] < '0' || equals[1] > '9')
        return false;
    long n = strtol(equals + 1, &end, 10);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    return *end == '\0' && json_object_set_new(pools, name, json_integer(n)) == 0;
}

static int scale_run(const struct cmd_call *call)
{
    json_t *pools = json_object(), *answer = NULL, *n;
    const char *name;
    for (char **arg = call->opts.args; *arg != NULL; arg++) {
        if (scale_one(pools, *arg))
            continue;
        json_decref(pools);
        return cmd_fail(CMD_USAGE, "scale: \"%s\" is not ACTOR=N, as count=4", *arg);
    }
    json_t *request = json_pack("{s:s, s:O}", "cmd", "scale", "pools", pools);
    int status = ctl_once(call, request, -1, &answer);
    if (status == CMD_OK)
        json_object_foreach(pools, name, n)
            printf("%s has %lld member%s\n", name, (long long)json_integer_value(n),
                   json_integer_value(n) == 1 ? "" : "s");
    json_decref(answer);
    json_decref(pools);
    return status;
}

const struct cmd cmd_scale = {
    .name = "scale",
    .args = "ACTOR=N...",
    .brief = "Change how many members pools have; returns once those that leave are gone",
    .more =
        "The members with the highest numbers leave. Their input ends, so that they finish what\n"
        "they have in hand; what they leave, and mail for them, goes to the others. One that has\n"
        "not ended after its grace is stopped. The file is not changed.\n",
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = scale_run,
};
