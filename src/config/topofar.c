/* The hosts that actors run on: `hosts`, and an actor's `on` and `failover`. */
#include "config/topofar.h"

#include "base/text.h"
#include "base/units.h"
#include "config/topoload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define AT(field) SCHEMA_AT(struct topo_host_draft, h.field)

enum { TOPOFAR_HOSTS_MAX = 1024, TOPOFAR_CAPABILITIES_MAX = 64, TOPOFAR_FAILOVER_MS = 100 };

static void topofar_ssh(struct schema_ctx *c, const struct schema_row *row,
                        const struct ypair *pair, void *target)
{
    const char *text = schema_text(c, row->key, pair->value);
    const char *why = text == NULL ? NULL : topofar_check_login(text);
    struct topo_host_draft *d = target;

    if (why != NULL)
        schema_fault(c, pair->value, "`ssh: %.*s` is no [user@]host[:port]: %s", TOPO_SHOWN, text,
                     why);
    else if (text != NULL)
        d->h.ssh = schema_keep(c, text, strlen(text));
}

static void topofar_launch(struct schema_ctx *c, const struct schema_row *row,
                           const struct ypair *pair, void *target)
{
    struct topo_host_draft *d = target;

    (void)topo_command(c, row->key, pair->value, &d->h.launch, &d->h.n_launch);
}

static void topofar_alone(struct schema_ctx *c, const struct schema_row *row,
                          const struct ypair *pair, void *target)
{
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_host_draft *d = target;
    int64_t ms = 0;

    if (text == NULL)
        return;
    if (strcmp(text, "stop") == 0)
        d->h.alone_ms = 0;
    else if (strncmp(text, "keep ", 5) == 0 && units_duration(text + 5, &ms) == 0 && ms > 0)
        d->h.alone_ms = ms;
    else
        schema_fault(c, pair->value, "`alone` takes stop, or keep and a duration (keep 5m)");
}

/* --- capabilities --- */

static bool topofar_map(struct schema_ctx *c, const char *key, const struct ynode *value,
                        struct topo_capabilities *out)
{
    struct topo_capability *list;

    if (value->n > TOPOFAR_CAPABILITIES_MAX) {
        schema_fault(c, value, "`%s`: more than %d capabilities", key, TOPOFAR_CAPABILITIES_MAX);
        return false;
    }
    if ((list = schema_alloc(c, (value->n + 1) * sizeof(*list))) == NULL)
        return false;
    for (size_t i = 0; i < value->n; i++) {
        const struct ypair *p = &value->pairs[i];
        if (p->value->kind != YNODE_SCALAR) {
            schema_fault(c, p->value, "`%s.%s` must be one value", key, p->key->text);
            return false;
        }
        list[i].key = schema_keep(c, p->key->text, p->key->n);
        list[i].value = schema_keep(c, p->value->text, p->value->n);
    }
    *out = (struct topo_capabilities){list, value->n};
    return true;
}

static void topofar_capabilities(struct schema_ctx *c, const struct schema_row *row,
                                 const struct ypair *pair, void *target)
{
    struct topo_host_draft *d = target;

    if (ynode_is_null(pair->value))
        return;
    if (pair->value->kind != YNODE_MAP)
        schema_fault(c, pair->value, "`%s` must be a map of names and values", row->key);
    else
        (void)topofar_map(c, row->key, pair->value, &d->h.capabilities);
}

bool topo_fits(const struct topo_capabilities *has, const struct topo_capabilities *needs)
{
    for (size_t i = 0; i < needs->n; i++) {
        size_t k = 0;
        while (k < has->n && strcmp(has->list[k].key, needs->list[i].key) != 0)
            k++;
        if (k == has->n || strcmp(has->list[k].value, needs->list[i].value) != 0)
            return false;
    }
    return true;
}

/* --- a host --- */

enum {
    HOST_SSH,
    HOST_LAUNCH,
    HOST_JOIN,
    HOST_CAPABILITIES,
    HOST_DIR,
    HOST_ALONE,
    HOST_DOWN,
    HOST_KEYS
};
static const struct schema_row topofar_rows[] = {
    [HOST_SSH] = {.key = "ssh",
                  .type = SCHEMA_CUSTOM,
                  .parse = topofar_ssh,
                  .json = "{\"type\":\"string\"}",
                  .doc = "Where ssh logs in: [user@]host[:port]."},
    [HOST_LAUNCH] = {.key = "launch",
                     .type = SCHEMA_CUSTOM,
                     .parse = topofar_launch,
                     .json = "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":"
                             "{\"type\":\"string\"}}]}",
                     .doc = "Instead of `ssh`: a command that runs the words behind it there."},
    [HOST_JOIN] = {.key = "join",
                   .type = SCHEMA_WORD,
                   AT(join),
                   .initial = "false",
                   .words = topo_bool_words,
                   .doc = "Instead of both: it joins by itself, by `actorsup join`."},
    [HOST_CAPABILITIES] = {.key = "capabilities",
                           .type = SCHEMA_CUSTOM,
                           .parse = topofar_capabilities,
                           .json = "{\"type\":\"object\",\"additionalProperties\":"
                                   "{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}}",
                           .doc = "What it has that actors may ask for by `on`."},
    [HOST_DIR] = {.key = "dir",
                  .type = SCHEMA_TEXT,
                  AT(dir),
                  .doc = "The folder there that relative paths of its actors are below."},
    [HOST_ALONE] = {.key = "alone",
                    .type = SCHEMA_CUSTOM,
                    .parse = topofar_alone,
                    .json = "{\"type\":\"string\",\"pattern\":\"^(stop|keep .+)$|\\\\$\"}",
                    .initial = "stop",
                    .doc = "What its actors do while nothing is heard of the supervisor: stop, or "
                           "keep DURATION."},
    [HOST_DOWN] = {.key = "down_after",
                   .type = SCHEMA_DURATION,
                   AT(down_after_ms),
                   .initial = "10s",
                   .min = 100,
                   .doc = "After so long without a word from it, it is down."},
};
const struct schema_table topo_host_table = {
    .of = "a host", .rows = topofar_rows, .n = sizeof(topofar_rows) / sizeof(topofar_rows[0])};

/* Its node's socket is DIR/actorsup/SYSTEM@HOST/sock. Which DIR is there is known there; where even
 * the shortest leaves no room, it can never come up. */
static void topofar_names(struct topo_load *l, const struct topo_host_draft *d)
{
    const char *system = l->own->t.system;
    size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - sizeof("/x/actorsup/@/sock");
    size_t n = system == NULL ? 0 : strlen(system) + strlen(d->h.name);

    if (n > most)
        schema_fault(&l->s, d->entry,
                     "the names of the system, `%s`, and of this host have %zu bytes, and may have "
                     "%zu together, for a socket's path has their place: give one a shorter name",
                     system, n, most);
}

static void topofar_whole(struct topo_load *l, const struct topo_host_draft *d,
                          const struct ypair *const *given)
{
    bool main = strcmp(d->h.name, TOPO_HOME) == 0;

    if (d->h.dir != NULL && *d->h.dir != '/')
        schema_fault(&l->s, given[HOST_DIR]->value,
                     "`dir`: `%.*s` must be absolute, a folder of that host", TOPO_SHOWN, d->h.dir);
    int ways = (given[HOST_SSH] != NULL) + (given[HOST_LAUNCH] != NULL) + d->h.join;

    if (main && ways > 0)
        schema_fault(&l->s, d->entry,
                     "`main` is where the supervisor of this file runs: it is not "
                     "launched");
    else if (ways > 1)
        schema_fault(&l->s, given[given[HOST_LAUNCH] != NULL ? HOST_LAUNCH : HOST_JOIN]->key,
                     "`ssh`, `launch` and `join` exclude each other");
    else if (!main && ways == 0)
        schema_fault(&l->s, d->entry,
                     "the host `%s` needs `ssh: [user@]host[:port]`, `launch: COMMAND`, or "
                     "`join: true`",
                     d->h.name);
    else if (d->h.join && l->top[TOP_JOIN] == NULL)
        schema_fault(&l->s, given[HOST_JOIN]->key,
                     "`join: true` needs `join: {token: FILE}` at the top of the file");
    if (!main)
        topofar_names(l, d);
}

static void topofar_entry(struct topo_load *l, const struct ypair *pair)
{
    const struct ypair *given[HOST_KEYS] = {NULL};
    struct topo_host_draft *d = &l->hosts[l->n_hosts];

    if (!topo_read_name(l, pair->key))
        return;
    *d = (struct topo_host_draft){.entry = pair->key};
    schema_defaults(&l->s, &topo_host_table, d);
    d->h.name = schema_keep(&l->s, pair->key->text, pair->key->n);
    l->n_hosts++;
    if (d->h.name != NULL && schema_apply(&l->s, &topo_host_table, pair->value, d, given))
        topofar_whole(l, d, given);
}

void topo_read_far(struct topo_load *l)
{
    const struct ypair *pair = l->top[TOP_HOSTS];

    topo_read_files(l);
    const struct ynode *map = pair == NULL || ynode_is_null(pair->value) ? NULL : pair->value;

    if (map == NULL)
        return;
    if (map->kind != YNODE_MAP) {
        schema_fault(&l->s, map, "`hosts` must be a map of hosts, each by its name");
        return;
    }
    if (map->n > TOPOFAR_HOSTS_MAX) {
        schema_fault(&l->s, pair->key, "more than %d hosts", TOPOFAR_HOSTS_MAX);
        return;
    }
    l->hosts = topo_scratch(l, map->n * sizeof(*l->hosts));
    for (size_t i = 0; l->hosts != NULL && i < map->n && !l->s.nomem; i++)
        topofar_entry(l, &map->pairs[i]);
}

void topo_finish_far(struct topo_load *l)
{
    struct topology *t = &l->own->t;

    t->hosts = schema_alloc(&l->s, (l->n_hosts + 1) * sizeof(*t->hosts));
    if (t->hosts == NULL)
        return;
    for (size_t i = 0; i < l->n_hosts; i++)
        t->hosts[i] = l->hosts[i].h;
    t->n_hosts = l->n_hosts;
}

/* --- an actor --- */

void topo_parse_on(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                   void *target)
{
    struct topo_draft *d = target;

    d->a.on = (struct topo_on){TOPO_ON_HERE, NULL, {NULL, 0}};
    if (pair->value->kind == YNODE_MAP) {
        if (topofar_map(c, row->key, pair->value, &d->a.on.needs))
            d->a.on.kind = TOPO_ON_FITTING;
        return;
    }
    const char *text = schema_text(c, row->key, pair->value);
    if (text == NULL || strcmp(text, TOPO_HOME) == 0)
        return;
    d->a.on.kind = TOPO_ON_HOST;
    d->a.on.host = schema_keep(c, text, strlen(text));
}

void topo_parse_failover(struct schema_ctx *c, const struct schema_row *row,
                         const struct ypair *pair, void *target)
{
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_draft *d = target;
    int64_t ms = 0;

    if (text == NULL)
        return;
    if (strcmp(text, "never") == 0)
        d->a.failover_ms = TOPO_FOREVER;
    else if (strncmp(text, "after ", 6) == 0 && units_duration(text + 6, &ms) == 0 &&
             ms >= TOPOFAR_FAILOVER_MS)
        d->a.failover_ms = ms;
    else
        schema_fault(c, pair->value,
                     "`failover` takes never, or after and a duration of at least "
                     "100ms (after 30s)");
}

static const struct topo_host *topofar_find(const struct topo_load *l, const char *name)
{
    for (size_t i = 0; i < l->n_hosts; i++)
        if (strcmp(l->hosts[i].h.name, name) == 0)
            return &l->hosts[i].h;
    return NULL;
}

bool topo_is_host(const struct topo_load *l, const char *name)
{
    return strcmp(name, TOPO_HOME) == 0 || topofar_find(l, name) != NULL;
}

static void topofar_unknown(struct topo_load *l, const struct ynode *at, const char *name)
{
    const char **names = topo_scratch(l, (l->n_hosts + 2) * sizeof(*names));

    if (names == NULL)
        return;
    for (size_t i = 0; i < l->n_hosts; i++)
        names[i] = l->hosts[i].h.name;
    names[l->n_hosts] = TOPO_HOME;
    const char *near = text_nearest(name, names);
    schema_fault(&l->s, at, "no host `%.*s`%s%s%s", TOPO_SHOWN, name,
                 near == NULL ? "" : " (did you mean `", near == NULL ? "" : near,
                 near == NULL ? ": `hosts` names them" : "`?)");
}

/* What is not carried to another host yet. */
static void topofar_possible(struct topo_load *l, const struct topo_draft *d)
{
    enum topo_transport t = d->a.transport;

    if (d->a.in != IN_PROCESS)
        schema_fault(&l->s, d->given[KEY_ON]->key,
                     "`on`: an actor in a host of `in: thread` or `sequence` runs on main");
    if (d->a.speaks == SPEAKS_FRAMES && t != TRANSPORT_IPC && t != TRANSPORT_STDIO)
        schema_fault(&l->s, d->given[KEY_ON]->key,
                     "`on`: on another host frames go by `transport: ipc` or `stdio`");
}

/* Whether an actor may run here, and the faults of `on`: before anything of it is looked for. */
static void topofar_place(struct topo_load *l, struct topo_draft *d)
{
    static const struct topo_capabilities none = {NULL, 0};
    const struct topo_host *main = topofar_find(l, TOPO_HOME);

    d->a.here = d->a.on.kind == TOPO_ON_HERE ||
                (d->a.on.kind == TOPO_ON_FITTING &&
                 topo_fits(main == NULL ? &none : &main->capabilities, &d->a.on.needs));
    if (d->a.on.kind == TOPO_ON_HERE)
        return;
    if (d->a.on.kind == TOPO_ON_HOST && topofar_find(l, d->a.on.host) == NULL)
        topofar_unknown(l, d->given[KEY_ON]->value, d->a.on.host);
    topofar_possible(l, d);
    topo_add_files(l, &d->a);
}

void topo_place_actors(struct topo_load *l)
{
    for (size_t i = 0; i < l->n && !l->s.nomem; i++) {
        struct topo_draft *d = &l->drafts[i];
        topofar_place(l, d);
        if (topo_is_own(d, KEY_FAILOVER) && d->a.failover_ms != TOPO_FOREVER &&
            d->a.on.kind != TOPO_ON_FITTING)
            schema_fault(&l->s, d->given[KEY_FAILOVER]->key,
                         "`failover` is for an actor that several hosts may fit: `on: {CAPABILITY: "
                         "VALUE}`, or `on: {}` for any");
    }
}
