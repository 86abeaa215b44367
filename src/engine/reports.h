/* What the commands are told: the state of members, the books, the dead letters. */
#ifndef ENGINE_REPORTS_H
#define ENGINE_REPORTS_H

#include "engine/deadletters.h"
#include "engine/selection.h"

#include <jansson.h>

/* Each returns a new object, or NULL without memory. */
json_t *reports_ps(struct system *s, const struct selection *sel);
json_t *reports_audit(struct system *s, const struct selection *sel);
json_t *reports_letters(struct system *s);
json_t *reports_letter(struct system *s, const struct deadletter *d, bool whole);
void reports_refresh(const struct selection *sel); /* what was read until now is counted */

/* Of a member, as users see it. */
const char *reports_state(const struct member *m);
pid_t reports_pid(const struct member *m); /* 0: no process */
int64_t reports_uptime(struct system *s, const struct member *m);
/* The first of a pool has the numbers of the shared mailbox, each what it has of its own. */
uint64_t reports_queued(const struct member *m);
int64_t reports_oldest(struct system *s, const struct member *m); /* ms; 0: nothing waits */

#endif
