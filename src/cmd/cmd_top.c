#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"
#include "cmd/topbatch.h"
#include "cmd/toplive.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct opt top_options[] = {
    {'d', "delay", OPT_VALUE, "SECS", "between two looks (1)"},
    {'b', "batch", OPT_NOTHING, NULL, "print tables; so it does when the output is no terminal"},
    {'n', "count", OPT_VALUE, "N",
     "in batch mode, only N tables; 1 when the output is no terminal"},
    {'j', "json", OPT_NOTHING, NULL, "in batch mode, a JSON array with an object for each process"},
    {'o', "sort", OPT_VALUE, "COLUMN", "sort by it (depth)"},
    {'r', "reverse", OPT_NOTHING, NULL, "turn the order round"},
    {'u', "unfold", OPT_NOTHING, NULL, "show each member of a pool"},
    {0},
};

enum { TOP_DELAY_MIN = 100 };

struct top_batch {
    bool on, json;
    long count; /* 0: no end */
};

static int top_column(const char *name, int *column)
{
    char names[256] = "";
    if (name == NULL)
        return CMD_OK;
    int found = topcolumn_find(name);
    if (found >= 0) {
        *column = found;
        return CMD_OK;
    }
    for (size_t i = 0; i < topcolumns_n; i++) {
        size_t len = strlen(names);
        (void)snprintf(names + len, sizeof names - len, "%s%s", i > 0 ? ", " : "",
                       topcolumns[i].name);
    }
    return cmd_fail(CMD_USAGE, "--sort: there is no column \"%s\"; there are %s", name, names);
}

static int top_parse(const struct cmd_call *call, struct top *t, struct top_batch *b)
{
    const struct opts *o = &call->opts;
    const char *delay = opts_value(o, "delay"), *count = opts_value(o, "count");
    bool terminal = isatty(STDOUT_FILENO);
    struct err e;
    t->delay_ms = 1000;
    if (delay != NULL && cmd_seconds("--delay", delay, &t->delay_ms, &e) != 0)
        return cmd_fail_err(&e);
    if (t->delay_ms < TOP_DELAY_MIN || t->delay_ms > INT32_MAX)
        return cmd_fail(CMD_USAGE, "--delay: at least 0.1 s, and not weeks");
    b->json = opts_has(o, "json");
    b->on = opts_has(o, "batch") || b->json || count != NULL || !terminal;
    b->count = opts_has(o, "batch") || terminal ? 0 : 1;
    if (count != NULL && cmd_number("--count", count, 1, 1000000000, &b->count, &e) != 0)
        return cmd_fail_err(&e);
    t->view.reverse = opts_has(o, "reverse");
    t->view.unfolded = opts_has(o, "unfold");
    return top_column(opts_value(o, "sort"), &t->view.column);
}

static int top_take(struct topsource *source, struct err *e)
{
    int rc = topsource_ask(source, e);
    return rc == 0 ? topsource_take(source, link_answer_ms(), e) : rc;
}

/* The first look is not shown: it has no rates. */
static int top_print(struct top *t, const struct top_batch *b)
{
    struct err e;
    int rc = top_take(t->source, &e);
    for (long i = 0; rc == 0 && (b->count == 0 || i < b->count); i++) {
        (void)poll(NULL, 0, (int)t->delay_ms);
        if ((rc = top_take(t->source, &e)) != 0)
            break;
        const struct topsample *s = topsource_sample(t->source);
        if (topview_show(&t->view, s) != 0)
            return cmd_fail(CMD_NO, "out of memory");
        if (i > 0 && !b->json)
            putchar('\n');
        if (b->json)
            topbatch_json(&t->view, s);
        else
            topbatch_table(&t->view, s);
        if (fflush(stdout) != 0) /* who reads it has seen enough, or the disk is full */
            return CMD_OK;
    }
    if (rc == ERR_CLOSED)
        return cmd_fail(CMD_NOT_RUNNING, "system \"%s\" has ended", t->system);
    return rc == 0 ? CMD_OK : ctl_fail(&e);
}

static int top_run(const struct cmd_call *call)
{
    char system[FIND_NAME_MAX + 1];
    struct top t = {.system = system};
    struct top_batch b = {0};
    struct err e;
    topview_init(&t.view);
    int status = top_parse(call, &t, &b);
    if (status == CMD_OK)
        status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    if (topsource_open(system, call->opts.args, &t.source, &e) != 0)
        return ctl_fail(&e);
    if (b.on) {
        status = top_print(&t, &b);
        topsource_close(t.source);
    } else {
        status = toplive_run(&t);
    }
    topview_release(&t.view);
    return status;
}

const struct cmd cmd_top = {
    .name = "top",
    .args = "[ACTOR...]",
    .brief = "Show live what actors do and use, and restart, stop or look into them",
    .more = "Keys are listed by `?`. CPU is in hundredths of one processor, MEM is resident "
            "memory, each\n"
            "of the actor's process and all that it started.",
    .options = top_options,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = top_run,
};
