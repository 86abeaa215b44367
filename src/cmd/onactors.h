/* What start, stop, restart and kill have in common: a call that names actors. */
#ifndef CMD_ONACTORS_H
#define CMD_ONACTORS_H

#include <jansson.h>
#include <stdbool.h>

struct cmd_call;

#define ONACTORS_MORE \
    "ACTOR is a name, a member of a pool (count/2), or a quoted glob ('c*', '*' for all)."

/* Takes request. Prints "done NAME" for each that the answer names, and what it says of the others.
 * some: one must have been done, else that is the error. Returns the exit status. */
int onactors_run(const struct cmd_call *call, json_t *request, const char *done, bool some);

#endif
