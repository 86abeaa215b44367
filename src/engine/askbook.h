/* Questions that were accepted and not yet answered, by the id of the message. */
#ifndef ENGINE_ASKBOOK_H
#define ENGINE_ASKBOOK_H

#include "engine/system.h"

/* 0 or ERR_NOMEM. The time-out runs from now. */
int asks_open(struct system *s, uint64_t id, mail_origin asker, struct actor *to, struct span tag,
              int64_t ms);
bool asks_is_open(struct system *s, uint64_t id);
/* The asker gets the reply with its own tag. False: no such ask is open (late, or never was). */
bool asks_answer(struct system *s, uint64_t id, mail_origin from, struct span headers,
                 struct span body);
/* The asker is told that there will be no answer, and why. No effect when it is not open. */
void asks_fail(struct system *s, uint64_t id, const char *reason);
void asks_cancel(struct system *s, uint64_t id); /* it was not accepted after all: nobody is told */
void asks_forget(struct system *s, mail_origin asker); /* a client has gone */
/* Calls cb with each that is open. */
void asks_each(struct system *s, void (*cb)(void *arg, mail_origin asker, const struct actor *to),
               void *arg);
void asks_free(struct system *s);

/* A `dead` message: why (header `reason`) what was tagged so could not be delivered. */
void asks_tell_dead(struct system *s, mail_origin to, struct span tag, const char *address,
                    const char *reason, struct span body, uint64_t cause);

#endif
