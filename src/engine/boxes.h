/* The mailboxes of an actor: the one that all of its members share, and those of single members. */
#ifndef ENGINE_BOXES_H
#define ENGINE_BOXES_H

#include "engine/init.h"
#include "engine/routing.h"
#include "engine/system.h"

/* Each has a place, from 0; past the last one boxes_end. NULL: none was made there so far. */
size_t boxes_end(const struct actor *a);
struct mailbox **boxes_at(const struct actor *a, size_t place);
/* Those of the actor, and those of one member alone (NULL as well), from 0; the last is followed by
 * NULL. */
struct mailbox **boxes_common(const struct actor *a, size_t i);
struct mailbox **boxes_of(const struct member *m, size_t i);
/* The member that alone takes from box; NULL: it is the actor's. */
const struct member *boxes_owner(const struct actor *a, const struct mailbox *box);
/* The member to which the mail in box was sent, from 1; 0: it was sent to the actor. */
size_t boxes_member(const struct actor *a, const struct mailbox *box);

uint64_t actor_queued(const struct actor *a);
uint64_t actor_held(const struct actor *a);
/* Replies and what the system says, that wait for m or its pool. */
uint64_t boxes_beyond(const struct member *m);
/* The address whose mail stands in box: the actor's, or that of one member, written to buf. */
const char *actor_box_address(const struct actor *a, const struct mailbox *box, char *buf,
                              size_t size);
/* That of NAME/N, and that in which l belongs (member below 1: sent to NAME). They are made when
 * need be; NULL: no memory. */
struct mailbox *actor_own_box(struct actor *a, int member);
static inline struct mailbox *actor_box(struct actor *a, int member, const struct letter *l)
{
    if (member > 0)
        return actor_own_box(a, member);
    return a->routing == NULL ? a->shared : routing_box(a, l);
}
/* Where l goes that is meant for box: that, or one for init mail of the same. */
static inline struct mailbox *boxes_lane(struct actor *a, struct mailbox *box,
                                         const struct letter *l)
{
    return a->init == NULL ? box : init_lane(a, box, l);
}

#endif
