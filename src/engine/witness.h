/* Who sees the mail go by: what the room tells of each message (of bulk, of each run) comes here,
 * and goes to those who want to know. Nothing of this can fail or hold anything up. */
#ifndef ENGINE_WITNESS_H
#define ENGINE_WITNESS_H

#include "engine/system.h"

/* What becomes of a message that was accepted. */
enum witness_what {
    WITNESS_TAKEN,    /* handed over to a process */
    WITNESS_HANDLED,  /* or it left the hand for what was told of it before */
    WITNESS_FAILED,   /* an attempt; it is queued again */
    WITNESS_DEFERRED, /* put back to the tail, by its process or by hand out of the dead letters */
    WITNESS_RETURNED, /* its process has ended; it is queued again */
    WITNESS_DEAD,
    WITNESS_DROPPED,
};

/* Into a mailbox of a; l has its id. */
void witness_accepted(struct actor *a, const struct mailbox *box, const struct letter *l);
/* The same of a copy that the supervisor has made: its sender has sent it once. */
void witness_copied(struct actor *a, const struct mailbox *box, const struct letter *l);
/* n whole lines at the front of data, as tells with ids from first_id on. */
void witness_lines(const struct target *t, const struct letter *first, const char *data, char delim,
                   uint64_t n);
/* A message for an outside client, which has it. */
void witness_told(struct system *s, mail_origin client, const struct letter *l);
void witness_taken(struct member *m, const struct mail_run *run);
/* For hand.over: of a member's hand. */
void witness_over(void *member, const struct mail_run *run);
void witness_failed(struct member *m, const struct letter *l, const char *reason);
void witness_returned(struct member *m); /* all that it has in hand */
void witness_deferred(struct member *m, const struct letter *l);
void witness_retried(const struct target *t, const struct letter *l);
/* a NULL: it was for nobody; `to` is what was written. */
void witness_dead(struct system *s, struct actor *a, const char *to, const struct letter *l,
                  const char *reason);
void witness_gone(const struct actor *a); /* its index may become another's */
void witness_dropped(struct actor *a, const struct letter *l, const char *reason);

#endif
