/* `up --wait`: until every actor is ready. */
#ifndef CMD_UPWAIT_H
#define CMD_UPWAIT_H

#include <stdint.h>

/* names end with NULL; NULL: all. ms -1: as long as it takes. The guardian is a child of this
 * process, so that a system that has ended meanwhile gives its own status. Returns an exit status,
 * all said. */
int upwait_ready(const char *system, char *const *names, int64_t ms);

#endif
