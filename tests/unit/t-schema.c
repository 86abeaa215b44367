/* The tables against what else speaks of the same keys: the JSON Schema and actorsup.yaml(5). */
#include "config/schema.h"
#include "tap.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *page; /* actorsup.yaml(5) */
static json_t *schema;

static char *slurp(const char *name)
{
    const char *source = getenv("SOURCE_DIR");
    char path[512];
    char *text = NULL;
    size_t size;

    (void)snprintf(path, sizeof(path), "%s/%s", source == NULL ? "." : source, name);
    FILE *f = fopen(path, "re"), *out = open_memstream(&text, &size);
    if (f == NULL || out == NULL)
        bail_out("cannot read %s", path);
    for (int c; (c = getc(f)) != EOF;)
        (void)putc(c, out);
    (void)fclose(f);
    (void)fclose(out);
    return text;
}

/* Is the word in the page as one, within the n bytes from at? */
static bool has_word(const char *at, size_t n, const char *word)
{
    size_t len = strlen(word);

    for (const char *p = at; (p = strstr(p, word)) != NULL && p + len <= at + n; p++)
        if (p > at && strchr(" \n(", p[-1]) != NULL && strchr(" ,.:;)\n", p[len]) != NULL)
            return true;
    return false;
}

/* The item of a built key: its heading names the default in the file's own words, and what follows
 * names each word that it takes. */
static void documented(const struct schema_key *key, const char *path)
{
    char heading[160];

    if (key->initial == NULL)
        (void)snprintf(heading, sizeof(heading), "\n.It Cm %s\n", path);
    else
        (void)snprintf(heading, sizeof(heading), "\n.It Cm %s Pq default Li %s%s\n", path,
                       strcmp(key->initial, ".") == 0 ? "\\&" : "", key->initial);
    const char *item = strstr(page, heading);
    if (!ok(item != NULL, "the page has%s", heading + 4))
        return;
    const char *end = strstr(item + 1, "\n.It Cm ");
    size_t n = end == NULL ? strlen(item) : (size_t)(end - item);
    for (const struct schema_word *w = key->words; w != NULL && w->text != NULL; w++)
        ok(has_word(item, n, w->text), "and what `%s` means there", w->text);
}

/* The schema of a key, by its path below the properties. */
static const json_t *find(const char *path)
{
    const json_t *at = schema;
    char name[64];

    if (strncmp(path, "actors.NAME.", 12) == 0) {
        path += 12;
        at = json_object_get(json_object_get(at, "$defs"), "actor");
    } else if (strncmp(path, "groups.NAME.", 12) == 0 || strncmp(path, "hosts.NAME.", 11) == 0) {
        bool group = *path == 'g';
        path += group ? 12 : 11;
        at = json_object_get(json_object_get(at, "properties"), group ? "groups" : "hosts");
        at = json_object_get(at, "additionalProperties");
    }
    while (at != NULL && *path != '\0') {
        size_t n = strcspn(path, "."), i;
        const json_t *options = json_object_get(at, "anyOf"), *option;
        (void)snprintf(name, sizeof(name), "%.*s", (int)n, path);
        json_array_foreach(options, i, option) if (json_object_get(option, "properties") != NULL)
            at = option;
        at = json_object_get(json_object_get(at, "properties"), name);
        path += n + (path[n] == '.');
    }
    return at;
}

static void in_schema(const struct schema_key *key)
{
    const json_t *j = find(key->path), *initial = json_object_get(j, "default");
    char text[64] = "";

    if (!ok(j != NULL, "the schema has %s", key->path))
        return;
    is_str(json_string_value(json_object_get(j, "description")), key->doc, "with its words");
    if (json_is_integer(initial))
        (void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(initial));
    else if (initial != NULL)
        (void)snprintf(text, sizeof(text), "%s", json_string_value(initial));
    is_str(initial == NULL ? NULL : text, key->initial, "and its default");
}

static void check_key(void *arg, const struct schema_key *key)
{
    const char *path = key->path;
    int *count = arg;

    ++*count;
    ok(key->doc != NULL && key->doc[strlen(key->doc) - 1] == '.', "%s is told in a sentence", path);
    in_schema(key);
    if (strncmp(path, "actors.NAME.", 12) == 0 || strncmp(path, "groups.NAME.", 12) == 0)
        path += 12;
    if (strncmp(path, "hosts.NAME.", 11) == 0)
        path += 11;
    documented(key, path);
}

int main(void)
{
    char *text = schema_json();
    int count = 0;

    page = slurp("man/actorsup.yaml.5");
    schema = text == NULL ? NULL : json_loads(text, 0, NULL);
    ok(schema != NULL, "the schema is JSON");
    is_str(json_string_value(json_object_get(schema, "$schema")),
           "https://json-schema.org/draft/2020-12/schema", "of draft 2020-12");
    is_int(schema_keys(check_key, &count), 0, "the keys are listed");
    ok(count > 50, "all %d of them", count);
    json_decref(schema);
    free(text);
    free(page);
    return done();
}
