/* Signals as events of a loop, by a signalfd: they are blocked, so that no system call is cut short
 * by them, and a thousand children that end at once are one wake-up. Part of loop. */
#ifndef IO_SIGNALS_H
#define IO_SIGNALS_H

#include "io/loop.h"

struct signals;

/* *at is made at the first call. 0 or ERR_SYSTEM. */
int signals_watch(struct signals **at, struct loop *l, int signo, loop_signal_cb *cb, void *arg);
/* Drops those that are pending, and opens the mask for them again. NULL is allowed. */
void signals_free(struct signals *s);

#endif
