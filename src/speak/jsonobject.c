#include "speak/jsonobject.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum { JSONOBJECT_VALUES_MAX = 200000 };

/* ---- the plain form ---- */

/* Where a scan is. */
struct jsonobject_scan {
    const unsigned char *at, *end;
};

static void jsonobject_space(struct jsonobject_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

/* Whether this byte is next, white space aside; it is passed then. */
static bool jsonobject_next(struct jsonobject_scan *s, unsigned char c)
{
    jsonobject_space(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

#define JSONOBJECT_EACH(byte) (0x0101010101010101ULL * (byte))

/* Whether n bytes may stand in a string as they are. Eight at a time: a byte under 0x20 or equal to
 * a backslash borrows into the high bit (see "Bit Twiddling Hacks", Anderson, "hasless"). */
static bool jsonobject_bare(const unsigned char *p, size_t n)
{
    const uint64_t high = JSONOBJECT_EACH(0x80);
    uint64_t wide = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t w, slash;
        memcpy(&w, p + i, 8);
        slash = w ^ JSONOBJECT_EACH('\\');
        if ((((w - JSONOBJECT_EACH(0x20)) & ~w) | ((slash - JSONOBJECT_EACH(1)) & ~slash)) & high)
            return false;
        wide |= w & high;
    }
    for (; i < n; i++) {
        if (p[i] < 0x20 || p[i] == '\\')
            return false;
        wide |= p[i] & 0x80;
    }
    return wide == 0 || text_is_utf8(p, n);
}

static bool jsonobject_string(struct jsonobject_scan *s, struct span *string)
{
    if (!jsonobject_next(s, '"'))
        return false;
    const unsigned char *end = memchr(s->at, '"', (size_t)(s->end - s->at));
    if (end == NULL || !jsonobject_bare(s->at, (size_t)(end - s->at)))
        return false;
    *string = span_of(s->at, (size_t)(end - s->at));
    s->at = end + 1;
    return true;
}

static bool jsonobject_same(struct span a, const void *b, size_t len)
{
    return a.len == len && memcmp(a.data, b, len) == 0;
}

static const struct jsonobject_member *jsonobject_find(const struct jsonobject *o, const void *key,
                                                       size_t len)
{
    for (size_t i = 0; i < o->n; i++)
        if (jsonobject_same(o->plain[i].key, key, len))
            return &o->plain[i];
    return NULL;
}

bool jsonobject_scan(struct jsonobject *o, const char *line, size_t len)
{
    struct jsonobject_scan s = {(const unsigned char *)line, (const unsigned char *)line + len};

    o->tree = NULL;
    o->n = 0;
    if (!jsonobject_next(&s, '{'))
        return false;
    do {
        struct jsonobject_member *m = &o->plain[o->n];
        if (o->n == JSONOBJECT_PLAIN_MAX || !jsonobject_string(&s, &m->key) ||
            !jsonobject_next(&s, ':') || !jsonobject_string(&s, &m->value) ||
            jsonobject_find(o, m->key.data, m->key.len) != NULL)
            return false;
        o->n++;
    } while (jsonobject_next(&s, ','));
    if (!jsonobject_next(&s, '}'))
        return false;
    jsonobject_space(&s);
    return s.at == s.end;
}

/* ---- all else ---- */

/* The parser quotes the line, which may hold anything. */
static const char *jsonobject_bad(const json_error_t *e, struct err *why)
{
    (void)err_set(why, ERR_INVALID, "not JSON: %s (column %d)", e->text, e->column);
    for (char *p = why->text; *p != 0; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            *p = '?';
    return why->text;
}

/* Whether a line has so many values that to parse it would take many times its own memory. */
static bool jsonobject_crowded(const char *line, size_t len)
{
    size_t values = 0;
    bool quoted = false;

    if (len <= JSONOBJECT_VALUES_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (quoted && line[i] == '\\')
            i++;
        else if (line[i] == '"')
            quoted = !quoted;
        else if (!quoted && (line[i] == ',' || line[i] == '[' || line[i] == '{'))
            values++;
    }
    return values > JSONOBJECT_VALUES_MAX;
}

const char *jsonobject_read(struct jsonobject *o, const char *line, size_t len, struct err *why)
{
    json_error_t e;

    if (jsonobject_scan(o, line, len))
        return NULL;
    if (jsonobject_crowded(line, len))
        return "more than 200,000 values in one line";
    o->tree = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
    if (o->tree == NULL)
        return jsonobject_bad(&e, why);
    if (json_is_object(o->tree))
        return NULL;
    jsonobject_release(o);
    return "a line is one JSON object";
}

void jsonobject_release(struct jsonobject *o)
{
    json_decref(o->tree);
    o->tree = NULL;
    o->n = 0;
}

bool jsonobject_has(const struct jsonobject *o, const char *key)
{
    return o->tree != NULL ? json_object_get(o->tree, key) != NULL
                           : jsonobject_find(o, key, strlen(key)) != NULL;
}

enum jsonobject_kind jsonobject_get(const struct jsonobject *o, const char *key,
                                    struct span *string, json_t **other)
{
    if (o->tree == NULL) {
        const struct jsonobject_member *m = jsonobject_find(o, key, strlen(key));
        if (m == NULL)
            return JSONOBJECT_NONE;
        *string = m->value;
        return JSONOBJECT_STRING;
    }
    json_t *value = json_object_get(o->tree, key);
    if (value == NULL || json_is_null(value))
        return JSONOBJECT_NONE;
    if (!json_is_string(value)) {
        *other = value;
        return JSONOBJECT_OTHER;
    }
    *string = span_of(json_string_value(value), json_string_length(value));
    return JSONOBJECT_STRING;
}
