#include "base/text.h"
#include "base/units.h"
#include "cmd/columns.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct opt dead_options[] = {
    {'a', "all", OPT_NOTHING, NULL, "retry or drop all of them"},
    {'j', "json", OPT_NOTHING, NULL, "print JSON"},
    {0},
};

static void dead_table(const json_t *letters)
{
    static const char *const titles[] = {"ID",   "TO",  "FROM",     "TYPE",
                                         "SIZE", "AGE", "ATTEMPTS", "REASON"};
    struct columns *c = columns_new("llllrrrl", titles);
    size_t i;
    json_t *l;
    json_array_foreach(letters, i, l)
    {
        char age[32];
        columns_cell(c, NULL, "%s", ctl_text(l, "id"));
        columns_cell(c, NULL, "%s", ctl_text(l, "to"));
        columns_cell(c, NULL, "%s", ctl_text(l, "from"));
        columns_cell(c, NULL, "%s", ctl_text(l, "type"));
        columns_cell(c, NULL, "%" PRId64, ctl_int(l, "size"));
        columns_cell(c, NULL, "%s", units_age_text(ctl_int(l, "age_ms"), age, sizeof age));
        columns_cell(c, NULL, "%" PRId64, ctl_int(l, "attempts"));
        columns_cell(c, "31", "%s", ctl_text(l, "reason"));
    }
    columns_print(c, cmd_colour(STDOUT_FILENO));
    columns_free(c);
}

static int dead_ls(const struct cmd_call *call)
{
    json_t *answer = NULL;
    int status = ctl_once(call, ctl_request("dead_ls", NULL), link_answer_ms(), &answer);
    if (status != CMD_OK)
        return status;
    const json_t *letters = json_object_get(answer, "letters");
    if (opts_has(&call->opts, "json"))
        ctl_print_array(letters);
    else
        dead_table(letters);
    json_decref(answer);
    return CMD_OK;
}

static void dead_print_body(const json_t *letter)
{
    const json_t *body = json_object_get(letter, "body");
    if (json_is_string(body)) {
        fputs("body:\n", stdout);
        fwrite(json_string_value(body), 1, json_string_length(body), stdout);
        putchar('\n');
    } else {
        printf("body (base64):\n%s\n", ctl_text(letter, "body64"));
    }
}

static void dead_print(const json_t *letter)
{
    static const char *const keys[] = {"id", "to", "from", "type", "reason"};
    char age[32];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        printf("%-9s %s\n", keys[i], ctl_text(letter, keys[i]));
    printf("%-9s %" PRId64 "\n", "attempts", ctl_int(letter, "attempts"));
    printf("%-9s %s\n", "age", units_age_text(ctl_int(letter, "age_ms"), age, sizeof age));

    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(letter, "headers"), key, value)
        printf("%-9s %s=%s\n", "header", key, json_string_value(value));

    const json_t *evidence = json_object_get(letter, "evidence");
    if (*ctl_text(evidence, "exit") != '\0')
        printf("%-9s %s\n", "exit", ctl_text(evidence, "exit"));
    size_t i;
    json_array_foreach(json_object_get(evidence, "stderr"), i, value)
        printf("%-9s %s\n", "stderr", json_string_value(value));
    dead_print_body(letter);
}

static int dead_show(const struct cmd_call *call)
{
    if (call->opts.n_args != 2)
        return cmd_fail(CMD_USAGE, "dead show: give one ID, as `actorsup dead ls` shows them");
    json_t *request = ctl_request("dead_show", NULL);
    json_object_set_new(request, "id", json_string(call->opts.args[1]));
    json_t *answer = NULL;
    int status = ctl_once(call, request, link_answer_ms(), &answer);
    if (status != CMD_OK)
        return status;
    if (opts_has(&call->opts, "json")) {
        json_dumpf(answer, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        dead_print(answer);
    }
    json_decref(answer);
    return CMD_OK;
}

static int dead_ids(const struct cmd_call *call, const char *cmd, const char *done)
{
    bool all = opts_has(&call->opts, "all");
    if (all == (call->opts.n_args > 1))
        return cmd_fail(CMD_USAGE,
                        "dead %s: give the IDs, as `actorsup dead ls` shows them, or --all",
                        call->opts.args[0]);
    json_t *ids = json_array();
    if (all)
        json_array_append_new(ids, json_string("*"));
    for (int i = 1; i < call->opts.n_args; i++)
        json_array_append_new(ids, json_string(call->opts.args[i]));
    json_t *request = ctl_request(cmd, NULL);
    json_object_set_new(request, "ids", ids);
    json_t *answer = NULL;
    int status = ctl_once(call, request, -1, &answer);
    if (status != CMD_OK)
        return status;
    printf("%s %" PRId64 "\n", done, ctl_int(answer, "count"));
    json_decref(answer);
    return CMD_OK;
}

static const char *const dead_subs[] = {"ls", "show", "retry", "drop", NULL};

static int dead_run(const struct cmd_call *call)
{
    const char *sub = call->opts.n_args > 0 ? call->opts.args[0] : "ls";
    if (strcmp(sub, "ls") == 0 && call->opts.n_args <= 1)
        return dead_ls(call);
    if (strcmp(sub, "show") == 0)
        return dead_show(call);
    if (strcmp(sub, "retry") == 0)
        return dead_ids(call, "dead_retry", "retried");
    if (strcmp(sub, "drop") == 0)
        return dead_ids(call, "dead_drop", "dropped");
    const char *near = text_nearest(sub, dead_subs);
    return cmd_fail(CMD_USAGE, "dead: give ls, show ID, retry ID... or drop ID...%s%s%s",
                    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                    near != NULL ? "?)" : "");
}

const struct cmd cmd_dead = {
    .name = "dead",
    .args = "[ls | show ID | retry ID... | drop ID...]",
    .brief = "List, show, send again or drop the messages that could not be handled",
    .more = "Each has its reason, and `show` the evidence: exit status, last lines of stderr.",
    .options = dead_options,
    .subs = dead_subs,
    .max_args = -1,
    .words = CMD_WORDS_SUBS,
    .run = dead_run,
};
