#include "cmd/cmd.h"
#include "cmd/completion.h"

static void fish_text(FILE *out, const char *text)
{
    putc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putc('\\', out);
        putc(*text, out);
    }
    putc('\'', out);
}

static void fish_value(FILE *out, const struct opt *o)
{
    enum completion_value v = completion_value(o);
    if (v == COMPLETION_NONE || o->takes == OPT_MAYBE)
        return;
    if (v == COMPLETION_WORDS) {
        fputs(" -x -a '", out);
        completion_words(out, o->value);
        putc('\'', out);
    } else {
        fputs(v == COMPLETION_SYSTEMS  ? " -x -a '(__actorsup_systems)'"
              : v == COMPLETION_ACTORS ? " -x -a '(__actorsup_actors)'"
                                       : " -r",
              out);
    }
}

/* One option; `when` is a fish condition, or NULL. */
static void fish_option(FILE *out, const char *program, const char *when, const struct opt *o)
{
    fprintf(out, "complete -c %s", program);
    if (when != NULL)
        fprintf(out, " -n '%s'", when);
    if (o->letter != 0)
        fprintf(out, " -s %c", o->letter);
    fprintf(out, " -l %s", o->name);
    fish_value(out, o);
    fputs(" -d ", out);
    fish_text(out, o->doc);
    putc('\n', out);
}

static void fish_command(FILE *out, const struct cmd *c)
{
    char when[96];
    snprintf(when, sizeof when, "__fish_seen_subcommand_from %s", c->name);
    fprintf(out, "complete -c actorsup -n __fish_use_subcommand -a %s -d ", c->name);
    fish_text(out, c->brief);
    putc('\n', out);
    for (const struct opt *o = c->options; o != NULL && o->name != NULL; o++)
        fish_option(out, "actorsup", when, o);
    if (c->words == CMD_WORDS_ACTORS)
        fprintf(out, "complete -c actorsup -n '%s' -a '(__actorsup_actors)'\n", when);
    if (c->words == CMD_WORDS_FILES)
        fprintf(out, "complete -c actorsup -n '%s' -F\n", when);
    if (c->words == CMD_WORDS_SUBS) {
        fprintf(out, "complete -c actorsup -n '%s' -a '", when);
        for (const char *const *s = c->subs; *s != NULL; s++)
            fprintf(out, "%s%s", s != c->subs ? " " : "", *s);
        fputs("'\n", out);
    }
    if (c->words == CMD_WORDS_COMMANDS) {
        fprintf(out, "complete -c actorsup -n '%s' -a '", when);
        completion_commands(out);
        fputs("'\n", out);
    }
}

void completion_fish(FILE *out)
{
    fputs("# Completion of actorsup and actorsend for fish.\n"
          "function __actorsup_actors\n"
          "    actorsup ps --names 2>/dev/null\n"
          "end\n"
          "function __actorsup_systems\n"
          "    actorsup ls --names 2>/dev/null\n"
          "end\n"
          "complete -c actorsup -f\n",
          out);
    for (const struct opt *o = cmd_global_options; o->name != NULL; o++)
        fish_option(out, "actorsup", "not __fish_seen_subcommand_from logs events", o);
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++)
        fish_command(out, *c);
    fputs("complete -c actorsend -f -a '(__actorsup_actors)'\n", out);
    for (const struct opt *o = cmd_actorsend.options; o->name != NULL; o++)
        fish_option(out, "actorsend", NULL, o);
}
