#include "cmd/onactors.h"

#include "base/bytes.h"
#include "cmd/cmd.h"
#include "cmd/ctl.h"

#include <stdio.h>

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

int onactors_run(const struct cmd_call *call, json_t *request, const char *done, bool some)
{
    json_t *answer = NULL;
    int status = ctl_once(call, request, -1, &answer);
    if (status != CMD_OK)
        return status;
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
