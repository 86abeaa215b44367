#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct opt tap_options[] = {
    {'n', "lines", OPT_VALUE, "N", "end after N lines"},
    {0, "in", OPT_NOTHING, NULL, "only messages to it"},
    {0, "out", OPT_NOTHING, NULL, "only messages that it sends"},
    {'H', "handling", OPT_NOTHING, NULL, "also when messages are handed over and handled"},
    {0, "no-body", OPT_NOTHING, NULL, "the size of each body instead of the body"},
    {0},
};

struct tap_print {
    long left; /* lines; -1: no end */
    bool begun;
};

/* Whole lines. */
static bool tap_print(void *arg, const char *text, size_t len)
{
    struct tap_print *p = arg;
    const char *at = text, *end = text + len;
    if (!p->begun) { /* the line that says so does not count */
        p->begun = true;
        return fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0;
    }
    while (p->left != 0 && at < end) {
        const char *stop = p->left < 0 ? NULL : memchr(at, '\n', (size_t)(end - at));
        size_t n = stop == NULL ? (size_t)(end - at) : (size_t)(stop + 1 - at);
        if (fwrite(at, 1, n, stdout) != n)
            return false;
        at += n;
        if (p->left > 0)
            p->left--;
    }
    return fflush(stdout) == 0 && p->left != 0;
}

static json_t *tap_request(const struct opts *o)
{
    json_t *request = ctl_request("tap", o->args);
    json_object_set_new(request, "in", json_boolean(opts_has(o, "in")));
    json_object_set_new(request, "out", json_boolean(opts_has(o, "out")));
    json_object_set_new(request, "handling", json_boolean(opts_has(o, "handling")));
    json_object_set_new(request, "bodies", json_boolean(!opts_has(o, "no-body")));
    return request;
}

static int tap_run(const struct cmd_call *call)
{
    char system[FIND_NAME_MAX + 1];
    const char *lines = opts_value(&call->opts, "lines");
    struct tap_print print = {-1, false};
    struct err e;
    if (lines != NULL && cmd_number("--lines", lines, 1, LONG_MAX, &print.left, &e) != 0)
        return cmd_fail_err(&e);
    int status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    int rc = ctl_stream(system, tap_request(&call->opts), tap_print, &print, &e);
    return rc == 0 ? CMD_OK : ctl_fail(&e);
}

const struct cmd cmd_tap = {
    .name = "tap",
    .args = "ACTOR...",
    .brief = "Show copies of the messages to and from actors, as JSON lines",
    .more =
        "ACTOR is a name, a member of a pool (count/2), or a quoted glob ('c*'). It goes on until\n"
        "interrupted, and holds nobody up: what it cannot show in time is counted, {\"lost\":N}.",
    .options = tap_options,
    .min_args = 1,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = tap_run,
};
