/* A parser of command lines that is driven by tables, so that what a command takes, its help, its
 * completion and the check of its manual page have one source. */
#ifndef CMD_OPTS_H
#define CMD_OPTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum opt_takes {
    OPT_NOTHING, /* -d, --detach */
    OPT_VALUE,   /* -n N, -nN, --lines N, --lines=N */
    OPT_MAYBE,   /* --wait, --wait=SECS: a value only behind `=` */
    OPT_WORDS,   /* --only A B...: every word up to the next option; repeatable */
    OPT_SIGNAL,  /* -NAME or -NUMBER, the name of a signal, beside the long form with a value */
};

struct opt {
    char letter;      /* 0: it has none */
    const char *name; /* the long name without its dashes; NULL ends a table */
    enum opt_takes takes;
    const char *value; /* what help calls its value, or NULL */
    const char *doc;   /* one line */
};

struct opt_given {
    const struct opt *opt;
    const char *value; /* borrowed from argv; NULL when there is none */
};

struct opts {
    struct opt_given *given; /* owned; in the order of the command line */
    size_t n_given;
    char **args; /* owned array of borrowed words, ends with NULL */
    int n_args;
};

enum opt_order { OPT_MIXED, OPT_FIRST /* stop at the first word that is no option */ };

/* Parses argv[0 .. argc) by the tables in turn (the list ends with NULL; a letter or name of an
 * earlier table hides a later one). 0, or ERR_INVALID with e saying what is wrong and the nearest
 * option, or ERR_NOMEM. Words behind `--` are never options. */
int opts_parse(struct opts *o, const struct opt *const *tables, enum opt_order order, int argc,
               char **argv, struct err *e);
void opts_release(struct opts *o);

bool opts_has(const struct opts *o, const char *name);
/* The last value given, or NULL. */
const char *opts_value(const struct opts *o, const char *name);
/* Values in turn: start with *at = 0; NULL at the end. */
const char *opts_next(const struct opts *o, const char *name, size_t *at);

#endif
