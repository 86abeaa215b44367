/* The keys of `log`: an actor's, and the supervisor's own at the top of the file. */
#include "config/topoload.h"

enum { LOG_MIN = 1024, LOG_KEEP_MAX = 1000 };
#define LOG_MAX_DOC "At this size a log file is put aside, and a new one begun."
#define LOG_KEEP_DOC "So many files put aside are kept."

static const struct schema_row topo_log_rows[] = {
    {.key = "max",
     .type = SCHEMA_SIZE,
     SCHEMA_AT(struct topo_actor, log.max_bytes),
     .initial = "16MiB",
     .min = LOG_MIN,
     .doc = LOG_MAX_DOC},
    {.key = "keep",
     .type = SCHEMA_COUNT,
     SCHEMA_AT(struct topo_actor, log.keep),
     .initial = "5",
     .max = LOG_KEEP_MAX,
     .doc = LOG_KEEP_DOC},
};
const struct schema_table topo_log_table = {
    .of = "`log`", .rows = topo_log_rows, .n = sizeof(topo_log_rows) / sizeof(topo_log_rows[0])};

static const struct schema_word topo_format_words[] = {
    {"text", false},
    {"json", true},
    {NULL, 0},
};

static const struct schema_row topo_own_log_rows[] = {
    {.key = "format",
     .type = SCHEMA_WORD,
     SCHEMA_AT(struct topo_load, own_log.json),
     .initial = "text",
     .words = topo_format_words,
     .doc = "How the lines of the supervisor's own log are written."},
    {.key = "max",
     .type = SCHEMA_SIZE,
     SCHEMA_AT(struct topo_load, own_log.log.max_bytes),
     .initial = "16MiB",
     .min = LOG_MIN,
     .doc = LOG_MAX_DOC},
    {.key = "keep",
     .type = SCHEMA_COUNT,
     SCHEMA_AT(struct topo_load, own_log.log.keep),
     .initial = "5",
     .max = LOG_KEEP_MAX,
     .doc = LOG_KEEP_DOC},
};
const struct schema_table topo_own_log_table = {.of = "`log`",
                                                .rows = topo_own_log_rows,
                                                .n = sizeof(topo_own_log_rows) /
                                                     sizeof(topo_own_log_rows[0])};
