/* Waiting for more of a log while its reader is still there. */
#ifndef CMD_FOLLOW_H
#define CMD_FOLLOW_H

#include "io/logfile.h"

#include <stdbool.h>

/* Prints what is there and, when `on`, goes on until standard output is closed by its reader or
 * cannot be written. */
void follow_log(struct logtail *t, bool on);

#endif
