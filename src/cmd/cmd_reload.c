#include "base/bytes.h"
#include "base/text.h"
#include "cmd/columns.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt reload_options[] = {
    {'n', "dry-run", OPT_NOTHING, NULL, "only say what would be done"},
    {'j', "json", OPT_NOTHING, NULL, "print a JSON array, an object for each change"},
    {'t', "timeout", OPT_VALUE, "SECS", "wait no longer for what is started: status 1 (for ever)"},
    {0},
};

/* --- the plan --- */

/* Of a host that is launched in another way, or joins. */
static const char *reload_host(const char *effect, bool goes_on)
{
    if (strcmp(effect, "launch") == 0 && goes_on)
        return "it is launched so at once; what runs there goes on, or, if that is another "
               "machine, ends by its `alone`";
    if (strcmp(effect, "launch") == 0)
        return "it is launched so at once";
    if (strcmp(effect, "replace") == 0 && goes_on)
        return "what runs there ends once it is reached, or by its `alone`, then it comes anew";
    return strcmp(effect, "replace") == 0 ? "what runs there ends, then it comes anew"
                                          : "from now on";
}

static const char *reload_effect(const json_t *change, char *buf, size_t size)
{
    const char *effect = ctl_text(change, "effect");
    long long members = (long long)ctl_int(change, "members");
    if (strcmp(ctl_text(change, "kind"), "host") == 0)
        snprintf(buf, size, "%s",
                 reload_host(effect, json_is_true(json_object_get(change, "goes_on"))));
    else if (strcmp(effect, "in place") == 0 && ctl_int(change, "pool") > 0)
        snprintf(buf, size, "%lld member%s, not %lld", (long long)ctl_int(change, "pool"),
                 ctl_int(change, "pool") == 1 ? "" : "s", members);
    else if (strcmp(effect, "restart") == 0 && members > 1)
        snprintf(buf, size, "new processes, one of %lld after the other", members);
    else if (strcmp(effect, "restart") == 0)
        snprintf(buf, size, "a new process");
    else if (strcmp(effect, "replace") == 0 && json_is_true(json_object_get(change, "template")))
        snprintf(buf, size, "all of it ends");
    else if (strcmp(effect, "replace") == 0 && members == 0)
        snprintf(buf, size, "it starts");
    else if (strcmp(effect, "replace") == 0)
        snprintf(buf, size, "all of it ends, then starts anew");
    else
        snprintf(buf, size, "from now on");
    return buf;
}

static void reload_words(struct columns *c, const json_t *change)
{
    const json_t *keys = json_object_get(change, "keys");
    struct bytes text;
    char effect[128];
    size_t i;
    json_t *key;
    bytes_init(&text);
    json_array_foreach(keys, i, key)
        bytes_printf(&text, "%s%s", i > 0 ? ", " : "", json_string_value(key));
    if (strcmp(ctl_text(change, "what"), "changed") != 0)
        bytes_printf(&text, "%s", ctl_text(change, "what"));
    else
        bytes_printf(&text, "%s%s", i > 0 ? ": " : "",
                     reload_effect(change, effect, sizeof effect));
    const char *shown = bytes_cstr(&text);
    columns_cell(c, NULL, "%s", shown != NULL ? shown : "");
    bytes_release(&text);
}

static void reload_print(const json_t *plan)
{
    static const struct {
        const char *what, *mark;
    } marks[] = {{"added", "+"}, {"removed", "-"}, {"changed", "~"}};
    static const char *const titles[] = {"", "NAME", "WHAT"};
    struct columns *c = columns_new("lll", titles);
    size_t i;
    json_t *change;
    json_array_foreach(plan, i, change)
    {
        const char *kind = ctl_text(change, "kind"), *mark = "?";
        for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
            if (strcmp(marks[k].what, ctl_text(change, "what")) == 0)
                mark = marks[k].mark;
        }
        const char *name = ctl_text(change, "name");
        bool actor = strcmp(kind, "actor") == 0, only = strcmp(kind, name) == 0; /* as `log` */
        columns_cell(c, NULL, "%s", mark);
        columns_cell(c, NULL, "%s%s%s", actor ? "" : kind, actor || only ? "" : " ",
                     only && !actor ? "" : name);
        reload_words(c, change);
        columns_row(c);
    }
    columns_print(c, false);
    columns_free(c);
}

/* --- the calls --- */

struct reload_call {
    char system[FIND_NAME_MAX + 1];
    char *path; /* absolute; NULL: the one that the system was started with */
    bool dry, json;
    int64_t ms; /* -1: for ever */
};

/* A file with faults: they are shown as `check` does. */
static int reload_refused(const json_t *answer)
{
    const char *faults = ctl_text(answer, "faults");
    if (*faults != '\0')
        fputs(faults, stderr);
    else
        cmd_fail(CMD_USAGE, "%s", ctl_text(answer, "refused"));
    return cmd_fail(CMD_USAGE, "nothing was changed");
}

static void reload_show(const struct reload_call *r, const json_t *plan)
{
    if (r->json)
        ctl_print_array(plan);
    else if (json_array_size(plan) == 0)
        puts("nothing has changed");
    else
        reload_print(plan);
    fflush(stdout); /* what follows may take its time */
}

static json_t *reload_request(const struct reload_call *r)
{
    json_t *request = json_pack("{s:s, s:b}", "cmd", "reload", "dry_run", r->dry);
    if (r->path != NULL)
        json_object_set_new(request, "file", json_string(r->path));
    return request;
}

static int reload_ask(const struct reload_call *r, struct ctl *c)
{
    json_t *answer = NULL;
    struct err e;
    if (ctl_call(c, reload_request(r), -1, &answer, &e) != 0)
        return ctl_fail(&e);
    int status = CMD_OK;
    if (json_object_get(answer, "refused") != NULL)
        status = reload_refused(answer);
    else
        reload_show(r, json_object_get(answer, "plan"));
    json_decref(answer);
    answer = NULL;
    if (status == CMD_OK && !r->dry &&
        ctl_call(c, ctl_request("reloaded", NULL), r->ms, &answer, &e) != 0)
        status = e.code == ERR_TIMEOUT
                     ? cmd_fail(CMD_NO, "not all is ready in that time; the reload goes on, and "
                                        "`actorsup ps` shows how far it is")
                     : ctl_fail(&e);
    json_decref(answer);
    return status;
}

static int reload_run(const struct cmd_call *call)
{
    struct reload_call r = {
        .dry = opts_has(&call->opts, "dry-run"), .json = opts_has(&call->opts, "json"), .ms = -1};
    const char *timeout = opts_value(&call->opts, "timeout");
    const char *file = call->opts.n_args > 0 ? call->opts.args[0] : call->file;
    struct cmd_call about = *call;
    struct ctl *c = NULL;
    struct err e;
    if (timeout != NULL && cmd_seconds("--timeout", timeout, &r.ms, &e) != 0)
        return cmd_fail_err(&e);
    if (about.system == NULL && about.file == NULL)
        about.file = file;
    int status = find_for(&about, r.system);
    if (status != CMD_OK)
        return status;
    if (file != NULL && (r.path = realpath(file, NULL)) == NULL)
        return cmd_fail(CMD_USAGE, "%s: %s", file, strerror(errno));
    if (r.path != NULL && !text_is_utf8(r.path, strlen(r.path)))
        status =
            cmd_fail(CMD_USAGE, "%s: a path that is not UTF-8 cannot be sent: rename it", file);
    else if (ctl_open(r.system, &c, &e) != 0)
        status = ctl_fail(&e);
    else
        status = reload_ask(&r, c);
    ctl_close(c);
    free(r.path);
    return status;
}

const struct cmd cmd_reload = {
    .name = "reload",
    .args = "[FILE]",
    .brief = "Bring the running system to what its file says now; only what differs is touched",
    .more =
        "Without FILE it is the one that the system was started with, or last reloaded. Mailboxes\n"
        "stay. Returns once all that was started is ready, and what was removed is gone. A file\n"
        "with a fault changes nothing.\n",
    .options = reload_options,
    .max_args = 1,
    .words = CMD_WORDS_FILES,
    .run = reload_run,
};
