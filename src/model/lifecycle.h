/* The life of one process slot of an actor: states, events, and what follows from which. */
#ifndef MODEL_LIFECYCLE_H
#define MODEL_LIFECYCLE_H

#include <stdbool.h>

/* X(NAME, text) */
#define LIFE_STATES(X)      \
    X(WAITING, "waiting")   \
    X(STARTING, "starting") \
    X(RUNNING, "running")   \
    X(READY, "ready")       \
    X(STOPPING, "stopping") \
    X(DRAINING, "draining") \
    X(BACKOFF, "backoff")   \
    X(DONE, "done")         \
    X(FAILED, "failed")     \
    X(STOPPED, "stopped")

#define LIFE_EVENTS(X)                                                           \
    X(WANTED)  /* a start is asked for */                                        \
    X(CLEAR)   /* what it waits for is there */                                  \
    X(STARTED) /* its process runs */                                            \
    X(ISREADY) /* it is ready */                                                 \
    X(EXITED)  /* its process is gone, or could not be started */                \
    X(HALT)    /* a stop is asked for */                                         \
    X(FALL)    /* its group fails: it is to end, and has failed with it */       \
    X(UNFIT)   /* it did not get ready in time, or is not well */                \
    X(AGAIN)   /* all is cleaned up: start again after a wait */                 \
    X(WELL)    /* all is cleaned up: it ended well */                            \
    X(BADLY)   /* all is cleaned up: it ended badly, and is not started again */ \
    X(HALTED)  /* all is cleaned up: it was to stop */                           \
    X(DUE)     /* the wait is over */

enum life_action {
    LIFE_NONE,
    LIFE_WAIT,  /* see whether what it waits for is there */
    LIFE_SPAWN, /* start the process */
    LIFE_TERM,  /* ask the process to end */
    LIFE_CLEAN, /* kill what it started, read what it left, decide */
    LIFE_DELAY, /* wait for the next start */
    LIFE_END,   /* nothing more will come of it by itself */
    LIFE_NEVER, /* cannot be; a mistake of ours */
};

enum life_state {
#define X(name, text) LIFE_##name,
    LIFE_STATES(X)
#undef X
        LIFE_N_STATES,
};
enum life_event {
#define X(name) LIFE_ON_##name,
    LIFE_EVENTS(X)
#undef X
        LIFE_N_EVENTS,
};

struct life_step {
    enum life_state next;
    enum life_action action;
};

struct life_step lifecycle_step(enum life_state state, enum life_event event);
const char *lifecycle_name(enum life_state state);

static inline bool lifecycle_has_process(enum life_state s)
{
    return s == LIFE_RUNNING || s == LIFE_READY || s == LIFE_STOPPING;
}
/* Nothing will change by itself. */
static inline bool lifecycle_at_rest(enum life_state s)
{
    return s == LIFE_DONE || s == LIFE_FAILED || s == LIFE_STOPPED;
}

#endif
