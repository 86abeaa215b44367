/* The timers of a loop, the earliest first. Part of loop. */
#ifndef IO_TIMERHEAP_H
#define IO_TIMERHEAP_H

#include "io/loop.h"

#include <stddef.h>

struct timerheap {
    struct loop_timer **list; /* a binary heap; each timer knows its place */
    size_t n, cap;
    uint64_t next_order;
};

/* t's due is set and it is not in the heap. 0 or ERR_NOMEM. */
int timerheap_add(struct timerheap *h, struct loop_timer *t);
void timerheap_remove(struct timerheap *h, struct loop_timer *t); /* also when it is not in it */
struct loop_timer *timerheap_first(const struct timerheap *h);    /* NULL: none */
/* Takes out all timers and frees what the heap holds. */
void timerheap_release(struct timerheap *h);

#endif
