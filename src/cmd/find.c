#include "cmd/find.h"

#include "base/bytes.h"
#include "cmd/cmd.h"
#include "config/topology.h"
#include "io/rundir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct find_running {
    struct bytes names; /* "a, b" */
    char only[ADDRESS_NAME_MAX + 1];
    int n;
};

static void find_running_add(void *arg, const char *system)
{
    struct find_running *r = arg;
    snprintf(r->only, sizeof r->only, "%s", system);
    bytes_printf(&r->names, "%s%s", r->n++ > 0 ? ", " : "", system);
}

static int find_only_running(char *out, struct err *e)
{
    struct find_running r = {0};
    bytes_init(&r.names);
    int rc = rundir_list(find_running_add, &r, e);
    if (rc < 0 && rc != ERR_NOT_RUNNING)
        goto out;
    rc = 0;
    if (r.n == 1) {
        memcpy(out, r.only, sizeof r.only);
    } else if (r.n == 0) {
        rc = err_set(e, ERR_NOT_RUNNING,
                     "no system is running, and there is no ./" FIND_FILE
                     " here; start one with `actorsup up FILE`");
    } else {
        const char *names = bytes_cstr(&r.names);
        rc = err_set(e, ERR_INVALID, "several systems are running: %s; choose one with -s",
                     names != NULL ? names : "");
    }
out:
    bytes_release(&r.names);
    return rc;
}

static int find_named(const char *from, const char *name, char *out, struct err *e)
{
    if (!address_name_ok(name, strlen(name)))
        return err_set(e, ERR_INVALID,
                       "%s: \"%s\" is not the name of a system; it begins with a-z and has only "
                       "a-z, 0-9, _ and -",
                       from, name);
    snprintf(out, ADDRESS_NAME_MAX + 1, "%s", name);
    return 0;
}

int find_system(const char *system, const char *file, char *out, struct err *e)
{
    if (system != NULL)
        return find_named("-s", system, out, e);
    if (file != NULL)
        return topology_system_name(file, out, ADDRESS_NAME_MAX + 1, e);
    const char *from_env = getenv("ACTORSUP_SYSTEM");
    if (from_env != NULL && *from_env != '\0')
        return find_named("ACTORSUP_SYSTEM", from_env, out, e);
    if (access(FIND_FILE, F_OK) == 0)
        return topology_system_name(FIND_FILE, out, ADDRESS_NAME_MAX + 1, e);
    return find_only_running(out, e);
}

int find_for(const struct cmd_call *call, char *out)
{
    struct err e;
    int rc = find_system(call->system, call->file, out, &e);
    if (rc == ERR_SYSTEM) /* the file cannot be read */
        return cmd_fail(CMD_USAGE, "%s", e.text);
    return rc == 0 ? CMD_OK : cmd_fail_err(&e);
}
