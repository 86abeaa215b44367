#include "cmd/commands.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"
#include "engine/takeover.h"
#include "io/procs.h"
#include "io/rundir.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#define DOWN_KILL_MS 5000
#define DOWN_LOOK_MS 20

static const struct opt down_options[] = {
    {'t', "timeout", OPT_VALUE, "SECS",
     "kill what has not stopped after so long (each actor's grace)"},
    {0},
};

static void down_name_survivor(void *arg, pid_t pid)
{
    char command[256];
    (void)arg;
    procs_command(pid, command, sizeof command);
    cmd_fail(CMD_NO, "still there: pid %ld: %s", (long)pid, command);
}

/* What stands in its cgroups is its own as well, whatever it did to its mark; unless it has been
 * started again meanwhile. */
static void down_cgroups(struct rundir *r)
{
    struct err e;
    if (rundir_lock(r, &e) == 0)
        takeover_cgroups(r);
}

/* The last look: nobody holds the lock, nothing with the system's mark lives. */
static int down_end(struct rundir *r, const char *system)
{
    int left = 0;
    if (!takeover_wait_unlocked(r, link_answer_ms()))
        return cmd_fail(CMD_NO, "system %s still holds its lock %s/" RUNDIR_LOCK, system,
                        rundir_path(r));
    int killed = takeover_marked(r, DOWN_KILL_MS, &left, down_name_survivor, NULL);
    if (killed > 0)
        printf("killed %d process%s that had been left behind\n", killed, killed == 1 ? "" : "es");
    down_cgroups(r);
    return left == 0 ? CMD_OK : CMD_NO;
}

/* The supervisor hangs or died on the way: without it. */
static int down_force(struct rundir *r, const char *system)
{
    pid_t pid = takeover_kill_supervisor(r);
    if (pid > 0)
        printf(
            "killed the supervisor (pid %ld), which did not answer; messages in memory are lost\n",
            (long)pid);
    int status = down_end(r, system);
    if (status == CMD_OK)
        rundir_clean(r);
    return status;
}

static int down_survivors(const json_t *answer)
{
    int status = CMD_OK;
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(answer, "survivors"), i, p) status = cmd_fail(
        CMD_NO, "still there: pid %" PRId64 ": %s", ctl_int(p, "pid"), ctl_text(p, "command"));
    return status;
}

/* What has become of its messages, and of what ran elsewhere. */
static void down_tells(const char *system, const json_t *answer)
{
    int64_t unhandled = ctl_int(answer, "unhandled"), kept = ctl_int(answer, "kept");
    const char *hosts = ctl_text(answer, "hosts");
    printf("%s is down; %" PRId64 " message%s left unhandled", system, unhandled,
           unhandled == 1 ? " was" : "s were");
    if (kept > 0)
        printf(", %" PRId64 " kept on disk", kept);
    printf("\n");
    if (*hosts != '\0')
        printf(
            "%s could not be reached: what runs there goes on for that long at most (`alone`), or "
            "is taken back by the next `up`\n",
            hosts);
}

static int down_ask(struct ctl *c, struct rundir *r, const char *system, int64_t grace_ms)
{
    json_t *answer = NULL;
    struct err e;
    json_t *request = ctl_request("down", NULL);
    json_object_set_new(request, "timeout_ms", json_integer(grace_ms));
    int64_t within = grace_ms < 0 ? -1 : grace_ms + link_answer_ms();
    int rc = ctl_call(c, request, within, &answer, &e);
    if (rc == ERR_TIMEOUT || rc == ERR_CLOSED)
        return down_force(r, system);
    if (rc != 0)
        return cmd_fail(CMD_NO, "%s", e.text);

    down_tells(system, answer);
    int survivors = down_survivors(answer);
    if (*ctl_text(answer, "hosts") != '\0') /* what runs there is left */
        survivors = CMD_NO;
    json_decref(answer);
    if (ctl_wait_end(c, link_answer_ms(), &e) != 0)
        return down_force(r, system);
    int status = down_end(r, system);
    return survivors != CMD_OK ? survivors : status;
}

/* Nothing runs; but a supervisor killed together with its guardian may have left processes. */
static int down_leftovers(struct rundir *r, const char *system)
{
    int left = 0;
    int killed = takeover_marked(r, DOWN_KILL_MS, &left, down_name_survivor, NULL);
    down_cgroups(r);
    if (killed + left == 0)
        return cmd_fail(CMD_NOT_RUNNING, "system \"%s\" is not running", system);
    printf("%s was killed before; ended %d process%s that it had left\n", system, killed,
           killed == 1 ? "" : "es");
    if (left == 0)
        rundir_clean(r);
    return left == 0 ? CMD_OK : CMD_NO;
}

/* A system that is starting or ending is waited for. */
static int down_open(const struct rundir *r, const char *system, struct ctl **c, struct err *e)
{
    int64_t deadline = cmd_now() + link_answer_ms();
    int rc;
    while ((rc = ctl_open(system, c, e)) == ERR_NOT_RUNNING && rundir_running(r)) {
        if (cmd_now() > deadline)
            return err_set(e, ERR_REFUSED, "system \"%s\" is locked, but does not start or end",
                           system);
        (void)poll(NULL, 0, DOWN_LOOK_MS);
    }
    return rc;
}

static int down_run(const struct cmd_call *call)
{
    char system[FIND_NAME_MAX + 1];
    const char *timeout = opts_value(&call->opts, "timeout");
    int64_t grace_ms = -1;
    struct rundir *r = NULL;
    struct ctl *c = NULL;
    struct err e;
    if (timeout != NULL && cmd_seconds("--timeout", timeout, &grace_ms, &e) != 0)
        return cmd_fail_err(&e);
    int status = find_for(call, system);
    if (status != CMD_OK)
        return status;
    int rc = rundir_open(system, false, &r, &e);
    if (rc == ERR_NOT_RUNNING)
        return cmd_fail(CMD_NOT_RUNNING, "system \"%s\" is not running", system);
    if (rc != 0)
        return cmd_fail(CMD_NO, "%s", e.text);

    rc = down_open(r, system, &c, &e);
    if (rc == 0)
        status = down_ask(c, r, system, grace_ms);
    else if (rc == ERR_NOT_RUNNING)
        status = down_leftovers(r, system);
    else if (rc == ERR_TIMEOUT || rc == ERR_CLOSED)
        status = down_force(r, system);
    else
        status = cmd_fail(CMD_NO, "%s", e.text);
    ctl_close(c);
    rundir_free(r);
    return status;
}

const struct cmd cmd_down = {
    .name = "down",
    .args = "",
    .brief = "Stop all actors, in reverse order of their start, and end the system",
    .more =
        "Says how many messages were left unhandled. The exit status is 0 only when no process\n"
        "of the system is left; otherwise those left are named.",
    .options = down_options,
    .words = CMD_WORDS_NONE,
    .run = down_run,
};
