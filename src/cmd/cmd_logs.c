#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/follow.h"
#include "cmd/link.h"
#include "cmd/logprint.h"
#include "io/logfile.h"
#include "io/rundir.h"
#include "model/address.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOGS_SUFFIX ".log"

static const struct opt logs_options[] = {
    {'f', "follow", OPT_NOTHING, NULL, "go on with what comes, until interrupted"},
    {'n', "lines", OPT_VALUE, "N", "only the last N lines; `all` is the default"},
    {'t', "timestamps", OPT_NOTHING, NULL, "begin each line with its time"},
    {0},
};

struct logs {
    char *const *wanted; /* names, members, globs; ends with NULL; none: all */
    char dir[PATH_MAX];
    struct logprint print;
    long n; /* lines that are wanted: counted, then those that are older than the last of them */
};

/* `count/2` asks for the log of count; which member wrote a line is seen when it is printed. */
static bool logs_names(const char *wanted, const char *name)
{
    char bare[ADDRESS_MAX + 1];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(wanted, "/"), wanted);
    return text_glob(bare, name);
}

static bool logs_pick(void *arg, const char *name)
{
    const struct logs *l = arg;
    if (l->wanted[0] == NULL)
        return true;
    for (char *const *w = l->wanted; *w != NULL; w++) {
        if (logs_names(*w, name))
            return true;
    }
    return false;
}

static bool logs_wants_origin(const struct logs *l, const char *origin, size_t olen)
{
    char text[ADDRESS_MAX + 1], bare[ADDRESS_MAX + 1];
    snprintf(text, sizeof text, "%.*s", (int)olen, origin);
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(text, "/"), text);
    for (char *const *w = l->wanted; *w != NULL; w++) {
        if (text_glob(*w, strchr(*w, '/') != NULL ? text : bare))
            return true;
    }
    return l->wanted[0] == NULL;
}

static void logs_line(void *arg, const char *time, const char *origin, size_t olen, char mark,
                      const char *text, size_t tlen)
{
    struct logs *l = arg;
    if (!logs_wants_origin(l, origin, olen))
        return;
    if (l->n > 0)
        l->n--;
    else
        logprint_line(&l->print, time, origin, olen, mark, text, tlen);
}

/* Is it the newest file of a log (rotated ones have a number behind it)? */
static int logs_is_file(const struct dirent *d)
{
    size_t len = strlen(d->d_name), suffix = sizeof LOGS_SUFFIX - 1;
    return len > suffix && strcmp(d->d_name + len - suffix, LOGS_SUFFIX) == 0;
}

/* The names of the logs that are there, ending with NULL; NULL when the folder cannot be read. */
static char **logs_list(const char *dir)
{
    struct dirent **found = NULL;
    int n = scandir(dir, &found, logs_is_file, alphasort);
    if (n < 0)
        return NULL;
    char **names = calloc((size_t)n + 1, sizeof *names);
    size_t kept = 0;
    for (int i = 0; i < n; i++) {
        size_t len = strlen(found[i]->d_name) - (sizeof LOGS_SUFFIX - 1);
        if (names != NULL && (names[kept] = strndup(found[i]->d_name, len)) != NULL)
            kept++;
        free(found[i]);
    }
    free(found);
    return names;
}

static void logs_list_free(char **names)
{
    for (char **n = names; n != NULL && *n != NULL; n++)
        free(*n);
    free(names);
}

/* Does the system run and have these actors? ERR_NOT_RUNNING, or another code with e. */
static int logs_ask(const char *system, char *const *wanted, struct err *e)
{
    struct ctl *c = NULL;
    json_t *answer = NULL;
    int rc = ctl_open(system, &c, e);
    if (rc == 0)
        rc = ctl_call(c, ctl_request("ps", wanted), link_answer_ms(), &answer, e);
    json_decref(answer);
    ctl_close(c);
    return rc;
}

/* Each name asked for must have a log, or be an actor of the running system that has none yet. */
static int logs_check(const struct logs *l, const char *system, char *const *names)
{
    for (char *const *w = l->wanted; *w != NULL; w++) {
        char *const *n = names;
        while (*n != NULL && !logs_names(*w, *n))
            n++;
        if (*n != NULL)
            continue;
        char *const one[] = {*w, NULL};
        struct err e;
        int rc = logs_ask(system, one, &e);
        if (rc == 0)
            continue;
        const char *near = text_nearest(*w, (const char *const *)names);
        if (rc == ERR_NOT_RUNNING && near != NULL)
            return cmd_fail(CMD_NO, "no log of \"%s\" (did you mean %s?)", *w, near);
        if (rc == ERR_NOT_RUNNING)
            return cmd_fail(CMD_NO, "no log of \"%s\" in %s", *w, l->dir);
        return cmd_fail(CMD_NO, "%s", e.text);
    }
    return CMD_OK;
}

static void logs_width(struct logs *l, char *const *names)
{
    for (; *names != NULL; names++) {
        int len = (int)strlen(*names);
        if (logs_pick(l, *names) && len > l->print.width)
            l->print.width = len;
    }
}

static int logs_lines(const struct cmd_call *call, long *lines)
{
    const char *text = opts_value(&call->opts, "lines");
    struct err e;
    *lines = -1;
    if (text == NULL || strcmp(text, "all") == 0)
        return CMD_OK;
    if (cmd_number("--lines", text, 0, LONG_MAX, lines, &e) != 0)
        return cmd_fail_err(&e);
    return CMD_OK;
}

static void logs_count(void *arg, const char *time, const char *origin, size_t olen, char mark,
                       const char *text, size_t tlen)
{
    struct logs *l = arg;
    (void)time, (void)mark, (void)text, (void)tlen;
    l->n += logs_wants_origin(l, origin, olen);
}

/* A log has the lines of all members, so that the last of one are not found from its end: all are
 * counted. Returns the history to be read. */
static long logs_member(struct logs *l, long lines)
{
    struct err e;
    char *const *w = l->wanted;
    while (*w != NULL && strchr(*w, '/') == NULL)
        w++;
    struct logtail *t =
        *w == NULL || lines <= 0 ? NULL : logtail_new(l->dir, -1, logs_pick, logs_count, l, &e);
    if (t == NULL)
        return lines;
    (void)logtail_drain(t);
    logtail_free(t);
    l->n = l->n > lines ? l->n - lines : 0;
    return -1;
}

static int logs_show(struct logs *l, long lines, bool on)
{
    struct err e;
    lines = logs_member(l, lines);
    struct logtail *t = logtail_new(l->dir, lines, logs_pick, logs_line, l, &e);
    if (t == NULL)
        return cmd_fail_err(&e);
    follow_log(t, on);
    logtail_free(t);
    return CMD_OK;
}

static int logs_run(const struct cmd_call *call)
{
    struct logs l = {.wanted = call->opts.args, .print = {.out = stdout}};
    char system[FIND_NAME_MAX + 1], state[PATH_MAX];
    long lines;
    struct err e;
    int status = logs_lines(call, &lines);
    if (status == CMD_OK)
        status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    if (rundir_state(system, false, state, sizeof state, &e) != 0 ||
        (size_t)snprintf(l.dir, sizeof l.dir, "%s/logs", state) >= sizeof l.dir ||
        access(l.dir, R_OK) != 0)
        return cmd_fail(CMD_NOT_RUNNING, "system \"%s\" has never run here: it has no logs",
                        system);

    char **names = logs_list(l.dir);
    if (names == NULL)
        return cmd_fail(CMD_NO, "cannot read %s", l.dir);
    l.print.colour = cmd_colour(STDOUT_FILENO);
    l.print.times = opts_has(&call->opts, "timestamps");
    logs_width(&l, names);
    status = logs_check(&l, system, names);
    if (status == CMD_OK)
        status = logs_show(&l, lines, opts_has(&call->opts, "follow"));
    logs_list_free(names);
    return status;
}

const struct cmd cmd_logs = {
    .name = "logs",
    .args = "[ACTOR...]",
    .brief = "Show what actors wrote to standard error and what the supervisor says of them",
    .more =
        "Works also when the system does not run. `|` marks a line of the actor, `*` one of the\n"
        "supervisor, whose own log has the name actorsup. ACTOR is a name, count/2, or a glob.",
    .options = logs_options,
    .max_args = -1,
    .words = CMD_WORDS_ACTORS,
    .run = logs_run,
};
