/* What happens to the mail of an actor between its mailbox and the hands of its members. */
#ifndef ENGINE_MAIL_H
#define ENGINE_MAIL_H

#include "engine/system.h"

/* The part of speak_host that takes and handles; see speak.h. */
bool mail_take(void *member, uint64_t max, size_t bytes, struct mail_run *run);
void mail_handled(void *member, uint64_t n);
void mail_fail(void *member, uint64_t id, const char *reason);
void mail_defer(void *member, uint64_t id);

bool mail_waits(struct member *m); /* whether take would give it something */
typedef bool mail_kind(const struct member *m, const struct letter *l);
/* An ask that a filter has read, and whose asker has given up: it only keeps its place among the
 * lines. */
mail_kind mail_is_stale;
/* The oldest of a kind, of the `left` oldest in m's hand. */
bool mail_find(struct member *m, uint64_t left, mail_kind *is, uint64_t *id);

/* Tasks of an actor. */
void mail_room(void *actor);
void mail_press(void *actor);
void mail_refresh(struct member *m); /* what its process has read by now is counted */
/* Nobody waits for room, and something is about to be dropped for want of it: what was read by now
 * is counted first, once in a turn of the loop. */
void mail_count(struct actor *a);

/* After the death of m's process: of what it had in hand it had read of the oldest n_read. Blame is
 * laid, and the rest is queued again. After an end of input that was followed by a clean exit, what
 * is unanswered goes to dead letters. */
void mail_settle(struct member *m, uint64_t n_read);

#endif
