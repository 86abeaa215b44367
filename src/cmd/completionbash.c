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

static void bash_command(FILE *out, const struct cmd *c)
{
    static const char *const kinds[] = {"none", "actors", "files", "subs"};
    fprintf(out, "    %s)\n        opts='", c->name);
    bash_options(out, c->options);
    fprintf(out, "' kind=%s", kinds[c->words]);
    if (c->subs != NULL) {
        fprintf(out, " subs='");
        for (const char *const *s = c->subs; *s != NULL; s++)
            fprintf(out, "%s%s", s != c->subs ? " " : "", *s);
        fprintf(out, "'");
    }
    fprintf(out, " ;;\n");
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
    "_actorsup_words() {\n"
    "    _actorsup_starts \"$cur\" < <(printf '%s\\n' $1)\n"
    "}\n"
    "_actorsup_chosen() {\n"
    "    local i\n"
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

static const char bash_tail[] = "    esac\n"
                                "    if [[ $cur == -* ]]; then\n"
                                "        _actorsup_words \"$opts$globals\"\n"
                                "        return\n"
                                "    fi\n"
                                "    case $kind in\n"
                                "    actors) _actorsup_actors ;;\n"
                                "    files) COMPREPLY=() ;;\n"
                                "    subs) _actorsup_words \"$subs\" ;;\n"
                                "    esac\n"
                                "}\n"
                                "complete -o default -F _actorsup actorsup\n";

static void bash_actorsend(FILE *out)
{
    fprintf(out, "_actorsend() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} cmd=send\n"
                 "    local -a chosen=()\n"
                 "    COMPREPLY=()\n"
                 "    _actorsup_chosen\n"
                 "    if [[ $cur == -* ]]; then\n"
                 "        _actorsup_words '");
    bash_options(out, cmd_actorsend.options);
    fprintf(out, "'\n"
                 "    else\n"
                 "        _actorsup_actors\n"
                 "    fi\n"
                 "}\n"
                 "complete -o default -F _actorsend actorsend\n");
}

void completion_bash(FILE *out)
{
    fputs(bash_head, out);
    fprintf(out, "_actorsup() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} cmd= opts= kind=none subs=\n"
                 "    local -a chosen=()\n"
                 "    local globals='");
    bash_options(out, cmd_global_options);
    fprintf(out, "'\n"
                 "    COMPREPLY=()\n"
                 "    _actorsup_chosen\n"
                 "    case $cmd in\n"
                 "    '') kind=subs subs='");
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++)
        fprintf(out, "%s%s", c != cmd_table ? " " : "", (*c)->name);
    fprintf(out, "' ;;\n");
    for (const struct cmd *const *c = cmd_table; *c != NULL; c++)
        bash_command(out, *c);
    fputs(bash_tail, out);
    bash_actorsend(out);
}
