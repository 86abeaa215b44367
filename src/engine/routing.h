/* The mail of a pool whose messages belong to members by a header (`route: hash:HEADER`).
 *
 * Each member has a mailbox of its keyed mail, which nobody else takes from. When the pool changes
 * its size some keys go to other members: what is queued for them, and what comes meanwhile, is put
 * aside until nothing of these keys is in any hand; then what came back from a death goes to where
 * its key belongs now, and behind it what was put aside. So the order of each key holds. To the
 * disk all of it is mail of the pool's one mailbox. */
#ifndef ENGINE_ROUTING_H
#define ENGINE_ROUTING_H

#include "engine/system.h"

struct routing *routing_new(const struct topo_actor *conf); /* NULL: no memory */
void routing_free(struct routing *r);                       /* NULL is allowed */
/* Its members, as they are now, have the keys. */
void routing_begin(struct actor *a);

/* The mailbox of a's in which l belongs: the shared one where l has no key. NULL: no memory. */
struct mailbox *routing_box(struct actor *a, const struct letter *l);
/* The mailbox of what is put aside; NULL: it is no such pool. */
struct mailbox **routing_aside(const struct actor *a);
uint64_t routing_queued(const struct actor *a); /* messages with a key */

/* Members have come, are ready, or are to leave. One that is new gets keys once it is ready. */
void routing_sized(struct actor *a);
bool routing_moves(const struct actor *a); /* keys change their member */
void routing_settle(struct actor *a);      /* something has left a hand */
/* m has left the pool: its mail is the others'. */
void routing_leave(struct member *m);

/* The file says another header than before, or none, or now one. *fresh is made beforehand where
 * there is none yet, and set to NULL when it is taken. */
void routing_adopt(struct actor *a, const struct topo_actor *was, struct routing **fresh);

#endif
