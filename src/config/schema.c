#include "config/schema.h"

#include "base/err.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SCHEMA_ROWS_MAX = 64, SCHEMA_SHOWN = 60 };

void schema_fault(struct schema_ctx *c, const struct ynode *at, const char *fmt, ...)
{
    char words[900];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    faults_add(c->faults, c->in, at->line, at->col, "%s", words);
}

char *schema_keep(struct schema_ctx *c, const char *text, size_t len)
{
    char *copy = arena_text(c->keep, text, len);

    c->nomem = c->nomem || copy == NULL;
    return copy;
}

void *schema_alloc(struct schema_ctx *c, size_t size)
{
    void *p = arena_alloc(c->keep, size);

    c->nomem = c->nomem || p == NULL;
    return p;
}

const char *schema_text(struct schema_ctx *c, const char *key, const struct ynode *value)
{
    if (value->kind != YNODE_SCALAR)
        schema_fault(c, value, "`%s` takes one value, not a %s", key,
                     value->kind == YNODE_MAP ? "map" : "list");
    else if (value->why != NULL)
        schema_fault(c, value, "`%s`: %s", key, value->why);
    else if (value->n == 0)
        schema_fault(c, value, "`%s` is empty", key);
    else
        return value->text;
    return NULL;
}

/* The key nearest to what was written, or NULL. */
static const char *schema_nearest(const struct schema_table *t, const char *key)
{
    const char *names[SCHEMA_ROWS_MAX + 1];
    size_t n = 0;

    for (size_t i = 0; i < t->n && n < SCHEMA_ROWS_MAX; i++)
        names[n++] = t->rows[i].key;
    names[n] = NULL;
    return text_nearest(key, names);
}

static void schema_unknown(struct schema_ctx *c, const struct schema_table *t,
                           const struct ynode *key)
{
    const char *near;

    if (!faults_fresh(c->faults, key->line, key->col))
        near = NULL;
    else
        near = schema_nearest(t, key->text);
    if (near != NULL)
        schema_fault(c, key, "unknown key `%.*s` of %s (did you mean `%s`?)", SCHEMA_SHOWN,
                     key->text, t->of, near);
    else
        schema_fault(c, key, "unknown key `%.*s` of %s", SCHEMA_SHOWN, key->text, t->of);
}

static const struct schema_row *schema_find(const struct schema_table *t, const char *key)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->rows[i].key, key) == 0)
            return &t->rows[i];
    return NULL;
}

/* The word nearest to what was written, or NULL. */
static const char *schema_near_word(const struct schema_row *row, const char *text)
{
    const char *names[SCHEMA_ROWS_MAX + 1];
    size_t n = 0;

    for (const struct schema_word *w = row->words; w != NULL && w->text != NULL; w++)
        if (n < SCHEMA_ROWS_MAX)
            names[n++] = w->text;
    names[n] = NULL;
    return text_nearest(text, names);
}

static void schema_one(struct schema_ctx *c, const struct schema_row *row,
                       const struct ynode *value, void *target)
{
    const char *text = schema_text(c, row->key, value), *near;
    char expects[256];

    if (text == NULL)
        return;
    if (schema_scalar(c, row, text, target))
        return;
    schema_expects(row, expects, sizeof(expects));
    near = schema_near_word(row, text);
    schema_fault(c, value, "`%s` takes %s, not `%.*s`%s%s%s", row->key, expects, SCHEMA_SHOWN, text,
                 near == NULL ? "" : " (did you mean `", near == NULL ? "" : near,
                 near == NULL ? "" : "`?)");
}

static void schema_value(struct schema_ctx *c, const struct schema_row *row,
                         const struct ypair *pair, void *target)
{
    const struct ynode *value = pair->value;
    char expects[256];

    if (row->parse != NULL) {
        row->parse(c, row, pair, target);
    } else if (row->table != NULL &&
               (value->kind == YNODE_MAP || (row->type == SCHEMA_MAP && ynode_is_null(value)))) {
        (void)schema_apply(c, row->table, value, target, NULL);
    } else if (value->kind != YNODE_SCALAR || row->type == SCHEMA_MAP) {
        schema_expects(row, expects, sizeof(expects));
        schema_fault(c, value, "`%s` takes %s", row->key, expects);
    } else {
        schema_one(c, row, value, target);
    }
}

bool schema_apply(struct schema_ctx *c, const struct schema_table *t, const struct ynode *map,
                  void *target, const struct ypair **given)
{
    if (ynode_is_null(map))
        return true;
    if (map->kind != YNODE_MAP) {
        schema_fault(c, map, "%s must be a map of keys", t->of);
        return false;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct ypair *pair = &map->pairs[i];
        const struct schema_row *row = schema_find(t, pair->key->text);
        if (row == NULL) {
            schema_unknown(c, t, pair->key);
            continue;
        }
        if (given != NULL)
            given[row - t->rows] = pair;
        schema_value(c, row, pair, target);
    }
    return true;
}

void schema_defaults(struct schema_ctx *c, const struct schema_table *t, void *target)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct schema_row *row = &t->rows[i];
        if (row->initial != NULL && row->size > 0 && !schema_scalar(c, row, row->initial, target))
            bug("the default of `%s` is not one", row->key);
        if (row->table != NULL && row->parse == NULL)
            schema_defaults(c, row->table, target);
    }
}

static int schema_walk(const struct schema_table *t, const char *prefix,
                       void (*cb)(void *arg, const struct schema_key *key), void *arg)
{
    char path[128];

    for (size_t i = 0; i < t->n; i++) {
        const struct schema_row *row = &t->rows[i];
        (void)snprintf(path, sizeof(path), "%s%s", prefix, row->key);
        struct schema_key key = {path, row->initial, row->doc, row->words};
        cb(arg, &key);
        /* An entry's keys are told below NAME, once: `defaults` has the same. */
        if (row->table == NULL || strcmp(row->key, "defaults") == 0)
            continue;
        size_t n = strlen(path);
        (void)snprintf(path + n, sizeof(path) - n, "%s", row->parse == NULL ? "." : ".NAME.");
        int rc = schema_walk(row->table, path, cb, arg);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int schema_keys(void (*cb)(void *arg, const struct schema_key *key), void *arg)
{
    return schema_walk(&schema_file, "", cb, arg);
}
