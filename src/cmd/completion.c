#include "cmd/completion.h"

#include "cmd/cmd.h"

#include <string.h>

enum completion_value completion_value(const struct opt *o)
{
    if (o->takes == OPT_NOTHING)
        return COMPLETION_NONE;
    if (strchr(o->value, '|') != NULL)
        return COMPLETION_WORDS;
    if (strcmp(o->value, "SYSTEM") == 0)
        return COMPLETION_SYSTEMS;
    return strcmp(o->value, "ACTOR") == 0 ? COMPLETION_ACTORS : COMPLETION_ANY;
}

void completion_words(FILE *out, const char *value)
{
    for (; *value != '\0'; value++)
        putc(*value == '|' ? ' ' : *value, out);
}

void completion_commands(FILE *out)
{
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++)
        fprintf(out, "%s%s", c != cmd_table ? " " : "", (*c)->name);
}
