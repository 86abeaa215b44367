/* The checks of a member: whether it gets ready in time, and stays well. */
#ifndef ENGINE_PROBE_H
#define ENGINE_PROBE_H

#include "engine/system.h"

/* Makes m->probe where the actor has checks, or a time to get ready in. 0 or ERR_NOMEM. */
int probe_prepare(struct member *m, struct err *e);
void probe_free(struct member *m);

/* m's state has changed, or its actor's keys: begins what that state asks for, and ends what runs.
 */
void probe_follow(struct member *m);
/* No process of a check is left. */
bool probe_gone(const struct member *m);
/* What ps says of a member that is not ready yet, or not well. False: nothing. */
bool probe_reason(const struct member *m, char *buf, size_t size);

#endif
