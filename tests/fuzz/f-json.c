/* What a json actor says, in two pieces, by both readers; and every line that it may get, read back
 * by another parser. */
#include "base/text.h"
#include "speak/jsonline.h"
#include "speak/jsonobject.h"
#include "tests/fuzz/fuzzhost.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void same(json_t *o, const char *key, struct span want)
{
    json_t *value = json_object_get(o, key);

    if (value == NULL || json_string_length(value) != want.len ||
        (want.len > 0 && memcmp(json_string_value(value), want.data, want.len) != 0))
        abort();
}

static void same_body(json_t *o, struct span body)
{
    if (text_is_utf8(body.data, body.len)) {
        same(o, "body", body);
        return;
    }
    json_t *value = json_object_get(o, "body64");
    char *coded = malloc(4 * ((body.len + 2) / 3));
    size_t n = text_base64_encode(body.data, body.len, coded);
    if (json_string_length(value) != n || memcmp(json_string_value(value), coded, n) != 0)
        abort();
    free(coded);
}

static void write_and_read(const uint8_t *data, size_t len)
{
    struct bytes line = {0}, headers = {0};
    struct letter l = {.id = len, .type = MSG_DEAD, .attempt = 2, .body = span_of(data, len)};

    (void)frame_header_add(&headers, "reason", 6, data, len < 100 ? len : 100);
    l.headers = span_of(bytes_at(&headers), bytes_len(&headers));
    l.tag = span_of(data, len < FRAME_TAG_MAX ? len : FRAME_TAG_MAX);
    if (jsonline_write(&line, &l, span_of("a", 1), span_of("b", 1)) != 0)
        abort();
    if (memchr(bytes_at(&line), '\n', bytes_len(&line) - 1) != NULL)
        abort();
    json_t *o = json_loadb((const char *)bytes_at(&line), bytes_len(&line),
                           JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (o == NULL || json_object_get(o, "reason") == NULL)
        abort();
    if (l.tag.len > 0 && text_is_utf8(l.tag.data, l.tag.len))
        same(o, "re", l.tag);
    same_body(o, l.body);
    json_decref(o);
    bytes_release(&line);
    bytes_release(&headers);
}

/* What the scanner takes, jansson reads alike. */
static void scan_and_read(const char *line, size_t len)
{
    struct jsonobject o;

    if (!jsonobject_scan(&o, line, len))
        return;
    json_t *tree = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (!json_is_object(tree) || json_object_size(tree) != o.n)
        abort();
    for (size_t i = 0; i < o.n; i++) {
        char *key = strndup(o.plain[i].key.data, o.plain[i].key.len);
        same(tree, key, o.plain[i].value);
        free(key);
    }
    json_decref(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    scan_and_read((const char *)data, len);
    fuzzhost_run(&speak_json, data, len);
    write_and_read(data, len);
    return 0;
}
