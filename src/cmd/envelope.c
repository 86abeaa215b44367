#include "cmd/envelope.h"

#include "base/err.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct span envelope_header(const struct frame *f, const char *key)
{
    size_t at = 0;
    struct span k, v;
    while (frame_header_next(f->headers, &at, &k, &v) == 1) {
        if (k.len == strlen(key) && memcmp(k.data, key, k.len) == 0)
            return v;
    }
    return span_of("", 0);
}

static json_t *envelope_text(struct span s)
{
    return json_stringn(s.data, s.len);
}

static int envelope_body(json_t *o, struct span body)
{
    if (text_is_utf8(body.data, body.len))
        return json_object_set_new(o, "body", envelope_text(body));
    char *base64 = malloc(4 * ((body.len + 2) / 3));
    if (base64 == NULL)
        return -1;
    size_t n = text_base64_encode(body.data, body.len, base64);
    int rc = json_object_set_new(o, "body64", json_stringn(base64, n));
    free(base64);
    return rc;
}

static int envelope_headers(json_t *o, struct span headers)
{
    json_t *h = json_object();
    size_t at = 0;
    struct span k, v;
    while (frame_header_next(headers, &at, &k, &v) == 1) {
        char key[256];
        memcpy(key, k.data, k.len); /* a str8: 255 bytes at most */
        key[k.len] = '\0';
        json_object_set_new(h, key, envelope_text(v));
    }
    if (json_object_size(h) > 0)
        return json_object_set_new(o, "headers", h);
    json_decref(h);
    return 0;
}

int envelope_json(struct bytes *out, const struct frame *f)
{
    char id[TEXT_ID_LEN];
    text_id_format(f->id, id);
    const char *type = frame_type_name(f->type);
    json_t *o = json_object();
    json_object_set_new(o, "id", json_stringn(id, sizeof id));
    json_object_set_new(o, "from", envelope_text(f->from));
    json_object_set_new(o, "to", envelope_text(f->to));
    json_object_set_new(o, "type", json_string(type != NULL ? type : "?"));
    json_object_set_new(o, "re", envelope_text(f->tag));
    int rc = envelope_headers(o, f->headers);
    if (rc == 0)
        rc = envelope_body(o, f->body);
    char *text = rc == 0 ? json_dumps(o, JSON_COMPACT) : NULL;
    rc = text != NULL ? bytes_str(out, text) : ERR_NOMEM;
    free(text);
    json_decref(o);
    return rc;
}
