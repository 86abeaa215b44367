/* The one loop that owns all state of a supervisor: descriptors, timers,
 * signals and work put off to the end of the turn, over libuv. Single-threaded:
 * everything here is called from the loop's own thread.
 *
 * With nothing armed the loop sleeps without a time-out: it makes no system call at all.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct loop *loop_new(struct err *e); /* NULL on failure */
/* Everything armed is dropped. A watch that has never wanted anything is its owner's to free. */
void loop_free(struct loop *l);
int loop_run(struct loop *l); /* until loop_stop; 0 */
void loop_stop(struct loop *l);
int64_t loop_now(struct loop *l); /* monotonic ms, taken once a turn (and after loop_refresh) */
void loop_refresh(struct loop *l);
int64_t loop_clock(void);                  /* monotonic us, taken now */
struct uv_loop_s *loop_uv(struct loop *l); /* for the files of this room */
/* No task is queued, and no descriptor that is watched is ready: to be asked by a timer. */
bool loop_is_quiet(struct loop *l);
/* Something may come soon, for which somebody waits: the loop looks for a moment before it sleeps.
 */
void loop_hover(struct loop *l);

/* A watched descriptor. LOOP_HUP is for sockets that are not read for a while: the other end has
 * closed, or will send no more. The callback gets the bits that were wanted; a hang-up or an
 * error is given as whatever was wanted, so that read or write finds it out. A watch that
 * wants nothing is not polled, but see loop_io_free. */
enum { LOOP_IN = 1, LOOP_OUT = 2, LOOP_HUP = 4 };
struct loop_io;
typedef void loop_io_cb(void *arg, int events);
struct loop_io *loop_io_new(struct loop *l, int fd, loop_io_cb *cb,
                            void *arg);            /* NULL: no memory */
void loop_io_want(struct loop_io *io, int events); /* LOOP_* bits or 0; cheap when unchanged */
int loop_io_wanted(const struct loop_io *io);
/* Must come before the descriptor is closed. No callback comes after it, also not from within
 * the same turn. NULL is allowed. Does not close the descriptor. */
void loop_io_free(struct loop_io *io);

/* Embedded timers, one heap for all (a binary heap with the index kept in the timer). One-shot. */
typedef void loop_timer_cb(void *arg);
struct loop_timer {
    struct loop *loop;
    loop_timer_cb *cb;
    void *arg;
    int64_t due;    /* ms on loop_now's clock */
    uint64_t order; /* ties: first armed, first called */
    int32_t at;     /* place in the heap; -1: not armed */
    bool timed;     /* it goes by loop_time */
};
void loop_timer_init(struct loop_timer *t, struct loop *l, loop_timer_cb *cb, void *arg);
void loop_timer_init_timed(struct loop_timer *t, struct loop *l, loop_timer_cb *cb, void *arg);
int loop_timer_start(struct loop_timer *t, int64_t ms); /* from now; rearms. 0 or ERR_NOMEM */
void loop_timer_stop(struct loop_timer *t);             /* also when not armed, or all zero */
static inline bool loop_timer_armed(const struct loop_timer *t)
{
    return t->at >= 0;
}

/* A second clock, of the timers that were begun by loop_timer_init_timed. It is loop_now, unless
 * somebody makes it stand still, before any such timer is armed; then it goes on by loop_pass only.
 */
int64_t loop_time(struct loop *l);
void loop_stand(struct loop *l, void (*armed)(void *arg), void *arg); /* armed: one of them was */
int64_t loop_left(struct loop *l); /* ms of it to the first of these timers; -1: none is armed */
void loop_pass(struct loop *l);    /* it is so late now, and that timer is called */

/* Work put off until the descriptors of this turn were served; runs before the loop sleeps.
 * Embedded; queued once however often it is asked for; a task may queue itself again (then it runs
 * in the next turn, after the descriptors were looked at). */
typedef void loop_task_cb(void *arg);
struct loop_task {
    struct loop *loop;
    loop_task_cb *cb;
    void *arg;
    struct loop_task *prev, *next;
    uint64_t turn; /* in which it ran last */
    bool queued;
};
void loop_task_init(struct loop_task *t, struct loop *l, loop_task_cb *cb, void *arg);
void loop_task_queue(struct loop_task *t);
void loop_task_cancel(struct loop_task *t);

/* One handler for a signal number, which is blocked from then on; 0 or ERR_SYSTEM. Before any
 * thread is started. */
typedef void loop_signal_cb(void *arg, int signo);
int loop_signal(struct loop *l, int signo, loop_signal_cb *cb, void *arg);

#endif
