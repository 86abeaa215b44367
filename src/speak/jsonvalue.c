#include "speak/jsonvalue.h"

#include "base/err.h"
#include "base/text.h"
#include "base/units.h"
#include "model/frame.h"

#include <stdlib.h>
#include <string.h>

enum { JSONVALUE_TIME_MAX = 64 };

#define JSONVALUE_SECONDS_MAX 3e9 /* about a hundred years */

void jsonvalue_free(struct jsonvalue *v)
{
    free(v->owned);
    v->owned = NULL;
}

/* The compact text of what is no string. */
static const char *jsonvalue_dump(const json_t *value, struct jsonvalue *v)
{
    v->owned = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (v->owned == NULL)
        return "out of memory";
    v->span = span_of(v->owned, strlen(v->owned));
    return NULL;
}

const char *jsonvalue_text(const struct jsonobject *o, const char *key, struct jsonvalue *v)
{
    json_t *other = NULL;

    *v = (struct jsonvalue){{"", 0}, NULL};
    return jsonobject_get(o, key, &v->span, &other) == JSONOBJECT_OTHER ? jsonvalue_dump(other, v)
                                                                        : NULL;
}

static const char *jsonvalue_body64(struct span coded, struct jsonvalue *v)
{
    v->owned = malloc(coded.len + 1);
    if (v->owned == NULL)
        return "out of memory";
    long n = text_base64_decode(coded.data, coded.len, v->owned);
    if (n < 0) {
        jsonvalue_free(v);
        return "body64 is not base64";
    }
    v->span = span_of(v->owned, (size_t)n);
    return NULL;
}

const char *jsonvalue_body(const struct jsonobject *o, struct jsonvalue *v)
{
    struct span coded;
    json_t *other = NULL;
    enum jsonobject_kind kind = jsonobject_get(o, "body64", &coded, &other);
    const char *why = jsonvalue_text(o, "body", v);

    if (why != NULL)
        return why;
    if (kind != JSONOBJECT_NONE && jsonobject_has(o, "body"))
        why = "body and body64 at once";
    else if (kind == JSONOBJECT_OTHER)
        why = "body64 is not a string";
    else if (kind == JSONOBJECT_STRING)
        why = jsonvalue_body64(coded, v);
    if (why == NULL && v->span.len > FRAME_BODY_MAX)
        why = "the body is over 16 MiB";
    if (why != NULL)
        jsonvalue_free(v);
    return why;
}

static const char *jsonvalue_header(json_t *value, const char *key, struct bytes *packed)
{
    struct jsonvalue v = {{"", 0}, NULL};
    const char *why = NULL;

    if (json_is_string(value))
        v.span = span_of(json_string_value(value), json_string_length(value));
    else if (!json_is_null(value))
        why = jsonvalue_dump(value, &v);
    int rc = why != NULL ? 0 : frame_header_add(packed, key, strlen(key), v.span.data, v.span.len);
    jsonvalue_free(&v);
    if (rc != 0)
        why = rc == ERR_NOMEM ? "out of memory" : "headers are too large, or a key is empty";
    return why;
}

const char *jsonvalue_headers(const struct jsonobject *o, const char *name, struct bytes *packed)
{
    json_t *headers = NULL;
    struct span string;
    enum jsonobject_kind kind = jsonobject_get(o, name, &string, &headers);
    const char *why = NULL;
    const char *key;
    json_t *value;

    bytes_init(packed);
    if (kind == JSONOBJECT_NONE)
        return NULL;
    if (!json_is_object(headers))
        return strcmp(name, "env") == 0 ? "env is not an object" : "headers is not an object";
    json_object_foreach(headers, key, value)
    {
        why = jsonvalue_header(value, key, packed);
        if (why != NULL)
            break;
    }
    if (why != NULL)
        bytes_release(packed);
    return why;
}

const char *jsonvalue_texts(const struct jsonobject *o, const char *key, struct bytes *texts)
{
    json_t *list = NULL;
    struct span string;
    enum jsonobject_kind kind = jsonobject_get(o, key, &string, &list);
    const char *why = NULL;

    bytes_init(texts);
    if (kind == JSONOBJECT_NONE)
        return NULL;
    if (!json_is_array(list))
        return "args is not a list";
    for (size_t i = 0; i < json_array_size(list) && why == NULL; i++) {
        const json_t *one = json_array_get(list, i);
        const char *text = json_string_value(one);
        if (text == NULL || strlen(text) != json_string_length(one))
            why = "args has what is no text, or has a NUL in it";
        else if (bytes_append(texts, text, strlen(text) + 1) != 0)
            why = "out of memory";
    }
    if (why != NULL)
        bytes_release(texts);
    return why;
}

const char *jsonvalue_time(const struct jsonobject *o, const char *key, int64_t *ms)
{
    char text[JSONVALUE_TIME_MAX];
    json_t *other = NULL;
    struct span string;
    enum jsonobject_kind kind = jsonobject_get(o, key, &string, &other);

    *ms = -1;
    if (kind == JSONOBJECT_NONE)
        return NULL;
    if (kind == JSONOBJECT_OTHER && json_is_number(other)) {
        double s = json_number_value(other);
        if (!(s >= 0 && s <= JSONVALUE_SECONDS_MAX))
            return "a time is at least 0 and at most a hundred years";
        *ms = (int64_t)(s * 1000 + 0.5);
        return NULL;
    }
    if (kind == JSONOBJECT_STRING && string.len < sizeof(text)) {
        memcpy(text, string.data, string.len);
        text[string.len] = 0;
        if (strlen(text) == string.len && units_duration(text, ms) == 0)
            return NULL;
    }
    return "a time is a number of seconds, or a text such as \"250ms\"";
}

const char *jsonvalue_id(const struct jsonobject *o, const char *key, uint64_t *id)
{
    json_t *other;
    struct span string;
    enum jsonobject_kind kind = jsonobject_get(o, key, &string, &other);

    if (kind == JSONOBJECT_NONE)
        return strcmp(key, "re") == 0 ? "re is missing" : "id is missing";
    if (kind != JSONOBJECT_STRING || text_id_parse(string.data, string.len, id) != 0)
        return "the id of a message is 16 hexadecimal digits in a string";
    return NULL;
}

const char *jsonvalue_tag(const struct jsonobject *o, const char *key, bool needed,
                          struct jsonvalue *v)
{
    const char *why = jsonvalue_text(o, key, v);

    if (why == NULL && (v->span.len > FRAME_TAG_MAX || (needed && v->span.len == 0))) {
        jsonvalue_free(v);
        why = needed ? "ask is an id of 1 to 64 bytes" : "the id of a timer has at most 64 bytes";
    }
    return why;
}
