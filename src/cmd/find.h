/* Which system a command is about: -s, -f, $ACTORSUP_SYSTEM, ./actorsup.yaml, or the only one that
 * runs. */
#ifndef CMD_FIND_H
#define CMD_FIND_H

#include "base/err.h"
#include "model/address.h"

#define FIND_FILE "actorsup.yaml"
/* NAME, or NAME@HOST of what runs here for a system of another host. */
#define FIND_NAME_MAX (2 * ADDRESS_NAME_MAX + 1)

struct cmd_call;

/* Fills system (of FIND_NAME_MAX+1). 0, or ERR_* with e: ERR_INVALID when several run and none
 * is named, ERR_NOT_RUNNING when there is nothing to go by. Whether it runs is not looked at. */
int find_system(const char *system, const char *file, char *out, struct err *e);

/* The same for a call, which has been told already when it fails: returns an exit status. */
int find_for(const struct cmd_call *call, char *out);

#endif
