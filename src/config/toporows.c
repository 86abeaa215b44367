/* The keys of actorsup.yaml. actorsup.yaml(5) says the same, and a test that it does. */
#include "config/topoload.h"

#include <signal.h>

#define AT(field) SCHEMA_AT(struct topo_actor, field)
#define TABLE(of_, rows_)                                                     \
    {                                                                         \
        .of = (of_), .rows = (rows_), .n = sizeof(rows_) / sizeof((rows_)[0]) \
    }
#define UNBUILT(key_, doc_)                                                  \
    {                                                                        \
        .key = (key_), .type = SCHEMA_CUSTOM, .unbuilt = true, .doc = (doc_) \
    }

enum { SECOND = 1000, COUNT_MAX = 1000000000 };
#define WITH_TEXT "{\"type\":[\"string\",\"number\",\"boolean\"]}"
#define TEXTS \
    "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"
#define WITH_LIST "{\"type\":\"array\",\"items\":" WITH_TEXT "}"

static const struct schema_word topo_speaks_words[] = {
    {"lines", SPEAKS_LINES, false}, {"json", SPEAKS_JSON, false}, {"frames", SPEAKS_FRAMES, false},
    {"once", SPEAKS_ONCE, false},   {"none", SPEAKS_NONE, false}, {NULL, 0, false},
};
static const struct schema_word topo_ack_words[] = {
    {"read", ACK_READ, false},
    {"line", ACK_LINE, false},
    {NULL, 0, false},
};
static const struct schema_word topo_delimiter_words[] = {
    {"newline", '\n', false},
    {"nul", '\0', false},
    {NULL, 0, false},
};
static const struct schema_word topo_eof_words[] = {
    {"never", EOF_NEVER, false},
    {"upstream", EOF_UPSTREAM, false},
    {NULL, 0, false},
};
static const struct schema_word topo_restart_words[] = {
    {"always", RESTART_ALWAYS, false},
    {"on-failure", RESTART_ON_FAILURE, false},
    {"never", RESTART_NEVER, false},
    {NULL, 0, false},
};
static const struct schema_word topo_ready_words[] = {
    {"start", READY_START, false},
    {"notify", READY_NOTIFY, false},
    {NULL, 0, false},
};
static const struct schema_word topo_health_words[] = {
    {"none", PROBE_NONE, false},
    {NULL, 0, false},
};
static const struct schema_word topo_full_words[] = {
    {"block", FULL_BLOCK, false},
    {"drop-new", FULL_DROP_NEW, false},
    {"drop-old", FULL_DROP_OLD, false},
    {NULL, 0, false},
};
static const struct schema_word topo_none_words[] = {
    {"none", (int64_t)TOPO_NO_LIMIT, false},
    {NULL, 0, false},
};
static const struct schema_word topo_expire_words[] = {
    {"never", TOPO_FOREVER, false},
    {NULL, 0, false},
};
static const struct schema_word topo_keep_words[] = {
    {"memory", KEEP_MEMORY, false},
    {"disk", KEEP_DISK, false},
    {NULL, 0, false},
};
static const struct schema_word topo_transport_words[] = {
    {"ipc", TRANSPORT_IPC, false}, {"stdio", TRANSPORT_STDIO, false}, {"tcp", TRANSPORT_TCP, false},
    {"ws", TRANSPORT_WS, false},   {"tls", TRANSPORT_TLS, false},     {NULL, 0, false},
};

static const struct schema_word topo_bool_words[] = {
    {"false", false, false},
    {"true", true, false},
    {NULL, 0, false},
};
static const struct schema_word topo_orphans_words[] = {
    {"stop", ORPHANS_STOP, false},
    {"keep", ORPHANS_KEEP, false},
    {NULL, 0, false},
};

static const struct schema_word topo_in_words[] = {
    {"process", IN_PROCESS, false},
    {"thread", IN_THREAD, false},
    {"sequence", IN_SEQUENCE, false},
    {NULL, 0, false},
};

static const struct schema_row topo_mailbox_rows[] = {
    {.key = "messages",
     .type = SCHEMA_COUNT,
     AT(mailbox.messages),
     .initial = "10000",
     .min = 1,
     .max = COUNT_MAX,
     .doc = "The most messages that wait or are in hand."},
    {.key = "bytes",
     .type = SCHEMA_SIZE,
     AT(mailbox.bytes),
     .initial = "64MiB",
     .min = 1024,
     .doc = "The most bytes of them. An empty mailbox takes any one message."},
    {.key = "full",
     .type = SCHEMA_WORD,
     AT(mailbox.full),
     .initial = "block",
     .words = topo_full_words,
     .doc =
         "What a full mailbox does: its senders wait, the new message is dropped, or the oldest."},
    {.key = "in_hand",
     .type = SCHEMA_COUNT,
     AT(mailbox.in_hand),
     .initial = "none",
     .min = 1,
     .max = COUNT_MAX,
     .words = topo_none_words,
     .doc = "At most so many messages are handed over and not yet handled; 1 is a strict queue."},
    {.key = "retry",
     .type = SCHEMA_COUNT,
     AT(mailbox.retry),
     .initial = "3",
     .max = 255,
     .doc = "After so many attempts that ended in death the message goes to the dead letters."},
    {.key = "expire",
     .type = SCHEMA_DURATION,
     AT(mailbox.expire_ms),
     .initial = "never",
     .min = 1,
     .words = topo_expire_words,
     .doc = "A message that has waited so long is dropped, and counted."},
    {.key = "keep",
     .type = SCHEMA_WORD,
     AT(mailbox.keep),
     .initial = "memory",
     .words = topo_keep_words,
     .doc = "Where its messages are kept."},
};
static const struct schema_table topo_mailbox_table = TABLE("`mailbox`", topo_mailbox_rows);

static const struct schema_row topo_actor_rows[] = {
    [KEY_RUN] = {.key = "run",
                 .type = SCHEMA_CUSTOM,
                 .parse = topo_parse_run,
                 .json = "{\"anyOf\":[{\"type\":\"string\"}," WITH_LIST "]}",
                 .doc =
                     "The command: a text, split into words as a shell would, or a list of words."},
    [KEY_SHELL] = {.key = "shell",
                   .type = SCHEMA_CUSTOM,
                   .parse = topo_parse_shell,
                   .json = "{\"type\":\"string\"}",
                   .doc = "Instead of run: a text for /bin/sh -c."},
    [KEY_SPEAKS] = {.key = "speaks",
                    .type = SCHEMA_WORD,
                    AT(speaks),
                    .initial = "lines",
                    .words = topo_speaks_words,
                    .doc = "How it takes messages and gives them."},
    [KEY_TO] = {.key = "to",
                .type = SCHEMA_CUSTOM,
                .parse = topo_parse_to,
                .json = "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":"
                        "{\"type\":\"string\"}}]}",
                .doc =
                    "Where its output goes: an address, or a list of them that each get a copy."},
    [KEY_ACK] = {.key = "ack",
                 .type = SCHEMA_WORD,
                 AT(ack),
                 .initial = "read",
                 .words = topo_ack_words,
                 .doc = "When a message is handled: once it was read, or by a line of output."},
    [KEY_DELIMITER] = {.key = "delimiter",
                       .type = SCHEMA_WORD,
                       AT(delimiter),
                       .initial = "newline",
                       .words = topo_delimiter_words,
                       .doc = "What ends a message on its standard input and output."},
    [KEY_EOF] = {.key = "eof",
                 .type = SCHEMA_WORD,
                 AT(eof),
                 .initial = "never",
                 .words = topo_eof_words,
                 .doc = "Whether its input ends once all that feed it are done."},
    [KEY_CONCURRENCY] = {.key = "concurrency",
                         .type = SCHEMA_COUNT,
                         AT(concurrency),
                         .initial = "1",
                         .min = 1,
                         .max = TOPO_POOL_MAX,
                         .doc = "Processes at a time of an actor that speaks once."},
    [KEY_RESTART] = {.key = "restart",
                     .type = SCHEMA_WORD,
                     AT(restart),
                     .initial = "on-failure",
                     .words = topo_restart_words,
                     .doc = "After which ends its process is started again."},
    [KEY_BACKOFF] = {.key = "backoff",
                     .type = SCHEMA_MAP,
                     .table = &topo_backoff_table,
                     .doc = "The pauses before restarts."},
    [KEY_LIMIT] = {.key = "limit",
                   .type = SCHEMA_MAP,
                   .table = &topo_limit_table,
                   .doc = "How many restarts are too many."},
    [KEY_STOP] = {.key = "stop",
                  .type = SCHEMA_MAP,
                  .table = &topo_stop_table,
                  .doc = "How it is stopped."},
    [KEY_READY] = {.key = "ready",
                   .type = SCHEMA_WORD,
                   AT(ready),
                   .initial = "start",
                   .words = topo_ready_words,
                   .table = &topo_ready_table,
                   .doc = "When it counts as ready."},
    [KEY_HEALTH] = {.key = "health",
                    .type = SCHEMA_WORD,
                    AT(health.how),
                    .initial = "none",
                    .words = topo_health_words,
                    .table = &topo_health_table,
                    .doc = "How it is checked while it is ready."},
    [KEY_AFTER] = {.key = "after",
                   .type = SCHEMA_CUSTOM,
                   .parse = topo_parse_after,
                   .json = "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":"
                           "{\"type\":\"string\"}},{\"type\":\"object\",\"additionalProperties\":"
                           "{\"enum\":[\"start\",\"ready\",\"done\"]}}]}",
                   .doc =
                       "The actors that must have started, be ready or be done before it starts."},
    [KEY_POOL] = {.key = "pool",
                  .type = SCHEMA_COUNT,
                  AT(pool),
                  .initial = "1",
                  .min = 1,
                  .max = TOPO_POOL_MAX,
                  .table = &topo_pool_table,
                  .doc = "So many interchangeable processes share its address."},
    [KEY_MAILBOX] = {.key = "mailbox",
                     .type = SCHEMA_MAP,
                     .table = &topo_mailbox_table,
                     .doc = "The bounds of its mailbox, and what happens at them."},
    [KEY_INIT] = {.key = "init",
                  .type = SCHEMA_CUSTOM,
                  .parse = topo_parse_init,
                  .json = TEXTS ",{\"type\":\"object\",\"properties\":{\"from\":" TEXTS "]},"
                                "\"headers\":" TEXTS "]}},\"additionalProperties\":false}]}",
                  .doc = "The senders and headers of the messages that it gets before all others."},
    [KEY_ENV] = {.key = "env",
                 .type = SCHEMA_CUSTOM,
                 .parse = topo_parse_env,
                 .json = "{\"type\":\"object\",\"additionalProperties\":"
                         "{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}}",
                 .doc = "Variables of its environment, besides the supervisor's own."},
    [KEY_ENV_FILE] = {.key = "env_file",
                      .type = SCHEMA_CUSTOM,
                      .parse = topo_parse_env_file,
                      .json = "{\"type\":\"string\"}",
                      .doc = "A file of more of them, one NAME=VALUE a line."},
    [KEY_CWD] = {.key = "cwd",
                 .type = SCHEMA_CUSTOM,
                 .parse = topo_parse_cwd,
                 .json = "{\"type\":\"string\"}",
                 .initial = ".",
                 .doc = "The folder in which it runs, relative to the file's."},
    [KEY_USER] = {.key = "user",
                  .type = SCHEMA_TEXT,
                  AT(identity.user),
                  .doc = "The user it runs as, with that user's groups."},
    [KEY_GROUP] = {.key = "group",
                   .type = SCHEMA_TEXT,
                   AT(identity.group),
                   .doc = "The group it runs as, instead of the user's own."},
    [KEY_UMASK] = {.key = "umask",
                   .type = SCHEMA_CUSTOM,
                   .parse = topo_parse_umask,
                   .json = "{\"anyOf\":[{\"type\":\"string\",\"pattern\":\"^0?[0-7]{3}$|\\\\$\"},"
                           "{\"type\":\"integer\"}]}",
                   .doc = "Its file creation mask, in octal."},
    [KEY_NICE] = {.key = "nice",
                  .type = SCHEMA_CUSTOM,
                  .parse = topo_parse_nice,
                  .json = "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":-20,\"maximum\":19},"
                          "{\"type\":\"string\",\"pattern\":\"\\\\$\"}]}",
                  .doc = "Its niceness: -20 is served first, 19 last."},
    [KEY_LIMITS] = {.key = "limits",
                    .type = SCHEMA_MAP,
                    .table = &topo_limits_table,
                    .doc = "Bounds of memory, files, processes and time on the processor."},
    [KEY_LOG] = {.key = "log",
                 .type = SCHEMA_MAP,
                 .table = &topo_log_table,
                 .doc = "How much of its log is kept."},
    [KEY_ON] = {.key = "on",
                .type = SCHEMA_CUSTOM,
                .parse = topo_parse_on,
                .json = "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\","
                        "\"additionalProperties\":"
                        "{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}}]}",
                .initial = "main",
                .doc = "The host it runs on, or the capabilities that its host must have."},
    [KEY_FAILOVER] = {.key = "failover",
                      .type = SCHEMA_CUSTOM,
                      .parse = topo_parse_failover,
                      .json = "{\"type\":\"string\",\"pattern\":\"^(never|after .+)$|\\\\$\"}",
                      .initial = "never",
                      .doc = "After so long a silence of its host it starts on another."},
    [KEY_TRANSPORT] = {.key = "transport",
                       .type = SCHEMA_WORD,
                       AT(transport),
                       .initial = "ipc",
                       .words = topo_transport_words,
                       .doc = "What carries the frames of an actor that speaks frames."},
    [KEY_TEMPLATE] = {.key = "template",
                      .type = SCHEMA_WORD,
                      AT(template),
                      .initial = "false",
                      .words = topo_bool_words,
                      .doc = "It is not started: actors are spawned of it while the system runs."},
    [KEY_ORPHANS] = {.key = "orphans",
                     .type = SCHEMA_WORD,
                     AT(orphans),
                     .initial = "stop",
                     .words = topo_orphans_words,
                     .doc = "What an actor that was spawned of it does once its parent is gone."},
    [KEY_DEAD] = {.key = "dead",
                  .type = SCHEMA_WORD,
                  AT(dead),
                  .initial = "false",
                  .words = topo_bool_words,
                  .doc = "It gets the dead letters of the system as messages."},
    [KEY_FILES] = UNBUILT("files", "Files that it needs where it runs."),
    [KEY_IN] = {.key = "in",
                .type = SCHEMA_WORD,
                AT(in),
                .initial = "process",
                .words = topo_in_words,
                .doc = "Its own process, a thread of its host, or in sequence with those in it."},
    [KEY_HOST] = {.key = "host",
                  .type = SCHEMA_TEXT,
                  AT(host),
                  .doc = "The process that runs it together with all others that name it."},
};
const struct schema_table topo_actor_table = TABLE("an actor", topo_actor_rows);

static const struct schema_row topo_top_rows[] = {
    [TOP_SYSTEM] = {.key = "system",
                    .type = SCHEMA_CUSTOM,
                    .parse = topo_parse_system,
                    .json = "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_-]{0,62}$|\\\\$\"}",
                    .doc = "The system's name; by default that of the file's folder."},
    [TOP_DEFAULTS] = {.key = "defaults",
                      .type = SCHEMA_CUSTOM,
                      .parse = topo_parse_later,
                      .table = &topo_actor_table,
                      .doc = "Any keys of an actor, for every actor that does not give them."},
    [TOP_ACTORS] = {.key = "actors",
                    .type = SCHEMA_CUSTOM,
                    .parse = topo_parse_later,
                    .table = &topo_actor_table,
                    .named = true,
                    .required = true,
                    .doc = "The actors, each by its name."},
    [TOP_LOG] = {.key = "log",
                 .type = SCHEMA_MAP,
                 .table = &topo_own_log_table,
                 .doc = "The supervisor's own log, and that of the events."},
    [TOP_TLS] = {.key = "tls",
                 .type = SCHEMA_MAP,
                 .table = &topo_tls_table,
                 .doc = "What actors over tls are shown, and whom they trust."},
    [TOP_GROUPS] = {.key = "groups",
                    .type = SCHEMA_CUSTOM,
                    .parse = topo_parse_later,
                    .table = &topo_group_table,
                    .named = true,
                    .doc = "Groups of actors that are supervised together, each by its name."},
    [TOP_HOSTS] = {.key = "hosts",
                   .type = SCHEMA_CUSTOM,
                   .parse = topo_parse_later,
                   .table = &topo_host_table,
                   .named = true,
                   .doc = "The hosts that actors run on, each by its name."},
};
const struct schema_table schema_file = TABLE("the file", topo_top_rows);
