#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#define USAGE_COLUMN 26 /* where the second column of a list begins */

static void usage_row(const char *left, const char *doc)
{
    if (strlen(left) + 2 > USAGE_COLUMN)
        printf("  %s\n  %*s%s\n", left, USAGE_COLUMN - 2, "", doc);
    else
        printf("  %-*s%s\n", USAGE_COLUMN - 2, left, doc);
}

/* A letter that the command's own table takes hides that of a global option. */
static bool usage_letter_taken(const struct opt *own, char letter)
{
    for (; own != NULL && own->name != NULL; own++) {
        if (own->letter == letter)
            return true;
    }
    return false;
}

static void usage_option(const struct opt *o, const struct opt *own)
{
    char left[96];
    char letter[8] = "    ";
    if (o->letter != 0 && !usage_letter_taken(own, o->letter))
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    const char *value = o->value != NULL ? o->value : "";
    if (o->takes == OPT_SIGNAL)
        snprintf(left, sizeof left, "-%s, --%s %s", value, o->name, value);
    else if (o->takes == OPT_MAYBE)
        snprintf(left, sizeof left, "%s--%s[=%s]", letter, o->name, value);
    else
        snprintf(left, sizeof left, "%s--%s%s%s%s", letter, o->name, *value != '\0' ? " " : "",
                 value, o->takes == OPT_WORDS ? "..." : "");
    usage_row(left, o->doc);
}

static void usage_options(const char *title, const struct opt *table, const struct opt *own)
{
    if (table == NULL || table->name == NULL)
        return;
    printf("\n%s\n", title);
    for (const struct opt *o = table; o->name != NULL; o++)
        usage_option(o, own);
}

static void usage_notes(const char *title, const struct cmd_note *notes)
{
    printf("\n%s\n", title);
    for (; notes->name != NULL; notes++)
        usage_row(notes->name, notes->doc);
}

void cmd_print_usage(const struct cmd *cmd)
{
    if (cmd == NULL)
        printf("usage: actorsup [-s SYSTEM | -f FILE] COMMAND [OPTIONS] [ARGUMENTS]\n");
    else if (cmd == &cmd_actorsend)
        printf("usage: %s [OPTIONS] %s\n", cmd->name, cmd->args);
    else
        printf("usage: actorsup [-s SYSTEM | -f FILE] %s [OPTIONS]%s%s\n", cmd->name,
               *cmd->args != '\0' ? " " : "", cmd->args);
}

static void usage_overview(void)
{
    printf("actorsup runs any executables as supervised actors, described in one YAML file.\n\n");
    printf("Commands:\n");
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++)
        usage_row((*c)->name, (*c)->brief);
    usage_options("Options, before the command or behind it:", cmd_global_options, NULL);
    usage_notes("Exit status:", cmd_exits);
    usage_notes("Environment:", cmd_environment);
    printf("\n`actorsup COMMAND --help` tells more; actorsup(1) and actorsup.yaml(5) tell all.\n");
}

void cmd_print_help(const struct cmd *cmd)
{
    cmd_print_usage(cmd);
    printf("\n");
    if (cmd == NULL) {
        usage_overview();
        return;
    }
    printf("%s.\n", cmd->brief);
    if (cmd->more != NULL)
        printf("%s\n", cmd->more);
    usage_options("Options:", cmd->options, NULL);
    if (cmd != &cmd_actorsend)
        usage_options("Options of every command:", cmd_global_options, cmd->options);
}
