/* Actors that want to be told once another one has ended for good. */
#ifndef ENGINE_WATCHING_H
#define ENGINE_WATCHING_H

#include "engine/system.h"

/* who is told once, by MSG_WATCHED_EXITED; at once when to is nobody's address or its actor has
 * ended already. Twice is once. */
void watching_begin(struct system *s, mail_origin who, struct span to);
void watching_stop(struct system *s, mail_origin who, struct span to);
/* m's actor has ended for good, if it has: those who watch it are told why. */
void watching_tell(struct actor *a, const char *why);
void watching_free(struct actor *a);

/* What is told of an end: headers `actor`, and `status` or `signal` unless no process was started,
 * and `restart` (yes, no) where that is not NULL; the reason is the body. */
struct watching_end {
    const char *address;
    const struct policy_exit *how; /* or NULL */
    const char *restart, *why;
    struct span tag; /* of the request that could not be met, or empty */
    uint64_t cause;  /* the message for which it was spawned, or 0 */
};
void watching_deliver(struct system *s, mail_origin who, uint8_t type,
                      const struct watching_end *end);

#endif
