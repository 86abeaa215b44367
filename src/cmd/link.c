#include "cmd/link.h"

#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/systems.h"
#include "io/rundir.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINK_ANSWER_MS 10000

int64_t link_answer_ms(void)
{
    const char *text = getenv("ACTORSUP_ANSWER_TIMEOUT");
    int64_t ms;
    struct err e;
    if (text == NULL || cmd_seconds("ACTORSUP_ANSWER_TIMEOUT", text, &ms, &e) != 0 || ms > INT_MAX)
        return LINK_ANSWER_MS;
    return ms;
}

static const char *link_env(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

/* What it said while it ran can still be read. */
static bool link_has_logs(const char *system)
{
    char state[PATH_MAX], logs[PATH_MAX + sizeof "/logs"];
    struct err ignored;
    if (rundir_state(system, false, state, sizeof state, &ignored) != 0)
        return false;
    snprintf(logs, sizeof logs, "%s/logs", state);
    return access(logs, R_OK) == 0;
}

/* One that runs and was perhaps meant, in buf. False: none. A node is taken for no system. */
static bool link_meant(const char *system, char *buf, size_t size)
{
    struct systems s = {0};
    struct err ignored;
    const char *near = NULL;
    if (systems_running(&s, &ignored) == 0)
        near = text_nearest(system, (const char *const *)s.names);
    if (near != NULL && (strchr(near, '@') == NULL) != (strchr(system, '@') == NULL))
        near = NULL;
    (void)snprintf(buf, size, "%s", near != NULL ? near : "");
    systems_release(&s);
    return near != NULL;
}

/* What starts it: a node is launched by its system. */
static void link_remedy(const char *system, char *buf, size_t size)
{
    const char *at = strchr(system, '@');
    bool logs = link_has_logs(system);
    int n = at == NULL ? snprintf(buf, size, "; start it with `actorsup up`")
                       : snprintf(buf, size,
                                  " on this machine; `actorsup -s %.*s host`, where that was "
                                  "started, says why",
                                  (int)(at - system), system);
    if (logs && n > 0 && (size_t)n < size)
        (void)snprintf(buf + n, size - (size_t)n, ", or see what it said by `actorsup -s %s logs`",
                       system);
}

/* r: its folder, so that there is such a system; NULL: there is none. */
static int link_not_running(const char *system, const struct rundir *r, struct err *e)
{
    char text[512];
    if (r != NULL && rundir_running(r))
        return err_set(e, ERR_NOT_RUNNING,
                       "system \"%s\" is not running: it is starting or ending just now; try again",
                       system);
    if (r == NULL && link_meant(system, text, sizeof text))
        return err_set(e, ERR_NOT_RUNNING, "system \"%s\" is not running (did you mean %s?)",
                       system, text);
    link_remedy(system, text, sizeof text);
    return err_set(e, ERR_NOT_RUNNING, "system \"%s\" is not running%s", system, text);
}

static int link_silent(const char *system, const struct rundir *r, struct err *e)
{
    return err_set(e, ERR_TIMEOUT,
                   "system \"%s\" (pid %ld) does not answer; `actorsup -s %s down` ends it", system,
                   (long)rundir_pid(r), system);
}

static int link_turned_away(const char *system, const struct rundir *r, struct err *e)
{
    return err_set(
        e, ERR_REFUSED,
        "system \"%s\" (pid %ld) hung up: it may have too many connections, or be out of "
        "descriptors; try again, or see `actorsup -s %s logs`",
        system, (long)rundir_pid(r), system);
}

static int link_hello(struct session **out, struct stream *stream, const char *system, int role,
                      struct err *e)
{
    struct session_hello hello = {.role = role, .name = "", .token = ""};
    if (strcmp(link_env("ACTORSUP_SYSTEM"), system) == 0) {
        hello.name = link_env("ACTOR_NAME");
        hello.token = *hello.name != '\0' ? link_env("ACTOR_TOKEN") : "";
    }
    return session_open(out, stream, &hello, (int)link_answer_ms(), e);
}

int link_open(const char *system, int role, struct session **out, struct err *e)
{
    struct rundir *r = NULL;
    int rc = rundir_open(system, false, &r, e);
    if (rc == ERR_NOT_RUNNING)
        return link_not_running(system, NULL, e);
    if (rc != 0)
        return rc;

    struct stream *stream = NULL;
    rc = stream_dial_plain(&stream, rundir_socket(r), (int)link_answer_ms(), e);
    if (rc == 0)
        rc = link_hello(out, stream, system, role, e);
    if (rc == ERR_CLOSED) /* it ended just now, or has no room for us */
        rc = rundir_running(r) && rundir_pid(r) != 0 ? link_turned_away(system, r, e)
                                                     : link_not_running(system, r, e);
    else if (rc == ERR_NOT_RUNNING) /* the lock without a pid: it is starting or ending */
        rc = rundir_running(r) && rundir_pid(r) != 0 ? link_silent(system, r, e)
                                                     : link_not_running(system, r, e);
    else if (rc == ERR_TIMEOUT)
        rc = link_silent(system, r, e);
    rundir_free(r);
    return rc;
}
