/* The other hosts of a system: launched, listened to, and told of when they are lost.
 *
 * On each one supervisor runs, the node, launched by ssh or another command whose standard input
 * and output are the trunk. It begins and ends processes and speaks to them; their mailboxes and
 * all that is decided stay here. A connection that breaks is made anew, and nothing is lost; a node
 * that is gone takes its processes with it, as a death that is nobody's fault. */
#ifndef ENGINE_HOSTS_H
#define ENGINE_HOSTS_H

#include "engine/system.h"

#include <jansson.h>

int hosts_make(struct system *s, struct err *e);
void hosts_begin(struct system *s); /* launches all */
/* The system ends: nodes are told, and awaited for a while. True: some are still there. */
bool hosts_stay(struct system *s);
/* Those that could not be told that it ends, and for how long what they run goes on at most, as "a
 * (10s), b (5m0s)". Their number. */
size_t hosts_left(const struct system *s, char *buf, size_t size);
void hosts_free(struct system *s);

/* The file is another: hosts come, go, and are known otherwise. */
void hosts_adopt(struct system *s);
/* What that would change: each that it has, or that only the running system has of a file, as it is
 * now and as it would be; NULL: it is not there. */
void hosts_plan(const struct system *s, const struct topology *t,
                void (*tell)(void *arg, const char *name, const struct topo_host *was,
                             const struct topo_host *is),
                void *arg);
/* The effect of that on a host that comes in another way: "launch", at once, as it is not up, or
 * "replace". *goes_on: what runs there cannot be told just now. */
const char *hosts_replaced(const struct system *s, const char *name, const struct topo_host *is,
                           bool *goes_on);
void hosts_follow(struct system *s); /* states have changed: may those that leave go? */

/* Is there a host of this name, in the system or in its file? */
bool hosts_knows(const struct system *s, const char *name);

/* Must a member wait for a host? buf says for what, and that is begun. hosts_says: the same, as it
 * is now, and nothing is begun. */
bool hosts_waits(const struct member *m, char *buf, size_t size);
bool hosts_says(const struct member *m, char *buf, size_t size);
/* What is said of an actor is another, and holds for its processes as they are. */
void hosts_change(const struct actor *a);
/* What ps says of one whose host is not up; false: it is, or it runs on none. */
bool hosts_reason(const struct member *m, char *buf, size_t size);
/* Before it starts: where, and the adaptor for that. 0, or an err code with e. */
int hosts_move(struct member *m, struct err *e);
bool hosts_is_ready(const struct member *m);    /* it goes on, as it did before */
const char *hosts_name(const struct member *m); /* where its process runs, or ran last */
/* Asks those that are up what their processes use, see meter.h. Their number. */
unsigned hosts_measure(struct system *s);
/* All, home first, as [{"name", "state"}]; the caller's. NULL: no memory. */
json_t *hosts_states(const struct system *s);

#endif
