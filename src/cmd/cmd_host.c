#include "base/units.h"
#include "cmd/columns.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct opt host_options[] = {
    {'c', "capability", OPT_VALUE, "KEY=VALUE",
     "with add and set: something that the host has; several times"},
    {0, "drop", OPT_VALUE, "KEY", "with set: something that it has no more; several times"},
    {0, "gone", OPT_NOTHING, NULL, "with rm: its machine is gone, and what ran there with it"},
    {'j', "json", OPT_NOTHING, NULL, "with ls: print a JSON array, an object for each host"},
    {0},
};

enum { HOST_LOGIN = 40 }; /* as much of it is shown */

static void host_has(struct columns *c, json_t *capabilities)
{
    struct bytes text;
    const char *key;
    json_t *value;
    bytes_init(&text);
    json_object_foreach(capabilities, key, value) bytes_printf(
        &text, "%s%s=%s", bytes_len(&text) > 0 ? " " : "", key, json_string_value(value));
    const char *all = bytes_cstr(&text);
    columns_cell(c, NULL, "%s", all == NULL ? "" : all);
    bytes_release(&text);
}

/* Why it is not up, or how far that is which is sent to it. */
static void host_why(struct columns *c, const json_t *h)
{
    const json_t *sending = json_object_get(h, "sending"), *again = json_object_get(h, "again_ms");
    int64_t of = ctl_int(sending, "of");
    char text[32];
    if (of > 0)
        columns_cell(c, NULL, "%s: %.0f %% of %s", ctl_text(sending, "what"),
                     100 * (double)ctl_int(sending, "bytes") / (double)of,
                     units_size_text((uint64_t)of, text, sizeof text));
    else if (json_is_integer(again))
        columns_cell(c, "31", "%s; launched again in %s", ctl_text(h, "reason"),
                     units_age_text(json_integer_value(again), text, sizeof text));
    else
        columns_cell(c, "31", "%s", ctl_text(h, "reason"));
}

static void host_table(const json_t *hosts)
{
    static const char *const titles[] = {"NAME",       "STATE", "LOGIN", "PROCESSES",
                                         "ROUND TRIP", "HAS",   "WHY"};
    struct columns *c = columns_new("lllrrll", titles);
    size_t i;
    json_t *h;
    json_array_foreach(hosts, i, h)
    {
        const char *state = ctl_text(h, "state");
        int64_t us = ctl_int(h, "rtt_us");
        bool up = strcmp(state, "up") == 0;
        columns_cell(c, NULL, "%s", ctl_text(h, "name"));
        columns_cell(c, up ? "32" : "31", "%s", state);
        const char *login = ctl_text(h, "login");
        columns_cell(c, NULL, "%.*s%s", HOST_LOGIN, login, strlen(login) > HOST_LOGIN ? "..." : "");
        columns_cell(c, NULL, "%" PRId64, ctl_int(h, "processes"));
        if (up && us >= 1000)
            columns_cell(c, NULL, "%" PRId64 ".%" PRId64 "ms", us / 1000, us % 1000 / 100);
        else if (up && us > 0)
            columns_cell(c, NULL, "%" PRId64 "us", us);
        else
            columns_cell(c, NULL, "-");
        host_has(c, json_object_get(h, "capabilities"));
        host_why(c, h);
    }
    columns_print(c, cmd_colour(STDOUT_FILENO));
    columns_free(c);
}

static int host_ls(const struct cmd_call *call)
{
    json_t *answer = NULL;
    int status = ctl_once(call, ctl_request("hosts", NULL), link_answer_ms(), &answer);
    if (status != CMD_OK)
        return status;
    if (opts_has(&call->opts, "json"))
        ctl_print_array(json_object_get(answer, "hosts"));
    else
        host_table(json_object_get(answer, "hosts"));
    json_decref(answer);
    return CMD_OK;
}

static int host_tell(const struct cmd_call *call, json_t *request, const char *done)
{
    json_t *answer = NULL;
    int status = ctl_once(call, request, link_answer_ms(), &answer);
    json_decref(answer);
    if (status == CMD_OK)
        printf("%s %.*s\n", done, (int)strcspn(call->opts.args[1], "="), call->opts.args[1]);
    return status;
}

static int host_add(const struct cmd_call *call)
{
    const char *text = call->opts.args[1], *eq = strchr(text, '=');
    if (eq == NULL)
        return cmd_fail(CMD_USAGE, "host: add takes NAME=[user@]host[:port], not \"%s\"", text);
    json_t *capabilities = cmd_capabilities("host", call);
    if (capabilities == NULL)
        return CMD_USAGE;
    json_t *request = ctl_request("host_add", NULL);
    json_object_set_new(request, "name", json_stringn(text, (size_t)(eq - text)));
    json_object_set_new(request, "login", json_string(eq + 1));
    json_object_set_new(request, "capabilities", capabilities);
    return host_tell(call, request, "added");
}

static int host_rm(const struct cmd_call *call)
{
    json_t *request = ctl_request("host_rm", NULL);
    json_object_set_new(request, "name", json_string(call->opts.args[1]));
    json_object_set_new(request, "gone", json_boolean(opts_has(&call->opts, "gone")));
    return host_tell(call, request, "removing");
}

static int host_set(const struct cmd_call *call)
{
    json_t *capabilities = cmd_capabilities("host", call), *drop = json_array();
    const char *key;
    size_t at = 0;
    while ((key = opts_next(&call->opts, "drop", &at)) != NULL)
        json_array_append_new(drop, json_string(key));
    if (capabilities == NULL || json_object_size(capabilities) + json_array_size(drop) == 0) {
        json_decref(drop);
        return capabilities == NULL
                   ? CMD_USAGE
                   : (json_decref(capabilities),
                      cmd_fail(CMD_USAGE, "host: set takes --capability KEY=VALUE or --drop KEY"));
    }
    json_t *request = ctl_request("host_set", NULL);
    json_object_set_new(request, "name", json_string(call->opts.args[1]));
    json_object_set_new(request, "capabilities", capabilities);
    json_object_set_new(request, "drop", drop);
    return host_tell(call, request, "changed");
}

static const struct host_sub {
    const char *word;
    size_t words; /* behind it */
    const char *takes;
    int (*run)(const struct cmd_call *call);
} host_words[] = {
    {"ls", 0, "no more words", host_ls},
    {"add", 1, "one NAME=[user@]host[:port]", host_add},
    {"set", 1, "one NAME", host_set},
    {"rm", 1, "one NAME", host_rm},
};
static const char *const host_subs[] = {"ls", "add", "set", "rm", NULL};

static int host_run(const struct cmd_call *call)
{
    const char *word = call->opts.n_args > 0 ? call->opts.args[0] : "ls";
    size_t behind = call->opts.n_args > 0 ? call->opts.n_args - 1 : 0;
    for (size_t i = 0; i < sizeof host_words / sizeof host_words[0]; i++) {
        const struct host_sub *sub = &host_words[i];
        if (strcmp(sub->word, word) != 0)
            continue;
        if (behind != sub->words)
            return cmd_fail(CMD_USAGE, "host: %s takes %s", word, sub->takes);
        return sub->run(call);
    }
    return cmd_fail(CMD_USAGE, "host: no such word \"%s\"; ls, add, set or rm", word);
}

const struct cmd cmd_host = {
    .name = "host",
    .args = "[ls | add NAME=LOGIN | set NAME | rm NAME]",
    .brief = "Show the other hosts, add or change one, or let one go, while the system runs",
    .more = "LOGIN is [user@]host[:port], for ssh. What runs on a host that is let go moves to\n"
            "others that fit, or waits for one.",
    .options = host_options,
    .subs = host_subs,
    .max_args = 2,
    .words = CMD_WORDS_SUBS,
    .run = host_run,
};
