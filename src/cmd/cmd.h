/* The commands: one file each, one table. Usage, help, shell completion and the check of the manual
 * pages come from what is declared here. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/err.h"
#include "cmd/opts.h"

#include <stdbool.h>
#include <stdint.h>

enum cmd_exit {
    CMD_OK = 0,
    CMD_NO = 1,          /* the answer is no */
    CMD_USAGE = 2,       /* wrong usage or a faulty file */
    CMD_NOT_RUNNING = 3, /* no such system is running */
};

/* What completion offers for the words of a command. */
enum cmd_words {
    CMD_WORDS_NONE,
    CMD_WORDS_ACTORS,
    CMD_WORDS_FILES,
    CMD_WORDS_SUBS,
    CMD_WORDS_COMMANDS
};

struct cmd_call {
    const struct cmd *cmd;
    const char *system; /* -s, or NULL */
    const char *file;   /* -f, or NULL */
    struct opts opts;
};

struct cmd {
    const char *name;
    const char *args;          /* of the usage line, behind the options; "" for none */
    const char *brief;         /* one line, no full stop */
    const char *more;          /* further lines of its help, or NULL */
    const struct opt *options; /* ends with a row without a name */
    const char *const *subs;   /* first words that it knows, with NULL at the end, or NULL */
    int min_args, max_args;    /* max -1: any number */
    enum cmd_words words;
    int (*run)(const struct cmd_call *call); /* returns the exit status */
};

extern const struct cmd *const cmd_table[];   /* of actorsup; ends with NULL */
const struct cmd *cmd_find(const char *name); /* in it, or NULL */
int cmd_unknown(const char *name);            /* says that it is none, and the nearest; 2 */
extern const struct opt cmd_global_options[]; /* of actorsup, before the command or behind it */
extern const struct cmd cmd_actorsend;        /* of the program actorsend */

/* Exit statuses and environment variables, for help and for the check of the manual pages. */
struct cmd_note {
    const char *name; /* NULL ends a table */
    const char *doc;
};
extern const struct cmd_note cmd_exits[];
extern const struct cmd_note cmd_environment[];

/* The two programs. */
int cmd_actorsup_main(int argc, char **argv);
int cmd_actorsend_main(int argc, char **argv);

/* "actorsup" or "actorsend": what errors begin with. */
extern const char *cmd_program;

/* Prints one line on standard error, begun by the program's name; returns status. */
int cmd_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for a filled error: 3 for ERR_NOT_RUNNING, 2 for ERR_INVALID, else 1. */
int cmd_fail_err(const struct err *e);
/* What every program does first: descriptors 0 to 2 are something, and SIGPIPE is ignored. */
void cmd_begin(void);
/* Flushes standard output. status, or 1 with an error when not all could be written. */
int cmd_finish(int status);

/* Help texts, in usage.c. cmd NULL: of actorsup as a whole. */
void cmd_print_help(const struct cmd *cmd);
/* "actorsup wait [OPTIONS] ACTOR..." */
void cmd_print_usage(const struct cmd *cmd);

/* Values of options. 0, or ERR_INVALID with e. Seconds may have a fraction or a unit ("2", "0.5",
 * "250ms"). */
int cmd_seconds(const char *option, const char *text, int64_t *ms, struct err *e);
int cmd_number(const char *option, const char *text, long min, long max, long *out, struct err *e);

/* May output on this descriptor be coloured? */
bool cmd_colour(int fd);
/* Monotonic milliseconds. */
int64_t cmd_now(void);

#endif
