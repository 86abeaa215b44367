/* The pairs of a map: `<<` merged in, `x-` keys left out, repeated keys told. */
#include "config/yamlmap.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* Where a pair comes from: the lower its order, the more it counts. */
struct ymerge_item {
    struct ypair pair;
    size_t order;
    bool own;
    bool dropped;
};

struct ymerge {
    struct yamlmap *y;
    struct ymerge_item *items;
    size_t n;
};

static bool ymerge_is_merge(const struct ynode *key)
{
    return key->plain && strcmp(key->text, "<<") == 0;
}

static bool ymerge_usable(struct yamlmap *y, const struct ynode *key)
{
    if (key->kind != YNODE_SCALAR) {
        yamlmap_fault(y, key, "a key must be a word, not a %s",
                      key->kind == YNODE_MAP ? "map" : "list");
        return false;
    }
    if (key->why != NULL) {
        yamlmap_fault(y, key, "%s", key->why);
        return false;
    }
    return strncmp(key->text, "x-", 2) != 0;
}

/* Counts, or adds, the pairs of the maps that a `<<` names; what is none is told when counted. */
static size_t ymerge_source(struct ymerge *m, const struct ynode *from, bool add, bool inner)
{
    size_t n = 0;

    if (from->kind == YNODE_MAP) {
        for (size_t i = 0; add && i < from->n; i++) {
            m->items[m->n] = (struct ymerge_item){.pair = from->pairs[i], .order = m->n};
            m->n++;
        }
        return from->n;
    }
    if (from->kind == YNODE_LIST && !inner) {
        for (size_t i = 0; i < from->n; i++)
            n += ymerge_source(m, from->items[i], add, true);
        return n;
    }
    if (!add)
        yamlmap_fault(m->y, from, "`<<` takes a map or a list of maps");
    return 0;
}

static int ymerge_by_key(const void *a, const void *b)
{
    const struct ymerge_item *x = a, *y = b;
    int d = strcmp(x->pair.key->text, y->pair.key->text);

    return d != 0 ? d : (x->order > y->order) - (x->order < y->order);
}

static int ymerge_by_order(const void *a, const void *b)
{
    const struct ymerge_item *x = a, *y = b;

    return (x->order > y->order) - (x->order < y->order);
}

/* Of the same key only the first stays; a second one of the map's own is a fault. */
static void ymerge_drop(struct ymerge *m)
{
    size_t kept = 0;

    qsort(m->items, m->n, sizeof(*m->items), ymerge_by_key);
    for (size_t i = 1; i < m->n; i++) {
        const struct ynode *first = m->items[kept].pair.key, *key = m->items[i].pair.key;
        if (strcmp(first->text, key->text) != 0) {
            kept = i;
            continue;
        }
        m->items[i].dropped = true;
        if (m->items[i].own)
            yamlmap_fault(m->y, key, "`%s` is given twice (first in line %d)", key->text,
                          first->line);
    }
    qsort(m->items, m->n, sizeof(*m->items), ymerge_by_order);
}

static void ymerge_collect(struct ymerge *m, const struct ypair *written, size_t n, bool own)
{
    for (size_t i = 0; i < n; i++) {
        if (!ymerge_usable(m->y, written[i].key))
            continue;
        if (ymerge_is_merge(written[i].key)) {
            if (!own)
                (void)ymerge_source(m, written[i].value, true, false);
        } else if (own) {
            m->items[m->n] = (struct ymerge_item){.pair = written[i], .order = m->n, .own = true};
            m->n++;
        }
    }
}

int yamlmerge_map(struct yamlmap *y, struct ynode *map, const struct ypair *written, size_t n)
{
    struct ymerge m = {.y = y};
    size_t room = n, kept = 0, merges = 0;
    struct ypair *pairs;

    for (size_t i = 0; i < n; i++) {
        if (written[i].key->kind != YNODE_SCALAR || !ymerge_is_merge(written[i].key))
            continue;
        if (merges++ > 0)
            yamlmap_fault(y, written[i].key, "`<<` is given twice: give it a list");
        room += ymerge_source(&m, written[i].value, false, false);
    }
    m.items = calloc(room + 1, sizeof(*m.items));
    pairs = arena_alloc(y->arena, (room + 1) * sizeof(*pairs));
    if (m.items == NULL || pairs == NULL) {
        free(m.items);
        return ERR_NOMEM;
    }
    ymerge_collect(&m, written, n, true);
    ymerge_collect(&m, written, n, false);
    ymerge_drop(&m);
    for (size_t i = 0; i < m.n; i++)
        if (!m.items[i].dropped)
            pairs[kept++] = m.items[i].pair;
    free(m.items);
    map->pairs = pairs;
    map->n = kept;
    return 0;
}

const struct ynode *ynode_get(const struct ynode *map, const char *key)
{
    if (map == NULL || map->kind != YNODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->pairs[i].key->text, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

bool ynode_is_null(const struct ynode *n)
{
    return n->kind == YNODE_SCALAR && n->plain &&
           (n->n == 0 || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0);
}
