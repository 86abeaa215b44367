/* Groups: who stands in which, and the order in which their members start. */
#include "base/text.h"
#include "config/topoload.h"

#include <limits.h>
#include <string.h>

#define AT(field) SCHEMA_AT(struct topo_group_draft, g.field)
#define ROWS(rows_) .rows = (rows_), .n = sizeof(rows_) / sizeof((rows_)[0])

enum { TOPOGROUPS_RESTARTS_MAX = 1000000000 };

static const struct schema_word topogroups_strategies[] = {
    {"one-for-one", STRATEGY_ONE_FOR_ONE},
    {"one-for-all", STRATEGY_ONE_FOR_ALL},
    {"rest-for-one", STRATEGY_REST_FOR_ONE},
    {NULL, 0},
};

static const struct schema_row topogroups_limit_rows[] = {
    {.key = "restarts",
     .type = SCHEMA_COUNT,
     AT(limit.restarts),
     .initial = "5",
     .max = TOPOGROUPS_RESTARTS_MAX,
     .doc = "So many restarts of members are allowed within the time; one more, and the group "
            "fails."},
    {.key = "within",
     .type = SCHEMA_DURATION,
     AT(limit.within_ms),
     .initial = "30s",
     .min = 1,
     .doc = "The time in which restarts are counted."},
};
static const struct schema_table topogroups_limit = {.of = "`limit`", ROWS(topogroups_limit_rows)};

enum { GROUP_STRATEGY, GROUP_LIMIT, GROUP_MEMBERS, GROUP_KEYS };
static const struct schema_row topogroups_rows[] = {
    [GROUP_STRATEGY] =
        {.key = "strategy",
         .type = SCHEMA_WORD,
         AT(strategy),
         .initial = "one-for-one",
         .words = topogroups_strategies,
         .doc =
             "Who is started again with a member that is: nobody else, all others, or those behind "
             "it."},
    [GROUP_LIMIT] = {.key = "limit",
                     .type = SCHEMA_MAP,
                     .table = &topogroups_limit,
                     .doc = "How many restarts in the group are too many."},
    [GROUP_MEMBERS] = {.key = "members",
                       .type = SCHEMA_CUSTOM,
                       .parse = topo_parse_members,
                       .json = "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":"
                               "{\"type\":\"string\"}}]}",
                       .doc = "Its actors and groups, in the order in which they start."},
};
const struct schema_table topo_group_table = {.of = "a group", ROWS(topogroups_rows)};

void topo_parse_members(struct schema_ctx *c, const struct schema_row *row,
                        const struct ypair *pair, void *target)
{
    struct topo_load *l = (struct topo_load *)(void *)c;
    struct topo_group_draft *d = target;
    struct bytes texts;

    bytes_init(&texts);
    long n = topo_texts(c, row->key, pair->value, TOPO_ACTORS_MAX, &texts, &d->at);
    d->members = n > 0 ? topo_scratch(l, (size_t)n * sizeof(*d->members)) : NULL;
    d->refs = n > 0 ? topo_scratch(l, (size_t)n * sizeof(*d->refs)) : NULL;
    const char *p = (const char *)bytes_at(&texts);
    for (long i = 0; d->members != NULL && d->refs != NULL && i < n; i++, p += strlen(p) + 1) {
        d->members[i] = schema_keep(c, p, strlen(p));
        d->n_members = (size_t)i + 1;
    }
    bytes_release(&texts);
}

/* --- reading --- */

static void topogroups_entry(struct topo_load *l, const struct ypair *pair)
{
    const struct ypair *given[GROUP_KEYS] = {NULL};
    bool root = strcmp(pair->key->text, "root") == 0;
    struct topo_group_draft *d = &l->groups[root ? 0 : l->n_groups];

    if (!topo_read_name(l, pair->key))
        return;
    if (!root) {
        *d = (struct topo_group_draft){.g = {.parent = TOPO_NOBODY}};
        schema_defaults(&l->s, &topo_group_table, d);
        d->g.name = schema_keep(&l->s, pair->key->text, pair->key->n);
        topo_add_name(l, pair->key, d->g.name, l->n_groups++, true);
    }
    d->g.acts = true;
    d->entry = pair->key;
    if (!schema_apply(&l->s, &topo_group_table, pair->value, d, given))
        return;
    const struct ypair *members = given[GROUP_MEMBERS];
    if (root && members != NULL)
        schema_fault(&l->s, members->key,
                     "`root` has what stands in no other group: it needs no `members`");
    else if (!root && members == NULL)
        schema_fault(&l->s, pair->key, "the group `%s` needs `members`", pair->key->text);
}

/* --- who stands where --- */

static size_t *topogroups_parent(struct topo_load *l, long ref)
{
    return ref >= 0 ? &l->drafts[ref].a.group : &l->groups[-1 - ref].g.parent;
}

static const char *topogroups_near(struct topo_load *l, const char *name)
{
    const char **names = topo_scratch(l, (l->n + l->n_groups + 1) * sizeof(*names));

    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < l->n; i++)
        names[i] = l->drafts[i].a.name;
    for (size_t i = 1; i < l->n_groups; i++)
        names[l->n + i - 1] = l->groups[i].g.name;
    return text_nearest(name, names);
}

static void topogroups_member(struct topo_load *l, size_t group, size_t i)
{
    struct topo_group_draft *d = &l->groups[group];
    const char *name = d->members[i];
    struct topo_name *found;

    HASH_FIND_STR(l->own->names, name, found);
    if (found == NULL) {
        const char *near = faults_fresh(l->s.faults, d->at[i]->line, d->at[i]->col)
                               ? topogroups_near(l, name)
                               : NULL;
        schema_fault(&l->s, d->at[i], "no actor or group `%.*s`%s%s%s", TOPO_SHOWN, name,
                     near == NULL ? "" : " (did you mean `", near == NULL ? "" : near,
                     near == NULL ? "" : "`?)");
        d->refs[i] = LONG_MAX;
        return;
    }
    d->refs[i] = found->group ? -1 - (long)found->index : (long)found->index;
    if (d->refs[i] >= 0 && l->drafts[d->refs[i]].a.template) {
        schema_fault(&l->s, d->at[i], "`%s` is a template: it stands in no group", name);
        d->refs[i] = LONG_MAX;
        return;
    }
    size_t *parent = topogroups_parent(l, d->refs[i]);
    if (*parent != TOPO_NOBODY) {
        schema_fault(&l->s, d->at[i], "`%s` stands in the group `%s` already", name,
                     l->groups[*parent].g.name);
        d->refs[i] = LONG_MAX;
        return;
    }
    *parent = group;
}

/* Every group must lead to the root. False after a fault. */
static bool topogroups_reach(struct topo_load *l)
{
    for (size_t i = 1; i < l->n_groups; i++) {
        size_t at = i, steps = 0;
        while (at != 0 && steps++ <= l->n_groups)
            at = l->groups[at].g.parent;
        if (at == 0)
            continue;
        schema_fault(&l->s, l->groups[i].entry, "the group `%s` stands in itself",
                     l->groups[i].g.name);
        return false;
    }
    return true;
}

static bool topogroups_place(struct topo_load *l)
{
    size_t before = l->s.faults->n + l->s.faults->more;

    for (size_t i = 0; i < l->n; i++)
        l->drafts[i].a.group = l->drafts[i].a.before = TOPO_NOBODY;
    for (size_t g = 1; g < l->n_groups; g++)
        for (size_t i = 0; i < l->groups[g].n_members; i++)
            topogroups_member(l, g, i);
    for (size_t i = 0; i < l->n; i++)
        if (l->drafts[i].a.group == TOPO_NOBODY)
            l->drafts[i].a.group = 0;
    for (size_t g = 1; g < l->n_groups; g++)
        if (l->groups[g].g.parent == TOPO_NOBODY)
            l->groups[g].g.parent = 0;
    return topogroups_reach(l) && l->s.faults->n + l->s.faults->more == before;
}

/* --- the order --- */

/* The actors of a group and of its groups, one behind the other. */
static size_t topogroups_order(struct topo_load *l, size_t group, size_t *order, size_t n)
{
    struct topo_group_draft *d = &l->groups[group];

    d->g.first = n;
    for (size_t i = 0; i < d->n_members; i++) {
        if (d->refs[i] >= 0)
            order[n++] = (size_t)d->refs[i];
        else
            n = topogroups_order(l, (size_t)(-1 - d->refs[i]), order, n);
    }
    d->g.n = n - d->g.first;
    return n;
}

/* Hosts have their place by `after`. */
static void topogroups_chain(struct topo_load *l, const struct topo_group *g, const size_t *order)
{
    for (size_t i = g->first + 1; i < g->first + g->n; i++)
        if (!l->drafts[order[i]].a.is_host)
            l->drafts[order[i]].a.before = order[i - 1];
}

/* A group of the root stands where the first of its actors stands in the file. */
static void topogroups_all(struct topo_load *l, size_t *order)
{
    bool *done = topo_scratch(l, l->n_groups);
    size_t n = 0;

    for (size_t i = 0; done != NULL && i < l->n; i++) {
        size_t at = l->drafts[i].a.group;
        while (at != 0 && l->groups[at].g.parent != 0)
            at = l->groups[at].g.parent;
        if (at == 0) {
            order[n++] = i;
        } else if (!done[at]) {
            done[at] = true;
            n = topogroups_order(l, at, order, n);
            topogroups_chain(l, &l->groups[at].g, order);
        }
    }
    l->groups[0].g.n = n;
    if (l->groups[0].g.acts)
        topogroups_chain(l, &l->groups[0].g, order);
}

void topo_read_groups(struct topo_load *l)
{
    const struct ypair *pair = l->top[TOP_GROUPS];
    const struct ynode *map = pair == NULL || ynode_is_null(pair->value) ? NULL : pair->value;
    size_t most = map != NULL && map->kind == YNODE_MAP ? map->n : 0;

    if (map != NULL && map->kind != YNODE_MAP)
        schema_fault(&l->s, map, "`groups` must be a map of groups, each by its name");
    if (most > TOPO_GROUPS_MAX) {
        schema_fault(&l->s, pair->key, "more than %d groups", TOPO_GROUPS_MAX);
        most = 0;
    }
    l->groups = topo_scratch(l, (most + 1) * sizeof(*l->groups));
    l->own->t.order = schema_alloc(&l->s, (l->n + 1) * sizeof(size_t));
    if (l->groups == NULL || l->own->t.order == NULL)
        return;
    schema_defaults(&l->s, &topo_group_table, &l->groups[0]);
    l->groups[0].g.name = "root";
    l->n_groups = 1;
    for (size_t i = 0; i < most && !l->s.nomem; i++)
        topogroups_entry(l, &map->pairs[i]);
    if (!l->s.nomem && topogroups_place(l))
        topogroups_all(l, l->own->t.order);
}

void topo_finish_groups(struct topo_load *l)
{
    struct topology *t = &l->own->t;

    t->groups = schema_alloc(&l->s, l->n_groups * sizeof(*t->groups));
    if (t->groups == NULL)
        return;
    for (size_t i = 0; i < l->n_groups; i++)
        t->groups[i] = l->groups[i].g;
    t->n_groups = l->n_groups;
}
