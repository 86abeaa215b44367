#include "base/bytes.h"
#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/traceprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct opt trace_options[] = {
    {0, "last", OPT_VALUE, "ACTOR", "the last message that was accepted for ACTOR"},
    {'j', "json", OPT_NOTHING, NULL, "print JSON"},
    {0},
};

/* What comes from the supervisor: one part of JSON, then records. */
struct trace_got {
    json_t *head;
    struct bytes records;
    bool failed;
};

static bool trace_part(void *arg, const char *data, size_t len)
{
    struct trace_got *g = arg;
    if (g->head == NULL) {
        g->head = json_loadb(data, len, 0, NULL);
        g->failed = g->head == NULL;
    } else {
        g->failed = bytes_append(&g->records, data, len) != 0;
    }
    return !g->failed;
}

/* Sixteen digits, or the last ones of a message that was not long ago. */
static int trace_parse(const char *text, const struct trace_log *log, uint64_t *id)
{
    char whole[TEXT_ID_LEN + 1];
    size_t len = strlen(text);
    if (len == 0 || len > TEXT_ID_LEN)
        return ERR_INVALID;
    memset(whole, '0', TEXT_ID_LEN);
    memcpy(whole + TEXT_ID_LEN - len, text, len);
    if (text_id_parse(whole, TEXT_ID_LEN, id) != 0)
        return ERR_INVALID;
    if (len < TEXT_ID_LEN && !trace_find_ending(log, *id, (unsigned)(4 * len), id))
        return ERR_UNKNOWN;
    return 0;
}

static int trace_last(const struct traced *t, const char *name, uint64_t *id)
{
    const json_t *names = json_object_get(t->head, "names");
    size_t i;
    json_t *one;
    json_array_foreach(names, i, one)
    {
        if (strcmp(json_string_value(json_array_get(one, 1)), name) != 0)
            continue;
        if (trace_find_last(&t->log, (uint32_t)json_integer_value(json_array_get(one, 0)), id))
            return CMD_OK;
        return cmd_fail(CMD_NO, "no message was accepted for %s that is still known", name);
    }
    return cmd_fail(CMD_NO, "unknown actor %s; `actorsup ps` lists them", name);
}

static int trace_which(const struct cmd_call *call, const struct traced *t, struct trace_span *of)
{
    const char *last = opts_value(&call->opts, "last");
    uint64_t id = 0;
    int status = CMD_OK, rc = 0;
    if (last != NULL)
        status = trace_last(t, last, &id);
    else
        rc = trace_parse(call->opts.args[0], &t->log, &id);
    if (rc == ERR_INVALID)
        return cmd_fail(CMD_USAGE, "trace: \"%s\" is not an ID; it has up to 16 digits, 0-9 a-f",
                        call->opts.args[0]);
    if (status == CMD_OK && (rc != 0 || !trace_find(&t->log, id, of)))
        status = cmd_fail(CMD_NO,
                          "no message %s is known: it is older than what is kept, or there "
                          "never was one",
                          call->opts.args[0]);
    return status;
}

static int trace_show(const struct cmd_call *call, const struct trace_got *g)
{
    size_t n = bytes_len(&g->records) / sizeof(struct trace_record);
    int64_t *ages = malloc((n + 1) * sizeof *ages);
    struct traced t = {{(const struct trace_record *)(void *)bytes_at(&g->records), n,
                        json_is_true(json_object_get(g->head, "overwritten"))},
                       g->head,
                       ages};
    struct trace_span of;
    if (ages == NULL)
        return cmd_fail(CMD_NO, "out of memory");
    trace_ages(t.log.records, n, ctl_int(g->head, "now_us"), ages);
    int status = trace_which(call, &t, &of);
    if (status == CMD_OK) {
        json_t *tree = trace_json(&t, &of);
        if (opts_has(&call->opts, "json")) {
            json_dumpf(tree, stdout, JSON_INDENT(2));
            putchar('\n');
        } else {
            trace_text(tree, cmd_colour(STDOUT_FILENO));
        }
        json_decref(tree);
    }
    free(ages);
    return status;
}

static int trace_run(const struct cmd_call *call)
{
    char system[FIND_NAME_MAX + 1];
    struct trace_got got = {NULL, {0}, false};
    struct err e;
    if ((call->opts.n_args > 0) == (opts_value(&call->opts, "last") != NULL))
        return cmd_fail(CMD_USAGE, "trace: give the ID of a message, or --last ACTOR");
    int status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    bytes_init(&got.records);
    if (ctl_stream(system, ctl_request("trace", NULL), trace_part, &got, &e) != 0)
        status = ctl_fail(&e);
    else if (got.failed || got.head == NULL)
        status = cmd_fail(CMD_NO, "the supervisor's answer cannot be read");
    else if (strcmp(ctl_text(got.head, "version"), PACKAGE_VERSION) != 0)
        status = cmd_fail(CMD_NO, "the supervisor is of version %s, and this is %s",
                          ctl_text(got.head, "version"), PACKAGE_VERSION);
    else
        status = trace_show(call, &got);
    json_decref(got.head);
    bytes_release(&got.records);
    return status;
}

const struct cmd cmd_trace = {
    .name = "trace",
    .args = "[ID]",
    .brief = "Show what caused a message and what it caused, as a tree with times",
    .more = "ID has 16 digits, as tap, dead, actorsend -j and MSG_ID show it; its last ones are "
            "enough.\n"
            "What is kept of past messages is bounded; it says where something is older than that.",
    .options = trace_options,
    .max_args = 1,
    .words = CMD_WORDS_NONE,
    .run = trace_run,
};
