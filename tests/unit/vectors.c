#include "vectors.h"

#include "tap.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name, what)                         \
    {                                             \
#name, what, offsetof(struct frame, name) \
    }

static const struct {
    const char *name;
    char what; /* 1, 4, 8: bytes of a number; s: a span; h: headers */
    size_t offset;
} vectors_fields[] = {
    FIELD(version, 1), FIELD(role, 1),   FIELD(type, 1),   FIELD(flags, 1),  FIELD(attempt, 4),
    FIELD(id, 8),      FIELD(number, 8), FIELD(millis, 8), FIELD(code, 4),   FIELD(from, 's'),
    FIELD(to, 's'),    FIELD(tag, 's'),  FIELD(text, 's'), FIELD(body, 's'), FIELD(headers, 'h'),
};

static int vectors_kind(const char *line)
{
    for (int kind = 1; frame_kind_name(kind) != NULL; kind++) {
        size_t n = strlen(frame_kind_name(kind));
        if (strncmp(line, frame_kind_name(kind), n) == 0 && strchr(" \n", line[n]) != NULL)
            return kind;
    }
    return 0;
}

static void vectors_headers(struct vector *v, char *value)
{
    for (char *next, *key = value; key != NULL && *key != 0; key = next) {
        char *colon = strchr(key, ':');
        if (colon == NULL)
            bail_out("a header without a colon: %s", v->text);
        next = strchr(colon, ',');
        if (next != NULL)
            *next++ = 0;
        (void)frame_header_add(&v->headers, key, (size_t)(colon - key), colon + 1,
                               strlen(colon + 1));
    }
    v->frame.headers = span_of(bytes_at(&v->headers), bytes_len(&v->headers));
}

static void vectors_set(struct vector *v, const char *name, char *value)
{
    for (size_t i = 0; i < sizeof(vectors_fields) / sizeof(vectors_fields[0]); i++) {
        char *at = (char *)&v->frame + vectors_fields[i].offset;
        if (strcmp(name, vectors_fields[i].name) != 0)
            continue;
        long long n = strtoll(value, NULL, 0);
        struct span s = span_of(value, strlen(value));
        int32_t n32 = (int32_t)n;
        switch (vectors_fields[i].what) {
        case 's':
            memcpy(at, &s, sizeof(s));
            return;
        case 'h':
            vectors_headers(v, value);
            return;
        case 1:
            *at = (char)n;
            return;
        case 4:
            memcpy(at, &n32, 4);
            return;
        default:
            memcpy(at, &n, 8);
            return;
        }
    }
    bail_out("no such field: %s: %s", name, v->text);
}

/* Cuts the next name=value out of the text at *at. False at its end. */
static bool vectors_cut(char **at, char **name, char **value)
{
    char *p = *at + strspn(*at, " ");

    if (*p == 0)
        return false;
    *name = p;
    p = strchr(p, '=');
    if (p == NULL)
        bail_out("a field without a value: %s", *name);
    *p++ = 0;
    bool quoted = *p == '"';
    *value = quoted ? p + 1 : p;
    p = *value + strcspn(*value, quoted ? "\"" : " ");
    if (*p != 0)
        *p++ = 0;
    *at = p;
    return true;
}

static void vectors_parse(struct vector *v)
{
    char *name, *value, *at;

    (void)snprintf(v->strings, sizeof(v->strings), "%s", v->text);
    at = v->strings + strcspn(v->strings, " ");
    while (vectors_cut(&at, &name, &value))
        vectors_set(v, name, value);
}

bool vectors_begin(FILE *page)
{
    char line[512];

    while (fgets(line, sizeof(line), page) != NULL) {
        if (strcmp(line, ".Sh TEST VECTORS\n") == 0)
            return true;
    }
    return false;
}

bool vectors_next(FILE *page, struct vector *v)
{
    char line[512];

    *v = (struct vector){.size = 0};
    bytes_init(&v->headers);
    while (v->frame.kind == 0) {
        if (fgets(line, sizeof(line), page) == NULL || strcmp(line, ".Ed\n") == 0)
            return false;
        v->frame.kind = (uint8_t)vectors_kind(line);
    }
    line[strcspn(line, "\n")] = 0;
    (void)snprintf(v->text, sizeof(v->text), "%s", line);
    vectors_parse(v);
    for (long at = ftell(page); fgets(line, sizeof(line), page) != NULL; at = ftell(page)) {
        char *end, *p = line;
        if (line[0] == 0 || strchr("0123456789abcdef", line[0]) == NULL) {
            (void)fseek(page, at, SEEK_SET);
            break;
        }
        for (unsigned long b = strtoul(p, &end, 16); end != p; b = strtoul(p, &end, 16)) {
            v->bytes[v->size++] = (unsigned char)b;
            p = end;
        }
    }
    return true;
}

void vectors_release(struct vector *v)
{
    bytes_release(&v->headers);
}
