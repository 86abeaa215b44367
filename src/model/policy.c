#include "model/policy.h"

#include "base/err.h"
#include "base/text.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>

char *policy_exit_text(const struct policy_exit *e, char *buf, size_t size)
{
    static const char *const causes[] = {
        [POLICY_NO_LIMIT] = "",
        [POLICY_MEMORY_LIMIT] = " (memory limit)",
        [POLICY_CPU_LIMIT] = " (cpu limit)",
        [POLICY_WITH_HOST] = " (of its host)",
    };
    const char *cause = causes[e->cause];
    char name[16];

    if (!e->started)
        (void)snprintf(buf, size, "could not be started");
    else if (e->signal != 0)
        (void)snprintf(buf, size, "signal %s%s", text_signal_name(e->signal, name, sizeof(name)),
                       cause);
    else
        (void)snprintf(buf, size, "exit %d%s", e->status, cause);
    return buf;
}

bool policy_again(enum policy_restart restart, const struct policy_exit *e)
{
    switch (restart) {
    case POLICY_ALWAYS:
        return true;
    case POLICY_NEVER:
        return false;
    case POLICY_ON_FAILURE:
        return !policy_exit_ok(e);
    }
    bug("no such restart policy: %d", (int)restart);
}

int64_t policy_delay(const struct policy_backoff *b, unsigned n, double random)
{
    double delay = (double)b->min_ms;
    double max = (double)b->max_ms;

    for (unsigned i = 1; i < n && delay < max; i++)
        delay *= b->factor;
    if (delay > max)
        delay = max;
    delay += delay * b->jitter * (2 * random - 1);
    return delay < 0 ? 0 : (int64_t)(delay + 0.5);
}

int policy_limiter_init(struct policy_limiter *l, uint64_t restarts, int64_t within_ms)
{
    int64_t *times = calloc(restarts == 0 ? 1 : restarts, sizeof(*times));

    if (times == NULL)
        return ERR_NOMEM;
    *l = (struct policy_limiter){.times = times, .restarts = restarts, .within_ms = within_ms};
    return 0;
}

void policy_limiter_release(struct policy_limiter *l)
{
    free(l->times);
    *l = (struct policy_limiter){0};
}

bool policy_limiter_allow(struct policy_limiter *l, int64_t now)
{
    if (l->restarts == 0)
        return false;
    if (l->n == l->restarts && now - l->times[l->at] < l->within_ms)
        return false;
    l->times[l->at] = now;
    l->at = (l->at + 1) % l->restarts;
    if (l->n < l->restarts)
        l->n++;
    return true;
}

void policy_limiter_reset(struct policy_limiter *l)
{
    l->n = l->at = 0;
}

char *policy_limiter_text(const struct policy_limiter *l, char *buf, size_t size)
{
    char within[32];

    (void)snprintf(buf, size, "over its limit of %llu restarts within %s",
                   (unsigned long long)l->restarts,
                   units_duration_text(l->within_ms, within, sizeof(within)));
    return buf;
}
