#include "cmd/upwait.h"

#include "base/bytes.h"
#include "cmd/cmd.h"
#include "cmd/ctl.h"
#include "cmd/link.h"
#include "cmd/upsending.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

static bool upwait_is_ready(const json_t *actor)
{
    const char *state = ctl_text(actor, "state");
    return strcmp(state, "ready") == 0 || strcmp(state, "done") == 0;
}

/* "db (starting), web/2 (failed: exit 3)" */
static void upwait_list(struct bytes *out, const json_t *actors)
{
    size_t i;
    json_t *a;
    json_array_foreach(actors, i, a)
    {
        if (upwait_is_ready(a))
            continue;
        const char *state = ctl_text(a, "state"), *reason = ctl_text(a, "reason");
        if (strncmp(reason, state, strlen(state)) == 0)
            state = ""; /* "waiting for db to be ready" */
        bytes_printf(out, "%s%s (%s%s%s)", bytes_len(out) > 0 ? ", " : "", ctl_text(a, "address"),
                     state, *state != '\0' && *reason != '\0' ? ": " : "", reason);
    }
}

static int upwait_name_them(const char *system, char *const *names, const struct err *why)
{
    struct ctl *c = NULL;
    json_t *answer = NULL;
    struct bytes list;
    struct err e;
    bytes_init(&list);
    if (ctl_open(system, &c, &e) == 0 &&
        ctl_call(c, ctl_request("ps", names), link_answer_ms(), &answer, &e) == 0)
        upwait_list(&list, json_object_get(answer, "actors"));
    const char *text = bytes_cstr(&list);
    if (text == NULL || *text == '\0')
        text = why->text;
    int status =
        cmd_fail(CMD_NO, "not ready%s: %s; the system goes on (actorsup -s %s down ends it)",
                 why->code == ERR_TIMEOUT ? " in time" : "", text, system);
    json_decref(answer);
    ctl_close(c);
    bytes_release(&list);
    return status;
}

/* The system has ended by itself: well, when all its actors were done. */
static int upwait_ended(const char *system)
{
    int status = 0;
    pid_t pid;
    do
        pid = waitpid(-1, &status, 0);
    while (pid < 0 && errno == EINTR);
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return CMD_OK;
    return cmd_fail(CMD_NO, "system %s has ended already: `actorsup -s %s logs` shows why", system,
                    system);
}

/* The answer, while it is shown what is sent to other hosts. */
static int upwait_next(struct ctl *c, const char *system, int64_t ms, json_t **answer,
                       struct err *e)
{
    int64_t end = cmd_now() + ms;
    struct upsending sending;
    int rc;
    upsending_begin(&sending, system);
    do {
        int64_t left = ms < 0 ? -1 : end - cmd_now(), look = upsending_wait(&sending);
        if (left < 0 && ms >= 0)
            left = 0;
        rc = ctl_next(c, (int)(look >= 0 && (left < 0 || look < left) ? look : left), answer, e);
        if (rc == ERR_TIMEOUT && look >= 0)
            upsending_look(&sending);
    } while (rc == ERR_TIMEOUT && (ms < 0 || cmd_now() < end));
    upsending_end(&sending);
    return rc;
}

int upwait_ready(const char *system, char *const *names, int64_t ms)
{
    struct ctl *c = NULL;
    json_t *answer = NULL;
    struct err e;
    int rc = ctl_open(system, &c, &e);
    if (rc == 0) {
        json_t *request = ctl_request("wait", names);
        json_object_set_new(request, "for", json_string("ready"));
        rc = ctl_begin(c, request, ms, &e);
        if (rc == 0)
            rc = upwait_next(c, system, ms, &answer, &e);
    }
    json_decref(answer);
    ctl_close(c);
    if (rc == 0)
        return CMD_OK;
    if (rc == ERR_NOT_RUNNING || rc == ERR_CLOSED)
        return upwait_ended(system);
    return upwait_name_them(system, names, &e);
}
