/* What an actor's processes are held to: user, groups, umask, niceness and limits. */
#ifndef ENGINE_CONFINED_H
#define ENGINE_CONFINED_H

#include "engine/system.h"
#include "io/spawn.h"

/* The roles of cgroups (io/cgroup.h) that the actors of a topology ask for, and CGROUP_KILL, by
 * which all that a process started is found, where that is to be had. */
unsigned confined_roles(const struct topology *t);

/* Fills in c (all zero; the caller's for confine_release, also behind an error) for an actor's
 * processes; *any: it says anything. 0, or an err code with e: a limit cannot be held to on this
 * system. */
int confined_make(const struct system *s, const struct topo_actor *conf, struct confine *c,
                  bool *any, struct err *e);
/* Whether we have the right to that, tried with a child. 0, or an err code with e that names the
 * actor. */
int confined_try(const struct topo_actor *conf, const struct confine *c, struct err *e);
/* The same for all actors that are to be started. */
int confined_check(struct system *s, struct err *e);

/* Before p is started: its cgroup, if it needs one, and what spec must say. fds of CGROUP_PLACES;
 * the first spec->n_cgroups are the caller's to close. 0, or an err code with e. */
int confined_begin(struct process *p, struct spawn_spec *spec, int fds[], struct err *e);
/* p has been reaped: whether a limit was why, in p->how. */
void confined_gone(struct process *p);

#endif
