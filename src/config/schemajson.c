/* The JSON Schema of the file, from the tables. */
#include "base/err.h"
#include "config/schema.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMAJSON_VARIABLE "#/$defs/variable"

static json_t *schemajson_table(const struct schema_table *t);

/* The options of a value, while they are gathered. */
struct schemajson {
    json_t *options;
    bool failed;
};

static void schemajson_add(struct schemajson *s, json_t *option)
{
    if (option == NULL || json_array_append_new(s->options, option) < 0)
        s->failed = true;
}

/* YAML reads these two as truth values, and so do editors. */
static json_t *schemajson_word(const char *text)
{
    bool yes = strcmp(text, "true") == 0;

    return yes || strcmp(text, "false") == 0 ? json_boolean(yes) : json_string(text);
}

static void schemajson_words(struct schemajson *s, const struct schema_row *row)
{
    json_t *words = json_array();
    bool failed = words == NULL;

    if (row->words == NULL) {
        json_decref(words);
        return;
    }
    for (const struct schema_word *w = row->words; w->text != NULL && !failed; w++)
        if (json_array_append_new(words, schemajson_word(w->text)) < 0)
            failed = true;
    s->failed = s->failed || failed;
    schemajson_add(s, json_pack("{s:o}", "enum", words));
}

static json_t *schemajson_number(const struct schema_row *row, const char *type)
{
    json_t *j = json_pack("{s:s, s:I}", "type", type, "minimum", (json_int_t)row->min);

    if (j != NULL && row->max > 0)
        (void)json_object_set_new(j, "maximum", json_integer((json_int_t)row->max));
    return j;
}

static json_t *schemajson_pattern(const char *pattern)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static void schemajson_type(struct schemajson *s, const struct schema_row *row)
{
    switch (row->type) {
    case SCHEMA_COUNT:
        schemajson_add(s, schemajson_number(row, "integer"));
        break;
    case SCHEMA_FACTOR:
        schemajson_add(s, schemajson_number(row, "number"));
        break;
    case SCHEMA_DURATION:
        schemajson_add(s, schemajson_pattern("^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$"));
        if (row->min == 0)
            schemajson_add(s, json_pack("{s:i}", "const", 0));
        break;
    case SCHEMA_SIZE:
        schemajson_add(s, schemajson_pattern("^[0-9]+(\\.[0-9]+)?(B|[KMGT]iB|[kMGT]B)$"));
        schemajson_add(s, schemajson_number(row, "integer"));
        break;
    case SCHEMA_PERCENT:
        schemajson_add(s, schemajson_pattern("^[0-9]+(\\.[0-9]+)?%$"));
        schemajson_add(s, json_pack("{s:i}", "const", 0));
        break;
    case SCHEMA_SIGNAL:
        schemajson_add(s, json_pack("{s:[s,s]}", "type", "string", "integer"));
        break;
    case SCHEMA_TEXT:
        schemajson_add(s, json_pack("{s:s}", "type", "string"));
        break;
    case SCHEMA_CUSTOM:
        if (row->json != NULL)
            schemajson_add(s, json_loads(row->json, 0, NULL));
        break;
    default:
        break;
    }
}

/* The keys of an actor are told once: every row of several has them. */
static json_t *schemajson_entry(const struct schema_row *row)
{
    return row->required || !row->named ? json_pack("{s:s}", "$ref", "#/$defs/actor")
                                        : schemajson_table(row->table);
}

/* Entries by name, each with the keys of a table; or those keys at once. */
static void schemajson_map(struct schemajson *s, const struct schema_row *row)
{
    if (row->table == NULL)
        return;
    if (row->parse == NULL)
        schemajson_add(s, schemajson_table(row->table));
    else if (row->named)
        schemajson_add(s,
                       json_pack("{s:s, s:{s:s}, s:{s:{}}, s:o}", "type", "object", "propertyNames",
                                 "pattern", "^([a-z][a-z0-9_-]{0,62}|<<)$", "patternProperties",
                                 "^(x-|<<$)", "additionalProperties", schemajson_entry(row)));
    else
        schemajson_add(s, schemajson_entry(row));
}

/* The default, as a number where it is one. */
static json_t *schemajson_default(const struct schema_row *row)
{
    char *end;
    long n = strtol(row->initial, &end, 10);

    return *end == '\0' && end != row->initial ? json_integer(n) : json_string(row->initial);
}

static json_t *schemajson_row(const struct schema_row *row)
{
    struct schemajson s = {.options = json_array()};
    json_t *j;

    if (s.options == NULL)
        return NULL;
    schemajson_words(&s, row);
    schemajson_type(&s, row);
    schemajson_map(&s, row);
    if (row->type != SCHEMA_CUSTOM && row->type != SCHEMA_MAP && row->type != SCHEMA_TEXT)
        schemajson_add(&s, json_pack("{s:s}", "$ref", SCHEMAJSON_VARIABLE));
    if (json_array_size(s.options) == 1)
        j = json_incref(json_array_get(s.options, 0));
    else
        j = json_pack("{s:O}", "anyOf", s.options);
    json_decref(s.options);
    /* Setting a member of nothing, or to nothing, fails. */
    if (json_object_set_new(j, "description", json_string(row->doc)) < 0 ||
        (row->initial != NULL && json_object_set_new(j, "default", schemajson_default(row)) < 0))
        s.failed = true;
    if (!s.failed)
        return j;
    json_decref(j);
    return NULL;
}

static json_t *schemajson_table(const struct schema_table *t)
{
    json_t *keys = json_object(), *required = json_array();
    bool failed = keys == NULL || required == NULL;

    for (size_t i = 0; i < t->n && !failed; i++) {
        const struct schema_row *row = &t->rows[i];
        failed = json_object_set_new(keys, row->key, schemajson_row(row)) < 0;
        if (!failed && row->required)
            failed = json_array_append_new(required, json_string(row->key)) < 0;
    }
    if (failed) {
        json_decref(keys);
        json_decref(required);
        return NULL;
    }
    /* `<<` is YAML's own, and `x-` keys are left out. */
    return json_pack("{s:s, s:o, s:o, s:{s:{}}, s:b}", "type", "object", "properties", keys,
                     "required", required, "patternProperties", "^(x-|<<$)", "additionalProperties",
                     0);
}

char *schema_json(void)
{
    const struct schema_table *actor = NULL;
    json_t *root, *file;
    char *text = NULL;

    for (size_t i = 0; i < schema_file.n; i++)
        if (schema_file.rows[i].required)
            actor = schema_file.rows[i].table;
    if (actor == NULL)
        bug("the file's table names no actors");
    root = json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                     "title", "actorsup.yaml", "description",
                     "A system of actors, as actorsup(1) runs it.");
    file = schemajson_table(&schema_file);
    if (root != NULL && file != NULL && json_object_update(root, file) == 0 &&
        json_object_set_new(root, "$defs",
                            json_pack("{s:o, s:{s:s, s:s, s:s}}", "actor", schemajson_table(actor),
                                      "variable", "type", "string", "pattern",
                                      "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-|\\})", "description",
                                      "A value with variables: ${VAR} or ${VAR:-default}.")) == 0)
        text = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    json_decref(file);
    return text;
}
