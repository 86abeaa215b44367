#include "cmd/onactors.h"

#include "cmd/cmd.h"
#include "cmd/ctl.h"

#include <stdio.h>

int onactors_run(const struct cmd_call *call, json_t *request, const char *done)
{
    json_t *answer = NULL;
    int status = ctl_once(call, request, -1, &answer);
    if (status != CMD_OK)
        return status;
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(answer, "names"), i, name)
        printf("%s %s\n", done, json_string_value(name));
    json_decref(answer);
    return CMD_OK;
}
