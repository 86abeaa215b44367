/* The running system is brought to what a file says: only what differs is touched. */
#ifndef ENGINE_RELOAD_H
#define ENGINE_RELOAD_H

#include "engine/selection.h"

#include <jansson.h>

struct reload_request {
    const char *path; /* absolute; NULL: the file that it was started with, or last reloaded */
    bool dry;         /* it is only told what would be done */
};

/* Reads the file with the supervisor's own environment, compares, and does it as far as that goes
 * at once; renewing goes on with it. *plan: what is done, as plan_json; the caller's. Otherwise an
 * err code with e, nothing has changed, and *faults is what is wrong in the file, as text for
 * people (the caller's to free), or NULL. */
int reload(struct system *s, const struct reload_request *r, json_t **plan, char **faults,
           struct err *e);
void reload_by_signal(struct system *s); /* the same file again; what is wrong goes to the log */
/* The members of all that the last reload has stopped or started, and of what those before it have
 * not come to an end with. 0, or ERR_NOMEM. */
int reload_touched(struct system *s, struct selection *out);

#endif
