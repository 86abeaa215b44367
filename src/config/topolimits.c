/* The keys of `limits`. */
#include "config/topoload.h"

#define AT(field) SCHEMA_AT(struct topo_actor, field)

enum { SECOND = 1000, COUNT_MAX = 1000000000 };

static const struct schema_word topo_none_words[] = {
    {"none", (int64_t)TOPO_NO_LIMIT},
    {NULL, 0},
};
static const struct schema_word topo_no_time_words[] = {
    {"none", TOPO_FOREVER},
    {NULL, 0},
};

static const struct schema_row topo_limits_rows[] = {
    {.key = "memory",
     .type = SCHEMA_SIZE,
     AT(limits.memory),
     .initial = "none",
     .min = 1024 * 1024,
     .words = topo_none_words,
     .doc = "The most memory that a process and all that it started have."},
    {.key = "files",
     .type = SCHEMA_COUNT,
     AT(limits.files),
     .initial = "none",
     .min = 8,
     .max = COUNT_MAX,
     .words = topo_none_words,
     .doc = "The most descriptors that each process has open."},
    {.key = "processes",
     .type = SCHEMA_COUNT,
     AT(limits.processes),
     .initial = "none",
     .min = 1,
     .max = COUNT_MAX,
     .words = topo_none_words,
     .doc = "The most processes and threads, with all that it started."},
    {.key = "cpu",
     .type = SCHEMA_DURATION,
     AT(limits.cpu_ms),
     .initial = "none",
     .min = SECOND,
     .words = topo_no_time_words,
     .doc = "The most time on the processor that each process uses."},
    {.key = "core",
     .type = SCHEMA_SIZE,
     AT(limits.core),
     .initial = "none",
     .words = topo_none_words,
     .doc = "The largest core file; 0 for none at all."},
};
const struct schema_table topo_limits_table = {
    .of = "`limits`",
    .rows = topo_limits_rows,
    .n = sizeof(topo_limits_rows) / sizeof(topo_limits_rows[0]),
};
