/* What may wait for a disk, done by a thread of libuv's pool, so that the loop goes on meanwhile.
 */
#ifndef IO_WORK_H
#define IO_WORK_H

#include "io/loop.h"

struct work;

/* Makes the threads, for later there may be none: 0, or ERR_AGAIN with e. */
int work_ready(struct loop *l, struct err *e);

/* Runs run(arg) in a thread, which may touch nothing but arg, and then over(arg) in the loop. NULL:
 * no memory. */
struct work *work_start(struct loop *l, void (*run)(void *arg), void (*over)(void *arg), void *arg);
/* Waits for run. Over is not called any more. NULL is allowed. */
void work_join(struct work *w);

#endif
