/* Shell completion, made from the command table. */
#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

#include <stdio.h>

struct opt;

/* What the value of an option may be, by what help calls it. */
enum completion_value {
    COMPLETION_NONE,    /* it takes none */
    COMPLETION_WORDS,   /* ready|done|stopped */
    COMPLETION_SYSTEMS, /* SYSTEM */
    COMPLETION_ACTORS,  /* ACTOR */
    COMPLETION_ANY,     /* a file, or whatever */
};
enum completion_value completion_value(const struct opt *o);
/* The words of such a value with a blank between them; or those of all commands. */
void completion_words(FILE *out, const char *value);
void completion_commands(FILE *out);

void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

#endif
