/* From an address to a mailbox: who may receive what, whether there is room, and acceptance. */
#ifndef ENGINE_ROUTER_H
#define ENGINE_ROUTER_H

#include "engine/system.h"

struct deadletter;

#define ROUTER_ASK_MS 5000 /* an ask's time-out when none is given */

/* Whether t takes such a message at all: 0, or ERR_REFUSED with *why static text. */
int router_takes(const struct target *t, const struct letter *l, const char **why);
/* Why nobody will ever take from box: the actor is done, or the one member whose mail it is, or it
 * is about to go. NULL: it may. */
const char *router_over(const struct actor *a, const struct mailbox *box);

/* Accepts l for every one of n targets, or for none. Each copy gets an id of its own, except for a
 * single target when l->id is not 0. 0; or ERR_AGAIN with *full set to the actor without room;
 * ERR_FULL, *full set as well: the disk that keeps its mail has none; ERR_NOMEM. What is accepted
 * for an actor that is done goes to dead letters. */
int router_post(struct system *s, const struct target *t, size_t n, const struct letter *l,
                struct actor **full);

/* As many whole lines as t takes now, as tells: *n. Returns the bytes consumed; when whole lines
 * are left *full is the actor without room. Only where router_bulk says so. */
size_t router_post_lines(struct system *s, const struct target *t, mail_origin from,
                         const char *data, size_t len, char delim, uint64_t *n,
                         struct actor **full);
/* Lines of this delimiter, of that sender, need no look at each of them. */
bool router_bulk(const struct target *t, mail_origin from, char delim);

/* Puts a reply, dead, wake or exit message to whoever `to` is, past every bound. An asker that is
 * gone: to dead letters, reason `late`. */
void router_deliver(struct system *s, mail_origin to, const struct letter *l);

/* `NAME`, `NAME/N` or `~N`. Returns the length. */
size_t router_origin(struct system *s, mail_origin o, char *buf, size_t size);

/* Mail of a that has grown too old is dropped. */
void router_expire(void *actor);
/* Everything queued for an actor that is done goes to dead letters. */
void router_bury(struct actor *a, struct mailbox *box, const char *reason);
void router_bury_all(struct actor *a, const char *reason);     /* the same of all its mailboxes */
void router_bury_member(struct member *m, const char *reason); /* of those that are m's alone */
/* The same of its front one. False: nothing is queued. */
bool router_bury_front(struct actor *a, struct mailbox *box, const char *reason);

bool actor_is_done(const struct actor *a); /* every member is done */
bool actor_is_past(const struct actor *a); /* it is removed, and no process of it is left */
/* A dead letter, at the tail again whatever the bound says; not counted. was: as
 * which it was kept. 0 or ERR_NOMEM. */
int router_put_back(const struct target *t, const struct letter *l, const struct deadletter *was);
void router_arrived(struct actor *a); /* something was put into one of its mailboxes */
/* All that is queued in one mailbox of a's goes to the tail of another, whatever the bound says.
 * What there is no memory for stays. from NULL: nothing. */
void router_move(struct actor *a, struct mailbox *from, struct mailbox *to);
/* The front one of `from`, that has been put at the tail of `to`, is no more in `from`. */
void router_moved_front(struct actor *a, struct mailbox *from, struct mailbox *to);

#endif
