/* What an actor's processes are held to: user, groups, umask, niceness and limits. */
#ifndef ENGINE_CONFINED_H
#define ENGINE_CONFINED_H

#include "engine/system.h"
#include "io/spawn.h"

/* The roles of cgroups (io/cgroup.h) that the actors of a topology ask for; 0: none. */
unsigned confined_roles(const struct topology *t);

/* Fills in a->confine. 0, or an err code with e: a limit cannot be held to on this system. */
int confined_make(struct actor *a, struct err *e);
/* Whether we have the right to all that the actors to be started are held to, tried with a child
 * for each of them. 0, or an err code with e that names the actor. */
int confined_check(struct system *s, struct err *e);

/* Before p is started: its cgroup, if it needs one, and what spec must say. fds of CGROUP_PLACES;
 * the first spec->n_cgroups are the caller's to close. 0, or an err code with e. */
int confined_begin(struct process *p, struct spawn_spec *spec, int fds[], struct err *e);
/* p has been reaped: whether a limit was why, in p->how. */
void confined_gone(struct process *p);

#endif
