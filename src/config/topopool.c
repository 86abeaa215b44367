/* The keys of `pool`. */
#include "base/text.h"
#include "config/topoload.h"

#include <string.h>

#define AT(field) SCHEMA_AT(struct topo_actor, field)

static void topo_no_route(struct schema_ctx *c, const struct ynode *at, const char *text,
                          const char *near)
{
    schema_fault(c, at, "`route` takes least-loaded, round-robin or hash:HEADER, not `%.*s`%s%s%s",
                 TOPO_SHOWN, text, near == NULL ? "" : " (did you mean `", near == NULL ? "" : near,
                 near == NULL ? "" : "`?)");
}

void topo_parse_route(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                      void *target)
{
    static const char *const words[] = {"least-loaded", "round-robin", "hash:HEADER", NULL};
    static const char hash[] = "hash:";
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_draft *d = target;

    if (text == NULL)
        return;
    size_t len = strlen(text), head = sizeof(hash) - 1;
    bool keyed = strncmp(text, hash, head) == 0 && len > head && len - head <= UINT8_MAX;
    d->a.route_header = keyed ? schema_keep(c, text + head, len - head) : NULL;
    if (keyed)
        d->a.route = ROUTE_HASH;
    else if (strcmp(text, words[ROUTE_LEAST_LOADED]) == 0)
        d->a.route = ROUTE_LEAST_LOADED;
    else if (strcmp(text, words[ROUTE_ROUND_ROBIN]) == 0)
        d->a.route = ROUTE_ROUND_ROBIN;
    else
        topo_no_route(c, pair->value, text, text_nearest(text, words));
}

static const struct schema_row topo_pool_rows[] = {
    {.key = "size",
     .type = SCHEMA_COUNT,
     AT(pool),
     .min = 1,
     .max = TOPO_POOL_MAX,
     .doc = "So many members, as the number alone: in place of `min`, `max` and `idle`."},
    {.key = "min",
     .type = SCHEMA_COUNT,
     AT(elastic.min),
     .initial = "1",
     .min = 1,
     .max = TOPO_POOL_MAX,
     .doc = "The fewest members, with which it starts."},
    {.key = "max",
     .type = SCHEMA_COUNT,
     AT(elastic.max),
     .initial = "8",
     .min = 1,
     .max = TOPO_POOL_MAX,
     .doc = "The most members: it grows while messages wait longer than it should take."},
    {.key = "idle",
     .type = SCHEMA_DURATION,
     AT(elastic.idle_ms),
     .initial = "30s",
     .min = 1,
     .doc = "A member beyond `min` that has had nothing to do for so long ends."},
    {.key = "route",
     .type = SCHEMA_CUSTOM,
     .parse = topo_parse_route,
     .json = "{\"anyOf\":[{\"enum\":[\"least-loaded\",\"round-robin\"]},"
             "{\"type\":\"string\",\"pattern\":\"^hash:.\"}]}",
     .initial = "least-loaded",
     .doc = "Which member a message goes to: least-loaded, round-robin or hash:HEADER."},
};
const struct schema_table topo_pool_table = {.of = "`pool`",
                                             .rows = topo_pool_rows,
                                             .n = sizeof(topo_pool_rows) /
                                                  sizeof(topo_pool_rows[0])};
