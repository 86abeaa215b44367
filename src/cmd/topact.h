/* What `top` has been told to do to actors, while the supervisor does it. */
#ifndef CMD_TOPACT_H
#define CMD_TOPACT_H

#include "base/err.h"

#include <poll.h>
#include <stddef.h>

#define TOPACT_MAX 16 /* at a time */

struct topacts {
    struct topact *list[TOPACT_MAX]; /* owned */
    size_t n;
};

/* request: the name of one ("stop"); signal: of `kill`, else 0. */
int topact_begin(struct topacts *a, const char *system, const char *request, const char *address,
                 int signal, struct err *e);
/* Fills p with what to wait for; returns how many. */
size_t topact_poll(const struct topacts *a, struct pollfd *p);
/* Takes answers that have come. Returns 1 and a line that tells of one, or 0: call it until then.
 */
int topact_take(struct topacts *a, char *line, size_t size);
void topact_release(struct topacts *a); /* what was begun goes on without us */

#endif
