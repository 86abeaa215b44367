/* Actors that are spawned of a template while the system runs: by an actor, whose children they are
 * and which is told of their ends, or by hand. */
#ifndef ENGINE_CHILDREN_H
#define ENGINE_CHILDREN_H

#include "engine/ownconf.h"
#include "engine/system.h"

struct children_request {
    mail_origin by; /* a member of an actor, whose child it is to be; ORIGIN_SYSTEM: nobody's */
    struct span template, name; /* name empty: one is made of the template's */
    struct ownconf_more more;
    uint64_t cause; /* the message that its parent had in hand, or 0 */
};

/* Starts it: *out, in the roster. One of the same name that the same parent has spawned of the same
 * template, and that lives, is what was asked for. Otherwise 0 or an err code with e, whose text
 * stands alone. */
int children_spawn(struct system *s, const struct children_request *r, struct actor **out,
                   struct err *e);
/* The same for an actor's own request: of a failure it is told by MSG_CHILD_EXITED, and of the
 * address, when tag is not empty, by MSG_REPLY with that tag. */
void children_spawn_for(struct system *s, const struct children_request *r, struct span tag);
/* It is told that this cannot be, and so is its log. */
void children_refuse(struct system *s, const struct children_request *r, struct span tag,
                     const char *why);

/* It takes no more mail, and ends once what it has is handled; its children first. now: without
 * handling what waits. One that was spawned is gone then; one of the file is stopped. */
void children_exit(struct actor *a, bool now);
void children_leave(void *arg);         /* its timer: is it to be waited for any longer? */
void children_follow(struct system *s); /* some state has changed */
/* Of one that exits: what its end waits for, to buf. */
bool children_reason(const struct member *m, char *buf, size_t size);

/* A process of m has ended, and what becomes of m is decided: its parent is told. */
void children_told(struct member *m, bool again);
/* The mail of one that exits has all been handed over. */
void children_emptied(struct actor *a);
bool children_live(const struct actor *a); /* has it children that are not at rest? */

#endif
