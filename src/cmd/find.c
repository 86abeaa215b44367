#include "cmd/find.h"

#include "base/bytes.h"
#include "cmd/cmd.h"
#include "cmd/systems.h"
#include "config/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int find_choice(const struct systems *s, struct err *e)
{
    struct bytes names;
    bytes_init(&names);
    for (size_t i = 0; i < s->n; i++)
        bytes_printf(&names, "%s%s", i > 0 ? ", " : "", s->names[i]);
    const char *text = bytes_cstr(&names);
    int rc = err_set(e, ERR_INVALID, "several systems are running: %s; choose one with -s",
                     text != NULL ? text : "");
    bytes_release(&names);
    return rc;
}

static int find_only_running(char *out, struct err *e)
{
    struct systems s = {0};
    int rc = systems_running(&s, e);
    if (rc != 0)
        return rc;
    if (s.n == 1)
        snprintf(out, FIND_NAME_MAX + 1, "%s", s.names[0]);
    else if (s.n == 0)
        rc = err_set(e, ERR_NOT_RUNNING,
                     "no system is running, and there is no ./" FIND_FILE
                     " here; start one with `actorsup up FILE`");
    else
        rc = find_choice(&s, e);
    systems_release(&s);
    return rc;
}

static int find_named(const char *from, const char *name, char *out, struct err *e)
{
    const char *at = strchrnul(name, '@');

    if (!address_name_ok(name, (size_t)(at - name)) ||
        (*at == '@' && !address_name_ok(at + 1, strlen(at + 1))))
        return err_set(e, ERR_INVALID, "%s: \"%s\" is not the name of a system: " ADDRESS_NAME_RULE,
                       from, name);
    snprintf(out, FIND_NAME_MAX + 1, "%s", name);
    return 0;
}

int find_system(const char *system, const char *file, char *out, struct err *e)
{
    if (system != NULL)
        return find_named("-s", system, out, e);
    if (file != NULL)
        return topology_system_name(file, out, FIND_NAME_MAX + 1, e);
    const char *from_env = getenv("ACTORSUP_SYSTEM");
    if (from_env != NULL && *from_env != '\0')
        return find_named("ACTORSUP_SYSTEM", from_env, out, e);
    if (access(FIND_FILE, F_OK) == 0)
        return topology_system_name(FIND_FILE, out, FIND_NAME_MAX + 1, e);
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
