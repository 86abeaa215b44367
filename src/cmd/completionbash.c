#include "cmd/cmd.h"
#include "cmd/completion.h"

static void bash_options(FILE *out, const struct opt *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (table->letter != 0)
            fprintf(out, "-%c ", table->letter);
        fprintf(out, "--%s ", table->name);
    }
}

static const char *bash_kind(enum completion_value v)
{
    return v == COMPLETION_SYSTEMS ? "systems" : v == COMPLETION_ACTORS ? "actors" : "any";
}

/* What may stand behind the options that take a value. */
static void bash_values(FILE *out, const struct opt *table)
{
    fputs("        case $prev in\n", out);
    for (; table != NULL && table->name != NULL; table++) {
        enum completion_value v = completion_value(table);
        if (v == COMPLETION_NONE || table->takes == OPT_MAYBE)
            continue;
        fputs("        ", out);
        if (table->letter != 0)
            fprintf(out, "-%c|", table->letter);
        fprintf(out, "--%s) ", table->name);
        if (v == COMPLETION_WORDS) {
            fputs("kind=words words='", out);
            completion_words(out, table->value);
            fputs("' ;;\n", out);
        } else {
            fprintf(out, "kind=%s ;;\n", bash_kind(v));
        }
    }
    fputs("        esac\n", out);
}

/* The same of the options of all commands, whose letters a command may have taken. */
static void bash_global_values(FILE *out)
{
    fputs("    case $prev in\n", out);
    for (const struct opt *o = cmd_global_options; o->name != NULL; o++) {
        enum completion_value v = completion_value(o);
        if (v == COMPLETION_NONE)
            continue;
        fprintf(out, "    --%s) kind=%s ;;\n", o->name, bash_kind(v));
        if (o->letter != 0)
            fprintf(out, "    -%c) [[ \" $opts\" == *' -%c '* ]] || kind=%s ;;\n", o->letter,
                    o->letter, bash_kind(v));
    }
    fputs("    esac\n", out);
}

static void bash_command(FILE *out, const struct cmd *c)
{
    static const char *const kinds[] = {"none", "actors", "files", "words", "words"};
    fprintf(out, "    %s)\n        opts='", c->name);
    bash_options(out, c->options);
    fprintf(out, "' kind=%s", kinds[c->words]);
    if (c->words == CMD_WORDS_COMMANDS) {
        fputs(" words='", out);
        completion_commands(out);
        fputs("'", out);
    }
    if (c->subs != NULL) {
        fprintf(out, " words='");
        for (const char *const *s = c->subs; *s != NULL; s++)
            fprintf(out, "%s%s", s != c->subs ? " " : "", *s);
        fprintf(out, "'");
    }
    fputs("\n", out);
    if (c->options != NULL)
        bash_values(out, c->options);
    fputs("        ;;\n", out);
}

static const char bash_head[] =
    "# Completion of actorsup and actorsend for bash.\n"
    "_actorsup_starts() {\n"
    "    local word\n"
    "    while read -r word; do\n"
    "        [[ $word == \"$1\"* ]] && COMPREPLY+=(\"$word\")\n"
    "    done\n"
    "}\n"
    "_actorsup_actors() {\n"
    "    _actorsup_starts \"$cur\" < <(actorsup \"${chosen[@]}\" ps --names 2>/dev/null)\n"
    "}\n"
    "_actorsup_systems() {\n"
    "    _actorsup_starts \"$cur\" < <(actorsup ls --names 2>/dev/null)\n"
    "}\n"
    "_actorsup_words() {\n"
    "    _actorsup_starts \"$cur\" < <(printf '%s\\n' $1)\n"
    "}\n"
    "_actorsup_chosen() {\n"
    "    local i\n"
    "    prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    [[ $cur == = ]] && cur=\n"
    "    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -s|--system|-f|--file)\n"
    "            [[ -n $cmd && ${COMP_WORDS[i]} == -f ]] && continue\n"
    "            chosen+=(\"${COMP_WORDS[i]}\" \"${COMP_WORDS[++i]}\") ;;\n"
    "        -*) ;;\n"
    "        *) [[ -z $cmd ]] && cmd=${COMP_WORDS[i]} ;;\n"
    "        esac\n"
    "    done\n"
    "}\n";

static const char bash_kinds[] = "_actorsup_kind() {\n"
                                 "    case $kind in\n"
                                 "    actors) _actorsup_actors ;;\n"
                                 "    systems) _actorsup_systems ;;\n"
                                 "    words) _actorsup_words \"$words\" ;;\n"
                                 "    esac\n"
                                 "}\n";

static const char bash_tail[] = "    if [[ $cur == -* ]]; then\n"
                                "        _actorsup_words \"$opts$globals\"\n"
                                "    else\n"
                                "        _actorsup_kind\n"
                                "    fi\n"
                                "}\n"
                                "complete -o default -F _actorsup actorsup\n";

static void bash_actorsend(FILE *out)
{
    fputs("_actorsend() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} cmd=send prev= kind=actors words=\n"
          "    local -a chosen=()\n"
          "    COMPREPLY=()\n"
          "    _actorsup_chosen\n",
          out);
    bash_values(out, cmd_actorsend.options);
    fputs("    if [[ $cur == -* ]]; then\n"
          "        _actorsup_words '",
          out);
    bash_options(out, cmd_actorsend.options);
    fputs("'\n"
          "    else\n"
          "        _actorsup_kind\n"
          "    fi\n"
          "}\n"
          "complete -o default -F _actorsend actorsend\n",
          out);
}

void completion_bash(FILE *out)
{
    fputs(bash_head, out);
    fputs(bash_kinds, out);
    fputs("_actorsup() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} cmd= prev= opts= kind=none words=\n"
          "    local -a chosen=()\n"
          "    local globals='",
          out);
    bash_options(out, cmd_global_options);
    fputs("'\n"
          "    COMPREPLY=()\n"
          "    _actorsup_chosen\n"
          "    case $cmd in\n"
          "    '') kind=words words='",
          out);
    completion_commands(out);
    fputs("' ;;\n", out);
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++)
        bash_command(out, *c);
    fputs("    esac\n", out);
    bash_global_values(out);
    fputs(bash_tail, out);
    bash_actorsend(out);
}
