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

static int link_not_running(const char *system, struct err *e)
{
    struct systems s = {0};
    struct err ignored;
    const char *near = NULL;
    if (systems_running(&s, &ignored) == 0)
        near = text_nearest(system, (const char *const *)s.names);
    bool logs = near == NULL && link_has_logs(system);
    if (near != NULL)
        (void)err_set(e, ERR_NOT_RUNNING, "system \"%s\" is not running (did you mean %s?)", system,
                      near);
    else
        (void)err_set(e, ERR_NOT_RUNNING,
                      "system \"%s\" is not running; start it with `actorsup up`%s%s%s", system,
                      logs ? ", or see what it said by `actorsup -s " : "", logs ? system : "",
                      logs ? " logs`" : "");
    systems_release(&s);
    return ERR_NOT_RUNNING;
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
        return link_not_running(system, e);
    if (rc != 0)
        return rc;

    struct stream *stream = NULL;
    rc = stream_dial_plain(&stream, rundir_socket(r), (int)link_answer_ms(), e);
    if (rc == 0)
        rc = link_hello(out, stream, system, role, e);
    if (rc == ERR_CLOSED) /* it ended just now, or has no room for us */
        rc = rundir_running(r) && rundir_pid(r) != 0 ? link_turned_away(system, r, e)
                                                     : link_not_running(system, e);
    else if (rc == ERR_NOT_RUNNING) /* the lock without a pid: it is starting or ending */
        rc = rundir_running(r) && rundir_pid(r) != 0 ? link_silent(system, r, e)
                                                     : link_not_running(system, e);
    else if (rc == ERR_TIMEOUT)
        rc = link_silent(system, r, e);
    rundir_free(r);
    return rc;
}
