/* Where `top` has its samples from: the supervisor, and /proc. */
#ifndef CMD_TOPSOURCE_H
#define CMD_TOPSOURCE_H

#include "cmd/topsample.h"

struct topsource;

/* Connects. names: of the actors to look at; borrowed; empty: all. Codes of ctl_open. */
int topsource_open(const char *system, char *const *names, struct topsource **out, struct err *e);
void topsource_close(struct topsource *t); /* NULL is allowed */

/* Asks for a sample; topsource_take has it: 0, ERR_TIMEOUT when it is not there in so many ms (ask
 * no more, take again), or another code with e. */
int topsource_ask(struct topsource *t, struct err *e);
int topsource_take(struct topsource *t, int64_t timeout_ms, struct err *e);
bool topsource_asked(const struct topsource *t); /* and has no answer yet */
int topsource_fd(struct topsource *t);           /* readable when there may be more of the answer */

/* The last sample, with rates once it is the second. Valid until the next is taken. */
const struct topsample *topsource_sample(const struct topsource *t);

#endif
