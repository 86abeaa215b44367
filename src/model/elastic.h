/* How many members a pool should have: pure functions of what waits, how long a message takes, and
 * the time that is passed in. */
#ifndef MODEL_ELASTIC_H
#define MODEL_ELASTIC_H

#include <stdbool.h>
#include <stdint.h>

#define ELASTIC_LOOK_MS 10  /* between two decisions while something waits */
#define ELASTIC_DRAIN_MS 50 /* what waits should be gone after so long */

struct elastic_rule {
    unsigned min, max;
    int64_t idle_ms; /* one beyond min that has had nothing to do for so long goes */
};

struct elastic_load {
    unsigned members;  /* those that are about to start included */
    uint64_t queued;   /* messages that nobody has in hand */
    int64_t oldest_ms; /* how long the oldest of them waits */
    double service_ms; /* of a message in one member; < 0: not known yet */
};

/* At least as many as there are. It grows only for what has waited for ELASTIC_LOOK_MS, by so many
 * that the rest is gone within ELASTIC_DRAIN_MS; to twice as many at most, so that a wrong guess
 * costs little. */
unsigned elastic_grown(const struct elastic_rule *r, const struct elastic_load *l);

/* The running mean of a message's time: took_ms for n messages. Returns the new one. */
double elastic_service(double service_ms, double took_ms, uint64_t n);

/* May the last member go? idle: for how long it has had nothing, -1: it has. */
bool elastic_goes(const struct elastic_rule *r, const struct elastic_load *l, int64_t idle_ms);
/* When to decide again, in ms; -1: not before something waits. */
int64_t elastic_next(const struct elastic_rule *r, const struct elastic_load *l, int64_t idle_ms);

#endif
