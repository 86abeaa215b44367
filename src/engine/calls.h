/* Calls of the commands that are answered once their members are in a certain state, or never will
 * be. */
#ifndef ENGINE_CALLS_H
#define ENGINE_CALLS_H

#include "engine/selection.h"

struct call_kind;

extern const struct call_kind calls_exited, calls_stopped, calls_left, calls_restarted;
extern const struct call_kind calls_reloaded;
extern const struct call_kind calls_measured;         /* answered by live_report */
const struct call_kind *calls_kind(const char *what); /* of `wait`: ready, done, stopped; or NULL */

/* Answers c once it is so of all of sel, maybe at once; kind NULL: once the system has ended.
 * Takes what sel has, or leaves it when there is no memory, which c is told. */
void calls_add(struct client *c, const struct call_kind *kind, struct selection *sel);
/* Calls cb with the actor of each member that one of them names. */
void calls_each(struct system *s, void (*cb)(void *arg, const struct actor *a), void *arg);
void calls_check(struct system *s);                    /* some state has changed */
void calls_forget(struct system *s, struct client *c); /* c is gone */
void calls_finish(struct system *s); /* the system has ended: those who wait are answered */

#endif
