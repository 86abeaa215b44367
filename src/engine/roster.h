/* The actors of a system: which there are, and what they have to do with each other. */
#ifndef ENGINE_ROSTER_H
#define ENGINE_ROSTER_H

#include "engine/system.h"

/* Makes all actors of s->topology. 0, or an err code with e; what was made until then goes with
 * roster_free. */
int roster_make(struct system *s, struct err *e);
void roster_free(struct system *s);

/* One more, in no list yet: until roster_enlist it is the caller's, for roster_drop. conf is
 * borrowed. NULL with e. */
struct actor *roster_new(struct system *s, const struct topo_actor *conf, struct err *e);
void roster_drop(struct actor *a); /* NULL is allowed */
/* Makes room for n more to be enlisted: 0, or an err code with e. */
int roster_room(struct system *s, size_t n, struct err *e);
void roster_enlist(struct actor *a); /* it gets its index, and belongs to the system */

/* list (taken over; all enlisted) is s->actors from now on, and those that are not removed are
 * found by name. */
void roster_arrange(struct system *s, struct actor **list, size_t n);
/* One more behind the others, with what it has to do with them; there is room (roster_room). 0, or
 * ERR_NOMEM with e and a in no list. */
int roster_join(struct actor *a, struct err *e);
void roster_leave(struct actor *a);     /* it is in no list any more, but keeps its slot */
void roster_free_slot(struct actor *a); /* nobody refers to it: another may have its slot */
void roster_names(struct system *s);    /* their confs are others: they are found by those names */
/* Who sends to whom and waits for whom, once more for all. Those that are pending or removed keep
 * their `to`. 0, or ERR_NOMEM with e and some relations missing. */
int roster_connect(struct system *s, struct err *e);

#endif
