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
    {'c', "capability", OPT_WORDS, "KEY=VALUE", "with add: something that the host has"},
    {'j', "json", OPT_NOTHING, NULL, "with ls: print a JSON array, an object for each host"},
    {0},
};

/* Why it is not up, or how far that is which is sent to it. */
static void host_why(struct columns *c, const json_t *h)
{
    const json_t *sending = json_object_get(h, "sending");
    double of = (double)ctl_int(sending, "of");
    if (of > 0)
        columns_cell(c, NULL, "%s: %.0f %% of %.1f MiB", ctl_text(sending, "what"),
                     100 * (double)ctl_int(sending, "bytes") / of, of / (1024 * 1024));
    else
        columns_cell(c, "31", "%s", ctl_text(h, "reason"));
}

static void host_table(const json_t *hosts)
{
    static const char *const titles[] = {"NAME",      "STATE",      "LOGIN",
                                         "PROCESSES", "ROUND TRIP", "WHY"};
    struct columns *c = columns_new("lllrrl", titles);
    size_t i;
    json_t *h;
    json_array_foreach(hosts, i, h)
    {
        const char *state = ctl_text(h, "state");
        int64_t us = ctl_int(h, "rtt_us");
        bool up = strcmp(state, "up") == 0;
        columns_cell(c, NULL, "%s", ctl_text(h, "name"));
        columns_cell(c, up ? "32" : "31", "%s", state);
        columns_cell(c, NULL, "%s", ctl_text(h, "login"));
        columns_cell(c, NULL, "%" PRId64, ctl_int(h, "processes"));
        if (up && us > 0)
            columns_cell(c, NULL, "%" PRId64 ".%" PRId64 "ms", us / 1000, us % 1000 / 100);
        else
            columns_cell(c, NULL, "-");
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

/* NULL after a message. */
static json_t *host_capabilities(const struct cmd_call *call)
{
    json_t *all = json_object();
    const char *value;
    size_t at = 0;
    while ((value = opts_next(&call->opts, "capability", &at)) != NULL) {
        size_t n = strcspn(value, "=");
        char key[256];
        if (value[n] == '\0' || n == 0 || n >= sizeof key) {
            cmd_fail(CMD_USAGE, "host: --capability takes KEY=VALUE, not \"%s\"", value);
            json_decref(all);
            return NULL;
        }
        memcpy(key, value, n);
        key[n] = '\0';
        json_object_set_new(all, key, json_string(value + n + 1));
    }
    return all;
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
    json_t *capabilities = host_capabilities(call);
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
    return host_tell(call, request, "removing");
}

static const char *const host_subs[] = {"ls", "add", "rm", NULL};

static int host_run(const struct cmd_call *call)
{
    const char *sub = call->opts.n_args > 0 ? call->opts.args[0] : "ls";
    bool ls = strcmp(sub, "ls") == 0, add = strcmp(sub, "add") == 0, rm = strcmp(sub, "rm") == 0;
    if (!ls && !add && !rm)
        return cmd_fail(CMD_USAGE, "host: no such word \"%s\"; ls, add or rm", sub);
    if (call->opts.n_args != (ls ? (call->opts.n_args > 0 ? 1 : 0) : 2))
        return cmd_fail(CMD_USAGE, ls    ? "host: ls takes no more words"
                                   : add ? "host: add takes one NAME=[user@]host[:port]"
                                         : "host: rm takes one NAME");
    return ls ? host_ls(call) : add ? host_add(call) : host_rm(call);
}

const struct cmd cmd_host = {
    .name = "host",
    .args = "[ls | add NAME=LOGIN | rm NAME]",
    .brief = "Show the other hosts, add one, or let one go, while the system runs",
    .more = "LOGIN is [user@]host[:port], for ssh. What runs on a host that is let go moves to\n"
            "others that fit, or waits for one.",
    .options = host_options,
    .subs = host_subs,
    .max_args = 2,
    .words = CMD_WORDS_SUBS,
    .run = host_run,
};
