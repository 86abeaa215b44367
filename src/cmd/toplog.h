/* The log of an actor within `top`: it is followed, and can be looked back in. */
#ifndef CMD_TOPLOG_H
#define CMD_TOPLOG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct toplog;

/* address: of an actor, a pool, or one of its members. The last lines are there at once. */
int toplog_open(const char *system, const char *address, struct toplog **out, struct err *e);
void toplog_close(struct toplog *l); /* NULL is allowed */

int toplog_fd(const struct toplog *l); /* readable when there may be more */
/* Takes what has come. */
void toplog_drain(struct toplog *l);
/* Moves by so many lines, or columns to the right. At the end it follows again. */
void toplog_move(struct toplog *l, long lines, long columns);
/* All of the screen. */
void toplog_draw(struct toplog *l);

#endif
