#include "cmd/topbatch.h"

#include "base/units.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TOPHEADER_STATES = 16 };

static void topheader_add(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void topheader_add(char *buf, size_t size, const char *fmt, ...)
{
    size_t len = strlen(buf);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(buf + len, size - len, fmt, ap);
    va_end(ap);
}

/* Each state with how many are in it, in the order in which they are met. */
static void topheader_count(const struct topsample *s, char *buf, size_t size)
{
    const char *states[TOPHEADER_STATES];
    size_t count[TOPHEADER_STATES] = {0}, n = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t k = 0;
        while (k < n && strcmp(states[k], s->members[i].state) != 0)
            k++;
        if (k == TOPHEADER_STATES)
            continue;
        if (k == n)
            states[n++] = s->members[i].state;
        count[k]++;
    }
    for (size_t k = 0; k < n; k++)
        topheader_add(buf, size, "  %s %zu", states[k], count[k]);
}

char *topheader_states(const struct topsample *s, char *buf, size_t size)
{
    char age[32];
    size_t actors = 0;
    for (size_t i = 0; i < s->n; i++)
        actors += i == 0 || strcmp(s->members[i].name, s->members[i - 1].name) != 0;
    (void)snprintf(buf, size, "%s  up %s  %zu actor%s", s->system,
                   units_age_text(s->uptime_ms, age, sizeof age), actors, actors == 1 ? "" : "s");
    topheader_count(s, buf, size);
    return buf;
}

char *topheader_flow(const struct topsample *s, char *buf, size_t size)
{
    char rate[32], memory[32];
    double done = TOP_UNKNOWN;
    for (size_t i = 0; i < s->n; i++) {
        double more = s->members[i].figure[TOP_DONE_RATE];
        if (more >= 0)
            done = (done < 0 ? 0 : done) + more;
    }
    (void)snprintf(buf, size, "%s messages/s  dead letters %lld  supervisor ",
                   toptext_rate(done, rate, sizeof rate), (long long)s->dead);
    if (s->cpu >= 0)
        topheader_add(buf, size, "%.1f%% CPU ", s->cpu);
    topheader_add(buf, size, "%s", toptext_size(s->memory, memory, sizeof memory));
    return buf;
}
