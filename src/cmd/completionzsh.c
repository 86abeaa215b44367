#include "cmd/cmd.h"
#include "cmd/completion.h"

/* Text within '...' and within [...] of an option's specification. */
static void zsh_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            putc(*text, out);
    }
}

static void zsh_value(FILE *out, const struct opt *o)
{
    if (o->takes == OPT_NOTHING)
        return;
    fputs(o->takes == OPT_MAYBE ? "::" : ":", out);
    zsh_text(out, o->value);
    enum completion_value v = completion_value(o);
    if (v == COMPLETION_WORDS) {
        fputs(":(", out);
        completion_words(out, o->value);
        putc(')', out);
    } else {
        fputs(v == COMPLETION_SYSTEMS  ? ":_actorsup_systems"
              : v == COMPLETION_ACTORS ? ":_actorsup_actors"
                                       : ":_default",
              out);
    }
}

/* A letter that the command's own table takes hides that of a global option. */
static bool zsh_letter_taken(const struct opt *own, char letter)
{
    for (; own != NULL && own->name != NULL; own++) {
        if (own->letter == letter)
            return true;
    }
    return false;
}

static void zsh_option(FILE *out, const struct opt *o, const struct opt *own)
{
    if (o->letter != 0 && !zsh_letter_taken(own, o->letter)) {
        fprintf(out, " \\\n            '*-%c%s[", o->letter, o->takes == OPT_NOTHING ? "" : "+");
        zsh_text(out, o->doc);
        putc(']', out);
        zsh_value(out, o);
        putc('\'', out);
    }
    fprintf(out, " \\\n            '*--%s%s[", o->name,
            o->takes == OPT_NOTHING ? ""
            : o->takes == OPT_MAYBE ? "=-"
                                    : "=");
    zsh_text(out, o->doc);
    putc(']', out);
    zsh_value(out, o);
    putc('\'', out);
}

static void zsh_arguments(FILE *out, const struct cmd *c)
{
    fputs("        _arguments", out);
    for (const struct opt *o = c->options; o != NULL && o->name != NULL; o++)
        zsh_option(out, o, NULL);
    for (const struct opt *o = cmd_global_options; c != &cmd_actorsend && o->name != NULL; o++)
        zsh_option(out, o, c->options);
    if (c->words == CMD_WORDS_ACTORS)
        fputs(" \\\n            '*:actor:_actorsup_actors'", out);
    else if (c->words == CMD_WORDS_FILES)
        fputs(" \\\n            '*:file:_files'", out);
    if (c->words == CMD_WORDS_SUBS) {
        fputs(" \\\n            '1:word:(", out);
        for (const char *const *s = c->subs; *s != NULL; s++)
            fprintf(out, "%s%s", s != c->subs ? " " : "", *s);
        fputs(")'", out);
    }
    if (c->words == CMD_WORDS_COMMANDS) {
        fputs(" \\\n            '1:command:(", out);
        completion_commands(out);
        fputs(")'", out);
    }
}

static void zsh_globals(FILE *out)
{
    fputs("    _arguments -C", out);
    for (const struct opt *o = cmd_global_options; o->name != NULL; o++)
        zsh_option(out, o, NULL);
    fputs(" \\\n            '1:command:->command' '*::argument:->argument' && return\n", out);
}

static void zsh_commands(FILE *out)
{
    fputs("    local -a commands=(", out);
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++) {
        fprintf(out, "\n        '%s:", (*c)->name);
        zsh_text(out, (*c)->brief);
        putc('\'', out);
    }
    fputs(")\n", out);
}

void completion_zsh(FILE *out)
{
    fputs("#compdef actorsup actorsend\n"
          "# Completion of actorsup and actorsend for zsh.\n"
          "_actorsup_actors() {\n"
          "    local -a names chosen\n"
          "    local system=${opt_args[-s]:-${opt_args[--system]}}\n"
          "    [[ -n $system ]] && chosen=(-s $system)\n"
          "    names=(${(f)\"$(actorsup $chosen ps --names 2>/dev/null)\"})\n"
          "    compadd -a names\n"
          "}\n"
          "_actorsup_systems() {\n"
          "    local -a names\n"
          "    names=(${(f)\"$(actorsup ls --names 2>/dev/null)\"})\n"
          "    compadd -a names\n"
          "}\n"
          "_actorsup() {\n"
          "    local context state line\n"
          "    typeset -A opt_args\n",
          out);
    zsh_commands(out);
    zsh_globals(out);
    fputs("    if [[ $state == command ]]; then\n"
          "        _describe -t commands command commands\n"
          "        return\n"
          "    fi\n"
          "    case $words[1] in\n",
          out);
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++) {
        fprintf(out, "    %s)\n", (*c)->name);
        zsh_arguments(out, *c);
        fputs(" ;;\n", out);
    }
    fputs("    esac\n}\n_actorsend() {\n    typeset -A opt_args\n", out);
    zsh_arguments(out, &cmd_actorsend);
    fputs("\n}\n"
          "if [[ $funcstack[1] == _actorsup ]]; then\n"
          "    if [[ $service == actorsend ]]; then _actorsend \"$@\"; else _actorsup \"$@\"; fi\n"
          "else\n"
          "    compdef _actorsup actorsup\n"
          "    compdef _actorsend actorsend\n"
          "fi\n",
          out);
}
