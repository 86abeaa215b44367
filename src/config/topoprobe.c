/* Checks of an actor: the keys of `ready` and `health`, and the faults between them. */
#include "base/err.h"
#include "config/topoload.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) SCHEMA_AT(struct topo_actor, field)
#define TABLE(of_, rows_)                                                     \
    {                                                                         \
        .of = (of_), .rows = (rows_), .n = sizeof(rows_) / sizeof((rows_)[0]) \
    }
#define COMMAND                                                                              \
    "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":[\"string\"," \
    "\"number\",\"boolean\"]}}]}"
#define PORT                                                                           \
    "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535},{\"type\":\"s" \
    "tring\"}]}"

enum { TOPOPROBE_FAILURES = 1000 };

static schema_parse topoprobe_ready_exec, topoprobe_ready_tcp, topoprobe_health_exec,
    topoprobe_health_tcp;

static const struct schema_word topoprobe_never[] = {
    {"never", TOPO_FOREVER},
    {NULL, 0},
};

static const struct schema_row topoprobe_ready_rows[] = {
    {.key = "log",
     .type = SCHEMA_CUSTOM,
     .parse = topo_parse_log,
     .json = "{\"type\":\"string\"}",
     .doc = "A POSIX extended regular expression: ready once a line of its log matches."},
    {.key = "exec",
     .type = SCHEMA_CUSTOM,
     .parse = topoprobe_ready_exec,
     .json = COMMAND,
     .doc = "A command: ready once it exits with 0."},
    {.key = "tcp",
     .type = SCHEMA_CUSTOM,
     .parse = topoprobe_ready_tcp,
     .json = PORT,
     .doc = "A port, or ADDRESS:PORT: ready once it takes a connection."},
    {.key = "every",
     .type = SCHEMA_DURATION,
     AT(ready_probe.every_ms),
     .initial = "1s",
     .min = 1,
     .doc = "How long after a check that failed the next one is made."},
    {.key = "timeout",
     .type = SCHEMA_DURATION,
     AT(ready_probe.timeout_ms),
     .initial = "30s",
     .min = 1,
     .words = topoprobe_never,
     .doc = "One that is not ready in this time has failed to start, and is stopped."},
};
const struct schema_table topo_ready_table = TABLE("`ready`", topoprobe_ready_rows);

static const struct schema_row topoprobe_health_rows[] = {
    {.key = "exec",
     .type = SCHEMA_CUSTOM,
     .parse = topoprobe_health_exec,
     .json = COMMAND,
     .doc = "A command: it is well if that exits with 0."},
    {.key = "tcp",
     .type = SCHEMA_CUSTOM,
     .parse = topoprobe_health_tcp,
     .json = PORT,
     .doc = "A port, or ADDRESS:PORT: it is well if that takes a connection."},
    {.key = "every",
     .type = SCHEMA_DURATION,
     AT(health.every_ms),
     .initial = "10s",
     .min = 1,
     .doc = "How long after it got ready, and after each check, the next one is made."},
    {.key = "timeout",
     .type = SCHEMA_DURATION,
     AT(health.timeout_ms),
     .initial = "2s",
     .min = 1,
     .doc = "A check that takes longer has failed, and is killed."},
    {.key = "failures",
     .type = SCHEMA_COUNT,
     AT(health.failures),
     .initial = "3",
     .min = 1,
     .max = TOPOPROBE_FAILURES,
     .doc = "After so many failed checks in a row it is unhealthy, and is restarted."},
};
const struct schema_table topo_health_table = TABLE("`health`", topoprobe_health_rows);

/* --- values --- */

static void topoprobe_exec(struct schema_ctx *c, const struct schema_row *row,
                           const struct ypair *pair, struct topo_probe *p)
{
    if (topo_command(c, row->key, pair->value, &p->argv, &p->argc))
        p->how = PROBE_EXEC;
}

static bool topoprobe_port(const char *text, unsigned *port)
{
    char *end;

    if (*text < '0' || *text > '9' || strlen(text) > 5)
        return false;
    *port = (unsigned)strtoul(text, &end, 10);
    return *end == '\0' && *port > 0 && *port <= 65535;
}

/* The n bytes before the colon, as an address that needs no looking up; NULL: they are none. */
static const char *topoprobe_host(struct schema_ctx *c, const char *text, size_t n)
{
    unsigned char addr[sizeof(struct in6_addr)];
    char host[INET6_ADDRSTRLEN];
    bool six = n > 2 && text[0] == '[' && text[n - 1] == ']';

    if (n - 2 * six >= sizeof(host))
        return NULL;
    (void)snprintf(host, sizeof(host), "%.*s", (int)(n - 2 * six), text + six);
    if (inet_pton(six ? AF_INET6 : AF_INET, host, addr) != 1)
        return NULL;
    return schema_keep(c, host, strlen(host));
}

static void topoprobe_tcp(struct schema_ctx *c, const struct schema_row *row,
                          const struct ypair *pair, struct topo_probe *p)
{
    const char *text = schema_text(c, row->key, pair->value), *colon, *host = NULL;
    unsigned port = 0;

    if (text == NULL)
        return;
    colon = strrchr(text, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - text);
    bool local = colon == NULL || strncmp(text, "localhost:", n + 1) == 0;
    if (!topoprobe_port(colon == NULL ? text : colon + 1, &port)) {
        schema_fault(c, pair->value,
                     "`tcp` takes a port from 1 to 65535, or ADDRESS:PORT, not "
                     "`%.*s`",
                     TOPO_SHOWN, text);
    } else if (!local && (host = topoprobe_host(c, text, n)) == NULL) {
        schema_fault(c, pair->value,
                     "`tcp`: `%.*s` is no IP address, and names are not looked up: use `exec` "
                     "for that",
                     (int)(n < TOPO_SHOWN ? n : TOPO_SHOWN), text);
    } else {
        p->how = PROBE_TCP;
        p->host = host;
        p->port = port;
    }
}

static void topoprobe_ready_exec(struct schema_ctx *c, const struct schema_row *row,
                                 const struct ypair *pair, void *target)
{
    struct topo_draft *d = target;

    topoprobe_exec(c, row, pair, &d->a.ready_probe);
    d->a.ready = READY_PROBE;
}

static void topoprobe_ready_tcp(struct schema_ctx *c, const struct schema_row *row,
                                const struct ypair *pair, void *target)
{
    struct topo_draft *d = target;

    topoprobe_tcp(c, row, pair, &d->a.ready_probe);
    d->a.ready = READY_PROBE;
}

static void topoprobe_health_exec(struct schema_ctx *c, const struct schema_row *row,
                                  const struct ypair *pair, void *target)
{
    topoprobe_exec(c, row, pair, &((struct topo_draft *)target)->a.health);
}

static void topoprobe_health_tcp(struct schema_ctx *c, const struct schema_row *row,
                                 const struct ypair *pair, void *target)
{
    topoprobe_tcp(c, row, pair, &((struct topo_draft *)target)->a.health);
}

/* --- faults between them --- */

/* The second of these keys that the map has, with the first in *first; *n counts all. */
static const struct ynode *topoprobe_second(const struct ynode *map, const char *const *names,
                                            const char **first, size_t *n)
{
    const struct ynode *second = NULL;

    *n = 0;
    for (size_t i = 0; i < map->n; i++) {
        const struct ynode *key = map->pairs[i].key;
        for (size_t k = 0; names[k] != NULL; k++) {
            if (strcmp(key->text, names[k]) != 0)
                continue;
            if ((*n)++ == 0)
                *first = key->text;
            else if (second == NULL)
                second = key;
        }
    }
    return second;
}

static void topoprobe_check_ready(struct topo_load *l, const struct topo_draft *d)
{
    static const char *const names[] = {"log", "exec", "tcp", NULL};
    const struct ypair *given = d->given[KEY_READY];
    const struct ynode *second, *every;
    const char *first = "";
    size_t n;

    if (!topo_is_own(d, KEY_READY) || given->value->kind != YNODE_MAP)
        return;
    second = topoprobe_second(given->value, names, &first, &n);
    every = ynode_get(given->value, "every");
    if (second != NULL)
        schema_fault(&l->s, second, "`%s` and `%s` are both given: an actor gets ready by one",
                     first, second->text);
    else if (n == 0 && d->a.ready != READY_LOG && d->a.ready != READY_PROBE)
        schema_fault(&l->s, given->key, "`ready` needs `log`, `exec` or `tcp`");
    else if (d->a.ready == READY_LOG && every != NULL)
        schema_fault(&l->s, every, "`every` is only for `exec` and `tcp`");
}

static void topoprobe_check_health(struct topo_load *l, const struct topo_draft *d)
{
    static const char *const names[] = {"exec", "tcp", NULL};
    const struct ypair *given = d->given[KEY_HEALTH];
    const struct ynode *second;
    const char *first = "";
    size_t n;

    if (!topo_is_own(d, KEY_HEALTH) || given->value->kind != YNODE_MAP)
        return;
    second = topoprobe_second(given->value, names, &first, &n);
    if (second != NULL)
        schema_fault(&l->s, second, "`%s` and `%s` are both given: one check is enough", first,
                     second->text);
    else if (n == 0 && d->a.health.how == PROBE_NONE)
        schema_fault(&l->s, given->key, "`health` needs `exec` or `tcp`");
    else if (d->a.speaks == SPEAKS_ONCE)
        schema_fault(&l->s, given->key,
                     "an actor that speaks once has no process that could be checked");
}

void topo_check_probes(struct topo_load *l, const struct topo_draft *d)
{
    topoprobe_check_ready(l, d);
    topoprobe_check_health(l, d);
}
