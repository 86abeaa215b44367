/* actorsend: its command line. */
#include "base/bytes.h"
#include "cmd/cmd.h"
#include "cmd/commands.h"
#include "cmd/find.h"
#include "cmd/link.h"
#include "cmd/sender.h"
#include "model/address.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define ACTORSEND_ASK_MS 5000

static const struct opt actorsend_options[] = {
    {'s', "system", OPT_VALUE, "SYSTEM", "the running system of this name"},
    {'f', "file", OPT_VALUE, "FILE", "the system that this file describes"},
    {'a', "ask", OPT_NOTHING, NULL,
     "wait for each reply and print it, in the order of the messages"},
    {'t', "timeout", OPT_VALUE, "SECS", "for acceptance and for each reply (asks: 5)"},
    {'j', "json", OPT_NOTHING, NULL, "print replies as JSON envelopes; implies --ask"},
    {'H', "header", OPT_VALUE, "KEY=VALUE", "a header on every message; may be repeated"},
    {'n', "count", OPT_VALUE, "N", "send MESSAGE N times"},
    {'0', "null", OPT_NOTHING, NULL, "NUL ends a message of the input, and each reply"},
    {'w', "whole", OPT_NOTHING, NULL, "all of the input is one message"},
    {0, "progress", OPT_NOTHING, NULL, "show progress (on a terminal: when it takes over 1 s)"},
    {'q', "quiet", OPT_NOTHING, NULL, "show no progress"},
    {'h', "help", OPT_NOTHING, NULL, "show this help"},
    {'V', "version", OPT_NOTHING, NULL, "show the version"},
    {0},
};

const struct cmd cmd_actorsend = {
    .name = "actorsend",
    .args = "ADDRESS [MESSAGE]",
    .brief = "Send MESSAGE, or each line of standard input as one message, to an actor",
    .more = "ADDRESS is an actor (count), one member of a pool (count/2) or each (count/*).\n"
            "The exit status is 0 only when every message was accepted (and every ask answered).\n"
            "Write -- before a MESSAGE that begins with a dash.",
    .options = actorsend_options,
    .min_args = 1,
    .max_args = 2,
    .words = CMD_WORDS_ACTORS,
};

static int actorsend_headers(const struct opts *o, struct bytes *packed, struct err *e)
{
    size_t at = 0;
    const char *h;
    while ((h = opts_next(o, "header", &at)) != NULL) {
        const char *equals = strchr(h, '=');
        if (equals == NULL || equals == h)
            return err_set(e, ERR_INVALID, "-H: \"%s\" is not KEY=VALUE", h);
        int rc = frame_header_add(packed, h, (size_t)(equals - h), equals + 1, strlen(equals + 1));
        if (rc == ERR_TOO_LARGE)
            return err_set(e, ERR_INVALID,
                           "-H: the headers are too large: a key has 255 bytes at "
                           "most, all of them 64 KiB");
        if (rc != 0)
            return err_set(e, rc, "-H: %s", err_name(rc));
    }
    return 0;
}

static int actorsend_times(const struct opts *o, struct sender_job *job, struct err *e)
{
    const char *text = opts_value(o, "timeout");
    int64_t ms = ACTORSEND_ASK_MS;
    if (text != NULL) {
        int rc = cmd_seconds("-t", text, &ms, e);
        if (rc != 0)
            return rc;
        if (ms <= 0)
            return err_set(e, ERR_INVALID, "-t: must be more than 0");
    }
    job->reply_ms = ms;
    job->accept_ms = text != NULL || job->ask ? ms : -1;
    return 0;
}

static int actorsend_input(const struct opts *o, struct sender_job *job, struct err *e)
{
    const char *count = opts_value(o, "count");
    long n = 1;
    job->message = o->n_args > 1 ? o->args[1] : NULL;
    if (count != NULL && job->message == NULL)
        return err_set(e, ERR_INVALID, "-n sends MESSAGE so many times, but there is no MESSAGE");
    if (job->message != NULL && opts_has(o, "whole"))
        return err_set(e, ERR_INVALID, "-w is for standard input, but MESSAGE is given");
    if (opts_has(o, "null") && opts_has(o, "whole"))
        return err_set(e, ERR_INVALID, "give -0 or -w, not both");
    if (count != NULL) {
        int rc = cmd_number("-n", count, 1, LONG_MAX, &n, e);
        if (rc != 0)
            return rc;
    }
    job->count = (uint64_t)n;
    job->delimiter = opts_has(o, "whole") ? -1 : opts_has(o, "null") ? '\0' : '\n';
    return 0;
}

static int actorsend_job(const struct opts *o, struct sender_job *job, struct bytes *headers,
                         struct err *e)
{
    struct address parsed;
    const char *why = NULL;
    if (o->n_args < 1)
        return err_set(e, ERR_INVALID,
                       "no ADDRESS given: actorsend [OPTIONS] ADDRESS [MESSAGE]; see --help");
    if (o->n_args > 2)
        return err_set(e, ERR_INVALID,
                       "unexpected argument \"%s\"; put MESSAGE in quotes if it has blanks",
                       o->args[2]);
    job->address = o->args[0];
    if (address_parse(job->address, strlen(job->address), &parsed, &why) != 0)
        return err_set(e, ERR_INVALID, "\"%s\" is not an address: %s", job->address, why);
    job->json = opts_has(o, "json");
    job->ask = job->json || opts_has(o, "ask");
    job->progress = opts_has(o, "quiet") ? -1 : opts_has(o, "progress") ? 1 : 0;
    int rc = actorsend_input(o, job, e);
    if (rc == 0)
        rc = actorsend_times(o, job, e);
    if (rc == 0)
        rc = actorsend_headers(o, headers, e);
    job->headers = span_of(bytes_at(headers), bytes_len(headers));
    return rc;
}

static int actorsend_send(const struct cmd_call *call, const struct sender_job *job)
{
    char system[FIND_NAME_MAX + 1];
    struct session *session = NULL;
    struct err e;
    int status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    if (link_open(system, FRAME_ROLE_SEND, &session, &e) != 0)
        return cmd_fail(e.code == ERR_NOT_RUNNING ? CMD_NOT_RUNNING : CMD_NO, "%s", e.text);
    status = sender_run(session, job);
    session_close(session);
    return status;
}

static int actorsend_run(struct cmd_call *call)
{
    struct sender_job job = {0};
    struct bytes headers;
    struct err e;
    call->system = opts_value(&call->opts, "system");
    call->file = opts_value(&call->opts, "file");
    if (call->system != NULL && call->file != NULL)
        return cmd_fail(CMD_USAGE, "give -s SYSTEM or -f FILE, not both");
    bytes_init(&headers);
    int status = actorsend_job(&call->opts, &job, &headers, &e) == 0
                     ? actorsend_send(call, &job)
                     : cmd_fail(CMD_USAGE, "%s", e.text);
    bytes_release(&headers);
    return status;
}

int cmd_actorsend_main(int argc, char **argv)
{
    static const struct opt *const tables[] = {actorsend_options, NULL};
    struct cmd_call call = {.cmd = &cmd_actorsend};
    struct err e;
    int status = CMD_OK;
    cmd_program = "actorsend";
    cmd_begin();
    if (opts_parse(&call.opts, tables, OPT_MIXED, argc - 1, argv + 1, &e) != 0)
        return cmd_fail(CMD_USAGE, "%s", e.text);
    if (opts_has(&call.opts, "help"))
        cmd_print_help(&cmd_actorsend);
    else if (opts_has(&call.opts, "version"))
        status = cmd_version.run(&call);
    else
        status = actorsend_run(&call);
    opts_release(&call.opts);
    return cmd_finish(status);
}
