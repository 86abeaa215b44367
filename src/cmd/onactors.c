#include "cmd/onactors.h"

#include "base/bytes.h"
#include "cmd/cmd.h"
#include "cmd/ctl.h"
#include "cmd/find.h"
#include "cmd/link.h"

#include <stdio.h>
#include <string.h>

enum { ONACTORS_QUIET_MS = 2000 }; /* what takes longer says what it waits for */

static void onactors_join(struct bytes *out, const json_t *others)
{
    size_t i;
    json_t *text;
    json_array_foreach(others, i, text)
        bytes_printf(out, "%s%s", i > 0 ? ", " : "", json_string_value(text));
}

/* None was as it must be. */
static int onactors_none(const json_t *others)
{
    struct bytes list;
    bytes_init(&list);
    onactors_join(&list, others);
    const char *text = bytes_cstr(&list);
    int status = cmd_fail(CMD_NO, "%s", text != NULL ? text : "out of memory");
    bytes_release(&list);
    return status;
}

/* --- the call, and what it waits for --- */

/* Those that are not where they are to be, and why: once, as that may take long. */
static void onactors_waits(const char *system, json_t *names)
{
    json_t *answer = NULL, *request = ctl_request("ps", NULL), *row;
    struct err e;
    size_t i;
    json_object_set(request, "names", names);
    if (ctl_ask(system, request, link_answer_ms(), &answer, &e) != 0)
        return;
    json_array_foreach(json_object_get(answer, "actors"), i, row)
    {
        const char *reason = ctl_text(row, "reason"), *state = ctl_text(row, "state");
        if (*reason == '\0' && strcmp(state, "stopping") != 0 && strcmp(state, "draining") != 0)
            continue;
        char member[24] = "";
        if (ctl_int(row, "member") > 0)
            snprintf(member, sizeof member, "/%d", (int)ctl_int(row, "member"));
        fprintf(stderr, "actorsup: waiting for %s%s, which is %s%s%s\n", ctl_text(row, "name"),
                member, state, *reason == '\0' ? "" : ": ", reason);
    }
    json_decref(answer);
}

static int onactors_ask(const char *system, json_t *request, json_t **answer, struct err *e)
{
    struct ctl *c = NULL;
    json_t *names = json_incref(json_object_get(request, "names"));
    int rc = ctl_open(system, &c, e);
    if (rc != 0) {
        json_decref(request);
        json_decref(names);
        return rc;
    }
    rc = ctl_begin(c, request, ONACTORS_QUIET_MS, e);
    if (rc == 0 && (rc = ctl_next(c, ONACTORS_QUIET_MS, answer, e)) == ERR_TIMEOUT) {
        onactors_waits(system, names);
        rc = ctl_next(c, -1, answer, e);
    }
    if (rc == ERR_NOT_RUNNING) /* it did run */
        rc = e->code = ERR_REFUSED;
    json_decref(names);
    ctl_close(c);
    return rc;
}

int onactors_run(const struct cmd_call *call, json_t *request, const char *done, bool some)
{
    char system[FIND_NAME_MAX + 1];
    json_t *answer = NULL;
    struct err e;
    int status = find_for(call, system);
    if (status != CMD_OK) {
        json_decref(request);
        return status;
    }
    if (onactors_ask(system, request, &answer, &e) != 0)
        return ctl_fail(&e);
    const json_t *names = json_object_get(answer, "names");
    const json_t *others = json_object_get(answer, "others");
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name) printf("%s %s\n", done, json_string_value(name));
    if (some && json_array_size(names) == 0 && json_array_size(others) > 0) {
        status = onactors_none(others);
    } else {
        json_array_foreach(others, i, name) printf("%s\n", json_string_value(name));
    }
    json_decref(answer);
    return status;
}
