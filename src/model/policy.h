/* Decisions about restarts: pure functions of a policy, a history and the time that is passed in.
 */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum policy_restart { POLICY_ON_FAILURE, POLICY_ALWAYS, POLICY_NEVER };

/* Which of its limits ended a process; or it had none of its own, and ended with its host. */
enum policy_cause { POLICY_NO_LIMIT, POLICY_MEMORY_LIMIT, POLICY_CPU_LIMIT, POLICY_WITH_HOST };

/* How a process ended. */
struct policy_exit {
    bool started; /* false: it could not be started at all */
    bool scarce;  /* as processes, descriptors or memory had run out */
    int status;   /* exit status, when signal is 0 */
    int signal;   /* the signal that ended it, or 0 */
    bool unfit;   /* it was stopped for not being ready in time, or not well: it has failed */
    enum policy_cause cause;
};

static inline bool policy_exit_ok(const struct policy_exit *e)
{
    return e->started && e->signal == 0 && e->status == 0 && !e->unfit &&
           e->cause != POLICY_WITH_HOST;
}
/* "exit 3", "signal KILL", "signal KILL (memory limit)", "could not be started". buf of at least 32
 * bytes. Returns buf. */
char *policy_exit_text(const struct policy_exit *e, char *buf, size_t size);

bool policy_again(enum policy_restart restart, const struct policy_exit *e);

struct policy_backoff {
    int64_t min_ms, max_ms;
    double factor;
    double jitter; /* 0 to 1 */
};
/* The wait before the n-th restart in a row (from 1): min * factor^(n-1), at most max, then spread
 * by +- jitter with random in [0, 1). */
int64_t policy_delay(const struct policy_backoff *b, unsigned n, double random);

/* A sliding window of restarts: more than `restarts` within `within_ms` is over the limit. */
struct policy_limiter {
    int64_t *times; /* a ring of `restarts` times, owned */
    uint64_t restarts;
    int64_t within_ms;
    uint64_t n, at;
};
int policy_limiter_init(struct policy_limiter *l, uint64_t restarts,
                        int64_t within_ms); /* 0, ERR_NOMEM */
void policy_limiter_release(struct policy_limiter *l);
/* Counts a restart at now. False: it would be one too many, and is not counted. */
bool policy_limiter_allow(struct policy_limiter *l, int64_t now);
void policy_limiter_reset(struct policy_limiter *l);
/* "over its limit of 5 restarts within 30s". buf of at least 80 bytes. Returns buf. */
char *policy_limiter_text(const struct policy_limiter *l, char *buf, size_t size);

#endif
