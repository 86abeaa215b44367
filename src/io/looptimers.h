/* The timers of a loop, and its two clocks. Part of loop. */
#ifndef IO_LOOPTIMERS_H
#define IO_LOOPTIMERS_H

#include "io/timerheap.h"

struct looptimers {
    struct timerheap running;  /* by loop_now */
    struct timerheap standing; /* by loop_time, once that stands */
    bool stands;
    int64_t time; /* then */
    void (*armed)(void *arg);
    void *arg;
};

struct looptimers *loop_timers(struct loop *l);

#endif
