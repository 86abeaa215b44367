/* One process slot of an actor through its life (model/lifecycle.def). */
#ifndef ENGINE_MEMBER_H
#define ENGINE_MEMBER_H

#include "engine/system.h"

struct member *member_new(struct actor *a, unsigned index, struct err *e);
void member_free(struct member *m);
/* What adaptors may ask of a member. */
extern const struct speak_host member_host;
/* At rest: an adaptor anew, for what its actor's conf says. 0, or ERR_NOMEM with e and the old. */
int member_respeak(struct member *m, struct err *e);

void member_start(struct member *m);            /* by up, by hand, or what it waited for is there */
void member_check(struct member *m);            /* one that waits: may it start now? */
void member_stop(struct member *m, bool again); /* and start again behind it */
/* The same, but it may finish what it has in hand: its input ends, and it is stopped only when it
 * has not ended after its grace. False: it has never had mail, or cannot have any, and goes on. */
bool member_finish(struct member *m, bool again);
bool member_end_input(struct member *m,
                      bool again);      /* the same, also where it has never had mail */
void member_kill_now(struct member *m); /* SIGKILL to all it has */

/* Calls from below. */
void member_ready(struct member *m);
void member_process_gone(struct process *p);
void member_said(struct process *p, const char *line, size_t len); /* a line on stderr */

/* A note in its log, at most ten a second; what is left out is counted and told. */
void member_note(void *member, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void member_notes_late(void *system); /* the timer by which that is told in any case */

/* Somebody has begun to wait: is it a ring of actors that wait for each other? */
void member_ring_check(struct member *m);
void member_ring_look(void *system); /* the timer behind it */
/* The ring that m stands in, as "a, b"; false: it stands in none. */
bool member_ring(struct member *m, char *buf, size_t size);

/* What ps says behind the state: why it is not running, or for what it waits. buf of MEMBER_REASON.
 */
const char *member_reason(struct member *m, char *buf, size_t size);
/* One that waits for a host: how that stands just now. False: it does not. */
bool member_host_reason(const struct member *m, char *buf, size_t size);

#endif
