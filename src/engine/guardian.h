/* The process that `up` becomes: it starts the supervisor as its child, relays signals, and when
 * the supervisor is gone, for whatever reason, ends all that is left of what that had started. It
 * calls neither libuv nor nng, and neither may have been called before it.
 *
 *   guardian -+- supervisor (in a group of its own) --- actors ...
 *             +- printer
 */
#ifndef ENGINE_GUARDIAN_H
#define ENGINE_GUARDIAN_H

#include <stdbool.h>

struct guardian_opts {
    bool daemon; /* leave the terminal; return once the supervisor has spoken (guardian_tell) */
    int kill_ms; /* how long killed processes may take to be gone; 0: 10 s */
    void (*ended)(void *arg); /* last, in the guardian, with nothing left to guard; or NULL */
};

/* For process 1 of a container, as early as can be: what it has no handler for never reaches it, so
 * a signal to stop that comes before guardian_run would be lost. It is kept for that. Does nothing
 * in any other process. */
void guardian_keep_signals(void);

/* Runs supervise(arg, life_fd) in a child. life_fd reaches its end when the guardian is dead: then
 * the supervisor must kill all below it and end with 1. What is locked or open before the call is
 * so in both.
 *
 * print, unless it is NULL or daemon is set, runs in another child. Its life_fd reaches its end
 * when the supervisor is gone: it shall print what is left and return. So that it misses no line,
 * open what it follows before the call.
 *
 * The first SIGINT or SIGTERM is passed on as SIGTERM: a gentle stop. So is a SIGHUP that tells of
 * a terminal's end, unless it was ignored at the start; any other SIGHUP is passed on as it is. The
 * second SIGINT or SIGTERM is passed on again: kill all and end. With the third, or SIGQUIT, the
 * supervisor is killed. After the supervisor's end such a signal kills a printer that is blocked.
 *
 * Returns the supervisor's exit status, or 1 when it was killed or processes are left, said on
 * stderr. With daemon: 0 once the supervisor is ready, or 1 with its error on stderr. */
int guardian_run(const struct guardian_opts *o, int (*supervise)(void *arg, int life_fd),
                 void (*print)(void *arg, int life_fd), void *arg);

/* For the supervisor, once: it answers now (NULL), or why it does not. Without daemon an error goes
 * to stderr. The argument is not used; it is there so that this fits a callback. */
void guardian_tell(void *arg, const char *error);

#endif
