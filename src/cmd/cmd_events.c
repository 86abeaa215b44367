#include "cmd/commands.h"
#include "cmd/find.h"
#include "cmd/follow.h"
#include "io/logfile.h"
#include "io/rundir.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct opt events_options[] = {
    {'f', "follow", OPT_NOTHING, NULL, "go on with what comes, until interrupted"},
    {'n', "lines", OPT_VALUE, "N", "only the last N events; `all` is the default"},
    {'j', "json", OPT_NOTHING, NULL, "print a JSON object for each"},
    {0},
};

#define EVENTS_TIME_LEN 27

static void events_json(const char *time, json_t *event)
{
    json_object_set_new(event, "time", json_stringn(time, EVENTS_TIME_LEN));
    json_dumpf(event, stdout, JSON_COMPACT);
    putchar('\n');
}

/* A value as `key=value`; with quotes when it has a blank in it. */
static void events_value(const char *key, const json_t *value)
{
    const char *text = json_string_value(value);
    if (text != NULL && *text != '\0' && strpbrk(text, " \t\"") == NULL) {
        printf(" %s=%s", key, text);
        return;
    }
    printf(" %s=", key);
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void events_text(const char *time, json_t *event)
{
    const char *name = json_string_value(json_object_get(event, "event"));
    printf("%.*s %s", EVENTS_TIME_LEN, time, name != NULL ? name : "?");
    const char *key;
    json_t *value;
    json_object_foreach(event, key, value)
    {
        if (strcmp(key, "event") != 0)
            events_value(key, value);
    }
    putchar('\n');
}

static void events_line(void *arg, const char *time, const char *origin, size_t olen, char mark,
                        const char *text, size_t tlen)
{
    const bool *json = arg;
    (void)origin;
    (void)olen;
    (void)mark;
    json_t *event = json_loadb(text, tlen, JSON_ALLOW_NUL, NULL);
    if (!json_is_object(event) && *json) { /* not one of ours */
        json_decref(event);
        event = json_pack("{s:s,s:o}", "event", "unknown", "text", json_stringn(text, tlen));
        if (event != NULL)
            events_json(time, event);
    } else if (!json_is_object(event))
        printf("%.*s %.*s\n", EVENTS_TIME_LEN, time, (int)tlen, text);
    else if (*json)
        events_json(time, event);
    else
        events_text(time, event);
    json_decref(event);
}

static int events_run(const struct cmd_call *call)
{
    char system[FIND_NAME_MAX + 1], state[PATH_MAX], dir[PATH_MAX];
    const char *lines = opts_value(&call->opts, "lines");
    bool json = opts_has(&call->opts, "json");
    long last = -1;
    struct err e;
    if (lines != NULL && strcmp(lines, "all") != 0 &&
        cmd_number("--lines", lines, 0, LONG_MAX, &last, &e) != 0)
        return cmd_fail_err(&e);
    int status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    if (rundir_state(system, false, state, sizeof state, &e) != 0 ||
        (size_t)snprintf(dir, sizeof dir, "%s/events", state) >= sizeof dir ||
        access(dir, R_OK) != 0)
        return cmd_fail(CMD_NOT_RUNNING, "system \"%s\" has never run here: it has no events",
                        system);
    struct logtail *t = logtail_new(dir, last, NULL, events_line, &json, &e);
    if (t == NULL)
        return cmd_fail_err(&e);
    follow_log(t, opts_has(&call->opts, "follow"));
    logtail_free(t);
    return CMD_OK;
}

const struct cmd cmd_events = {
    .name = "events",
    .args = "",
    .brief = "Show what happened: actors started, ready, exited, restarted, failed",
    .more = "Works also when the system does not run.",
    .options = events_options,
    .words = CMD_WORDS_NONE,
    .run = events_run,
};
