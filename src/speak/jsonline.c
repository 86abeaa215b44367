#include "speak/jsonline.h"

#include "base/err.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { JSONLINE_PIECE = 4096, JSONLINE_ESCAPE_MAX = 6, JSONLINE_BASE64_PIECE = 3 * 4096 };

static const char jsonline_hex[] = "0123456789abcdef";

/* What stands behind the backslash; 'u' for \u00XX, 0 for a byte that stands as it is. */
static const char jsonline_escapes[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u',  [0x04] = 'u', [0x05] = 'u',
    [0x06] = 'u', [0x07] = 'u', ['\b'] = 'b', ['\t'] = 't',  ['\n'] = 'n', [0x0b] = 'u',
    ['\f'] = 'f', ['\r'] = 'r', [0x0e] = 'u', [0x0f] = 'u',  [0x10] = 'u', [0x11] = 'u',
    [0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',  [0x16] = 'u', [0x17] = 'u',
    [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u',  [0x1c] = 'u', [0x1d] = 'u',
    [0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\', [0x7f] = 'u',
};

static unsigned char *jsonline_escape_byte(unsigned char *to, unsigned char c)
{
    char how = jsonline_escapes[c];

    *to++ = '\\';
    *to++ = (unsigned char)how;
    if (how != 'u')
        return to;
    *to++ = '0';
    *to++ = '0';
    *to++ = (unsigned char)jsonline_hex[c >> 4];
    *to++ = (unsigned char)jsonline_hex[c & 15];
    return to;
}

/* The inside of a string; n is at most JSONLINE_PIECE and to has JSONLINE_ESCAPE_MAX times as much.
 */
static unsigned char *jsonline_escape(unsigned char *to, const unsigned char *p, size_t n)
{
    const unsigned char *end = p + n;

    while (p < end) {
        const unsigned char *plain = p;
        while (p < end && jsonline_escapes[*p] == 0)
            p++;
        memcpy(to, plain, (size_t)(p - plain));
        to += p - plain;
        if (p < end)
            to = jsonline_escape_byte(to, *p++);
    }
    return to;
}

/* A string of valid UTF-8, with its quotes. */
static int jsonline_string(struct bytes *out, struct span s)
{
    const unsigned char *p = s.data;
    size_t left = s.len;

    if (bytes_byte(out, '"') != 0)
        return ERR_NOMEM;
    while (left > 0) {
        size_t n = left < JSONLINE_PIECE ? left : JSONLINE_PIECE;
        unsigned char *to = bytes_room(out, n * JSONLINE_ESCAPE_MAX);
        if (to == NULL)
            return ERR_NOMEM;
        bytes_grew(out, (size_t)(jsonline_escape(to, p, n) - to));
        p += n;
        left -= n;
    }
    return bytes_byte(out, '"');
}

/* A string of any bytes: those beyond ASCII are replaced unless all is UTF-8. */
static int jsonline_text(struct bytes *out, struct span s)
{
    const unsigned char *p = s.data;

    if (text_is_utf8(s.data, s.len))
        return jsonline_string(out, s);
    if (bytes_byte(out, '"') != 0)
        return ERR_NOMEM;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char buf[JSONLINE_ESCAPE_MAX];
        int rc = p[i] >= 0x80
                     ? bytes_append(out, "\xef\xbf\xbd", 3)
                     : bytes_append(out, buf, (size_t)(jsonline_escape(buf, p + i, 1) - buf));
        if (rc != 0)
            return rc;
    }
    return bytes_byte(out, '"');
}

static int jsonline_base64(struct bytes *out, struct span s)
{
    const unsigned char *p = s.data;
    size_t left = s.len;

    while (left > 0) {
        size_t n = left < JSONLINE_BASE64_PIECE ? left : JSONLINE_BASE64_PIECE;
        unsigned char *to = bytes_room(out, 4 * ((n + 2) / 3));
        if (to == NULL)
            return ERR_NOMEM;
        bytes_grew(out, text_base64_encode(p, n, (char *)to));
        p += n;
        left -= n;
    }
    return 0;
}

#define JSONLINE_PUT(out, literal) bytes_append((out), (literal), sizeof(literal) - 1)

/* ,"reason":"..." of a dead message, and ,"headers":{...} of any. */
static int jsonline_headers(struct bytes *out, const struct letter *l)
{
    struct span key, value;
    size_t at = 0;

    while (l->type == MSG_DEAD && frame_header_next(l->headers, &at, &key, &value) == 1) {
        if (key.len != 6 || memcmp(key.data, "reason", 6) != 0)
            continue;
        if (JSONLINE_PUT(out, ",\"reason\":") != 0 || jsonline_text(out, value) != 0)
            return ERR_NOMEM;
        break;
    }
    if (l->headers.len == 0)
        return 0;
    at = 0;
    if (JSONLINE_PUT(out, ",\"headers\":{") != 0)
        return ERR_NOMEM;
    for (bool first = true; frame_header_next(l->headers, &at, &key, &value) == 1; first = false) {
        if ((!first && bytes_byte(out, ',') != 0) || jsonline_text(out, key) != 0 ||
            bytes_byte(out, ':') != 0 || jsonline_text(out, value) != 0)
            return ERR_NOMEM;
    }
    return bytes_byte(out, '}');
}

static int jsonline_body(struct bytes *out, struct span body)
{
    if (text_is_utf8(body.data, body.len)) {
        if (JSONLINE_PUT(out, ",\"body\":") != 0 || jsonline_string(out, body) != 0)
            return ERR_NOMEM;
        return JSONLINE_PUT(out, "}\n");
    }
    if (JSONLINE_PUT(out, ",\"body64\":\"") != 0 || jsonline_base64(out, body) != 0)
        return ERR_NOMEM;
    return JSONLINE_PUT(out, "\"}\n");
}

static int jsonline_head(struct bytes *out, const struct letter *l, struct span from,
                         struct span to)
{
    const char *type = frame_type_name(l->type);
    char id[TEXT_ID_LEN];
    char attempt[32] = ",\"attempt\":1";
    size_t n = 12;

    text_id_format(l->id, id);
    if (l->attempt > 1)
        n = (size_t)snprintf(attempt, sizeof(attempt), ",\"attempt\":%u", l->attempt);
    if (type == NULL)
        bug("a message of no type: %d", l->type);
    if (JSONLINE_PUT(out, "{\"id\":\"") != 0 || bytes_append(out, id, sizeof(id)) != 0 ||
        JSONLINE_PUT(out, "\",\"from\":") != 0 || jsonline_text(out, from) != 0 ||
        JSONLINE_PUT(out, ",\"to\":") != 0 || jsonline_text(out, to) != 0 ||
        JSONLINE_PUT(out, ",\"type\":\"") != 0 || bytes_str(out, type) != 0 ||
        bytes_byte(out, '"') != 0)
        return ERR_NOMEM;
    /* The tag of an ask is its asker's own affair. */
    if (l->type != MSG_TELL && l->type != MSG_ASK && l->tag.len > 0 &&
        (JSONLINE_PUT(out, ",\"re\":") != 0 || jsonline_text(out, l->tag) != 0))
        return ERR_NOMEM;
    return bytes_append(out, attempt, n);
}

int jsonline_write(struct bytes *out, const struct letter *l, struct span from, struct span to)
{
    size_t before = bytes_len(out);

    if (jsonline_head(out, l, from, to) == 0 && jsonline_headers(out, l) == 0 &&
        jsonline_body(out, l->body) == 0)
        return 0;
    bytes_truncate(out, before);
    return ERR_NOMEM;
}
