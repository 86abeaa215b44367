/* How the programs reach a running supervisor: its folder, its socket, and the name they go by. */
#ifndef CMD_LINK_H
#define CMD_LINK_H

#include "base/err.h"
#include "wire/session.h"

#include <stdint.h>

/* Opens a session in this role (enum frame_role). ERR_NOT_RUNNING when the system does not run,
 * ERR_TIMEOUT when it holds its lock but does not answer in link_answer_ms(). Run by an actor of
 * the same system, the session bears the actor's name. */
int link_open(const char *system, int role, struct session **out, struct err *e);

/* How long a supervisor may take to answer at all: $ACTORSUP_ANSWER_TIMEOUT or 10 s. */
int64_t link_answer_ms(void);

#endif
