/* Log lines for people: `name | text`, as `up` and `logs` show them. */
#ifndef CMD_LOGPRINT_H
#define CMD_LOGPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct logprint {
    FILE *out;
    int width;   /* of the column of names; grows with a longer one */
    bool colour; /* by actor */
    bool times;  /* a time in front */
};

/* A logtail_line callback; arg is a struct logprint. */
void logprint_line(void *arg, const char *time, const char *origin, size_t olen, char mark,
                   const char *text, size_t tlen);

#endif
