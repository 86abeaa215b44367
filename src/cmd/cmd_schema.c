#include "cmd/commands.h"
#include "config/schema.h"

#include <stdio.h>
#include <stdlib.h>

static int schema_run(const struct cmd_call *call)
{
    (void)call;
    char *text = schema_json();
    if (text == NULL)
        return cmd_fail(CMD_NO, "out of memory");
    printf("%s\n", text);
    free(text);
    return CMD_OK;
}

const struct cmd cmd_schema = {
    .name = "schema",
    .args = "",
    .brief = "Print the JSON Schema of the file, for editors and other tools",
    .words = CMD_WORDS_NONE,
    .run = schema_run,
};
