/* Groups: what follows for the others of a group when a member starts again or fails, and the order
 * in which members stop and start. The decision is model/strategy.h; this carries it out. */
#ifndef ENGINE_GROUPS_H
#define ENGINE_GROUPS_H

#include "engine/system.h"

/* Those of s->topology, behind the roster. Called again for another topology, what is known of a
 * group stays with its name. 0, or an err code with e and nothing changed. */
int groups_make(struct system *s, struct err *e);
void groups_free(struct system *s);

/* What m's group says to one more restart of it; counted when it is allowed. */
bool groups_allow(struct member *m);
/* m is started again, and others of its group with it, as verdict says. */
void groups_restart(struct member *m, enum strategy_verdict verdict);
/* m has failed: its group fails, and so on upwards. */
void groups_failed(struct member *m);
/* m is started by hand: what its groups counted against it is forgotten. */
void groups_forgive(struct member *m);

/* By hand: m is to stop, and to start again behind it; those of a group in their order. */
void groups_halt(struct member *m, bool again);

/* m is to stop behind those that started after it: to be started again, to fail, or to stay. */
void groups_turn(struct member *m, enum turn turn);
/* Goes on with those that are to stop. Called when some member changed its state. */
void groups_step(struct system *s);

/* Whom a must wait for before it may start, as "db to start"; false: nobody. */
bool groups_wait(const struct actor *a, char *buf, size_t size);
bool groups_alive(const struct actor *a); /* has any of its members a process? */
/* Does somebody behind a in its group still run? */
bool groups_followed(const struct actor *a);

/* Does a stand in the group of this name, or in one of its groups? */
bool groups_has(const struct actor *a, const char *name);

#endif
