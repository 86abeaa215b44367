/* What a member has sent and its targets have no room for yet, in order. */
#ifndef ENGINE_OUTBOX_H
#define ENGINE_OUTBOX_H

#include "engine/system.h"

/* Puts a copy of what its process asked for at the end. 0 or ERR_NOMEM. */
int outbox_add(struct member *m, const struct speak_out *o);
/* The next to be sent; NULL: nothing waits. */
const struct speak_out *outbox_front(const struct member *m);
void outbox_shift(struct member *m); /* that is sent */
/* The number of the next one among all that any member's outbox has got, from 1; 0: nothing waits.
 */
uint64_t outbox_number(const struct member *m);

#endif
