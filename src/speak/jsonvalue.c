#include "speak/jsonvalue.h"

#include "base/err.h"
#include "base/text.h"
#include "base/units.h"
#include "model/frame.h"

#include <stdlib.h>
#include <string.h>

#define JSONVALUE_SECONDS_MAX 3e9 /* about a hundred years */

void jsonvalue_free(struct jsonvalue *v)
{
    free(v->owned);
    v->owned = NULL;
}

const char *jsonvalue_text(json_t *o, const char *key, struct jsonvalue *v)
{
    json_t *value = json_object_get(o, key);

    *v = (struct jsonvalue){{"", 0}, NULL};
    if (value == NULL || json_is_null(value))
        return NULL;
    if (json_is_string(value)) {
        v->span = span_of(json_string_value(value), json_string_length(value));
        return NULL;
    }
    v->owned = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (v->owned == NULL)
        return "out of memory";
    v->span = span_of(v->owned, strlen(v->owned));
    return NULL;
}

static const char *jsonvalue_body64(json_t *value, struct jsonvalue *v)
{
    if (!json_is_string(value))
        return "body64 is not a string";
    size_t len = json_string_length(value);
    v->owned = malloc(len + 1);
    if (v->owned == NULL)
        return "out of memory";
    long n = text_base64_decode(json_string_value(value), len, v->owned);
    if (n < 0) {
        jsonvalue_free(v);
        return "body64 is not base64";
    }
    v->span = span_of(v->owned, (size_t)n);
    return NULL;
}

const char *jsonvalue_body(json_t *o, struct jsonvalue *v)
{
    json_t *coded = json_object_get(o, "body64");
    const char *why;

    *v = (struct jsonvalue){{"", 0}, NULL};
    if (coded != NULL && json_object_get(o, "body") != NULL)
        return "body and body64 at once";
    why = coded != NULL ? jsonvalue_body64(coded, v) : jsonvalue_text(o, "body", v);
    if (why == NULL && v->span.len > FRAME_BODY_MAX) {
        jsonvalue_free(v);
        return "the body is over 16 MiB";
    }
    return why;
}

const char *jsonvalue_headers(json_t *o, struct bytes *packed)
{
    json_t *headers = json_object_get(o, "headers");
    const char *why = NULL;
    const char *key;
    json_t *value;

    bytes_init(packed);
    if (headers == NULL || json_is_null(headers))
        return NULL;
    if (!json_is_object(headers))
        return "headers is not an object";
    json_object_foreach(headers, key, value)
    {
        struct jsonvalue v;
        why = jsonvalue_text(headers, key, &v);
        int rc =
            why != NULL ? 0 : frame_header_add(packed, key, strlen(key), v.span.data, v.span.len);
        jsonvalue_free(&v);
        if (rc != 0)
            why = rc == ERR_NOMEM ? "out of memory" : "headers are too large, or a key is empty";
        if (why != NULL)
            break;
    }
    if (why != NULL)
        bytes_release(packed);
    return why;
}

const char *jsonvalue_time(json_t *o, const char *key, int64_t *ms)
{
    json_t *value = json_object_get(o, key);

    *ms = -1;
    if (value == NULL || json_is_null(value))
        return NULL;
    if (json_is_number(value)) {
        double s = json_number_value(value);
        if (!(s >= 0 && s <= JSONVALUE_SECONDS_MAX))
            return "a time is at least 0 and at most a hundred years";
        *ms = (int64_t)(s * 1000 + 0.5);
        return NULL;
    }
    if (!json_is_string(value) || units_duration(json_string_value(value), ms) != 0)
        return "a time is a number of seconds, or a text such as \"250ms\"";
    return NULL;
}

const char *jsonvalue_id(json_t *o, const char *key, uint64_t *id)
{
    json_t *value = json_object_get(o, key);

    if (value == NULL)
        return strcmp(key, "re") == 0 ? "re is missing" : "id is missing";
    if (!json_is_string(value) ||
        text_id_parse(json_string_value(value), json_string_length(value), id) != 0)
        return "the id of a message is 16 hexadecimal digits in a string";
    return NULL;
}

const char *jsonvalue_tag(json_t *o, const char *key, bool needed, struct jsonvalue *v)
{
    const char *why = jsonvalue_text(o, key, v);

    if (why == NULL && (v->span.len > FRAME_TAG_MAX || (needed && v->span.len == 0))) {
        jsonvalue_free(v);
        why = needed ? "ask is an id of 1 to 64 bytes" : "the id of a timer has at most 64 bytes";
    }
    return why;
}
