/* The keys of `backoff`, `limit` and `stop`. */
#include "config/topoload.h"

#define AT(field) SCHEMA_AT(struct topo_actor, field)
#define TABLE(of_, rows_)                                                     \
    {                                                                         \
        .of = (of_), .rows = (rows_), .n = sizeof(rows_) / sizeof((rows_)[0]) \
    }

enum { COUNT_MAX = 1000000000 };

static const struct schema_row topo_backoff_rows[] = {
    {.key = "min",
     .type = SCHEMA_DURATION,
     AT(backoff.min_ms),
     .initial = "100ms",
     .doc = "The pause before the first restart; 0 for none."},
    {.key = "max",
     .type = SCHEMA_DURATION,
     AT(backoff.max_ms),
     .initial = "30s",
     .doc = "The longest pause."},
    {.key = "factor",
     .type = SCHEMA_FACTOR,
     AT(backoff.factor),
     .initial = "2",
     .min = 1,
     .max = 1000,
     .doc = "Each further pause is so many times the one before."},
    {.key = "jitter",
     .type = SCHEMA_PERCENT,
     AT(backoff.jitter),
     .initial = "10%",
     .doc = "A pause is made longer or shorter by up to this part of it, at random."},
    {.key = "reset",
     .type = SCHEMA_DURATION,
     AT(backoff.reset_ms),
     .initial = "10s",
     .doc = "After running so long, an actor's next pause is the first again."},
};
const struct schema_table topo_backoff_table = TABLE("`backoff`", topo_backoff_rows);

static const struct schema_row topo_limit_rows[] = {
    {.key = "restarts",
     .type = SCHEMA_COUNT,
     AT(limit.restarts),
     .initial = "5",
     .max = COUNT_MAX,
     .doc = "So many restarts are allowed within the time; one more, and the actor fails."},
    {.key = "within",
     .type = SCHEMA_DURATION,
     AT(limit.within_ms),
     .initial = "30s",
     .min = 1,
     .doc = "The time in which restarts are counted."},
};
const struct schema_table topo_limit_table = TABLE("`limit`", topo_limit_rows);

static const struct schema_row topo_stop_rows[] = {
    {.key = "signal",
     .type = SCHEMA_SIGNAL,
     AT(stop.signal),
     .initial = "TERM",
     .doc = "The signal that asks it to stop."},
    {.key = "grace",
     .type = SCHEMA_DURATION,
     AT(stop.grace_ms),
     .initial = "10s",
     .doc = "What is then still there is killed after this time."},
};
const struct schema_table topo_stop_table = TABLE("`stop`", topo_stop_rows);
