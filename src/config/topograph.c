#include "config/topograph.h"

#include "model/address.h"

#include <stdio.h>
#include <string.h>

static const char *const topograph_speaks[] = {"lines", "json", "frames", "once", "none"};

static json_t *topograph_hosts(const struct topology *t)
{
    json_t *hosts = json_pack("[{s:s}]", "name", TOPO_HOME);

    for (size_t i = 0; i < t->n_hosts; i++)
        if (strcmp(t->hosts[i].name, TOPO_HOME) != 0)
            (void)json_array_append_new(hosts, json_pack("{s:s}", "name", t->hosts[i].name));
    return hosts;
}

json_t *topograph_begin(const struct topology *t, json_t *hosts)
{
    json_t *groups = json_array();
    bool running = hosts != NULL;

    for (size_t i = 0; i < t->n_groups; i++) {
        const struct topo_group *g = &t->groups[i];
        (void)json_array_append_new(groups, json_pack("{s:s, s:s?, s:s}", "name", g->name, "parent",
                                                      i == 0 ? NULL : t->groups[g->parent].name,
                                                      "strategy", strategy_name(g->strategy)));
    }
    return json_pack("{s:s, s:b, s:o, s:o, s:[], s:[], s:{}}", "system", t->system, "running",
                     running, "hosts", running ? hosts : topograph_hosts(t), "groups", groups,
                     "actors", "flows", "index");
}

json_t *topograph_actor(const struct topo_actor *a, const char *group, size_t pool)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "name", a->name, "group", group, "host",
                     a->on.kind == TOPO_ON_HOST   ? a->on.host
                     : a->on.kind == TOPO_ON_HERE ? TOPO_HOME
                                                  : "",
                     "speaks", topograph_speaks[a->speaks], "pool", (json_int_t)pool, "template",
                     a->template);
}

/* The flow between two, made if need be. */
static json_t *topograph_find(json_t *doc, const char *from, const char *to)
{
    char key[2 * ADDRESS_MAX + 2];

    (void)snprintf(key, sizeof(key), "%s %s", from, to);
    json_t *f = json_object_get(json_object_get(doc, "index"), key);
    if (f != NULL)
        return f;
    f = json_pack("{s:s, s:s, s:b}", "from", from, "to", to, "declared", false);
    (void)json_array_append_new(json_object_get(doc, "flows"), f);
    (void)json_object_set(json_object_get(doc, "index"), key, f);
    if (json_is_true(json_object_get(doc, "running"))) {
        (void)json_object_set_new(f, "messages", json_integer(0));
        (void)json_object_set_new(f, "replies", json_integer(0));
    }
    return f;
}

void topograph_to(json_t *doc, const struct topo_actor *a)
{
    char name[ADDRESS_MAX + 1];

    for (size_t i = 0; i < a->n_to; i++) {
        (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(a->to[i], "/@"), a->to[i]);
        (void)json_object_set_new(topograph_find(doc, a->name, name), "declared", json_true());
    }
}

static void topograph_add(json_t *flow, const char *key, uint64_t n)
{
    json_int_t was = json_integer_value(json_object_get(flow, key));

    (void)json_object_set_new(flow, key, json_integer(was + (json_int_t)n));
}

void topograph_flow(json_t *doc, const char *from, const char *to, uint64_t messages,
                    uint64_t replies)
{
    json_t *flow = topograph_find(doc, from, to);

    topograph_add(flow, "messages", messages);
    topograph_add(flow, "replies", replies);
}

void topograph_end(json_t *doc)
{
    (void)json_object_del(doc, "index");
}

json_t *topograph_of(const struct topology *t)
{
    json_t *doc = topograph_begin(t, NULL);

    for (size_t i = 0; i < t->n_actors; i++)
        (void)json_array_append_new(json_object_get(doc, "actors"),
                                    topograph_actor(&t->actors[i],
                                                    t->groups[t->actors[i].group].name,
                                                    t->actors[i].template ? 0 : t->actors[i].pool));
    for (size_t i = 0; i < t->n_actors; i++)
        if (!t->actors[i].template)
            topograph_to(doc, &t->actors[i]);
    topograph_end(doc);
    return doc;
}
