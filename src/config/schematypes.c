/* The types of a value: how one is read, and what it is called. */
#include "base/err.h"
#include "base/text.h"
#include "base/units.h"
#include "config/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bool schema_read(struct schema_ctx *c, const struct schema_row *row, const char *text,
                         void *field);

static void schema_store(const struct schema_row *row, int64_t value, void *field)
{
    int32_t four = (int32_t)value;
    int8_t one = (int8_t)value;

    switch (row->size) {
    case 0:
        break;
    case sizeof(one):
        memcpy(field, &one, sizeof(one));
        break;
    case sizeof(four):
        memcpy(field, &four, sizeof(four));
        break;
    case sizeof(value):
        memcpy(field, &value, sizeof(value));
        break;
    default:
        bug("the field of `%s` has %d bytes", row->key, row->size);
    }
}

static bool schema_within(const struct schema_row *row, uint64_t value)
{
    return value >= row->min && (row->max == 0 || value <= row->max);
}

static bool schema_read_count(struct schema_ctx *c, const struct schema_row *row, const char *text,
                              void *field)
{
    uint64_t value = 0;

    (void)c;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || value > (uint64_t)INT64_MAX / 100)
            return false;
        value = value * 10 + (uint64_t)(*p - '0');
    }
    if (!schema_within(row, value))
        return false;
    schema_store(row, (int64_t)value, field);
    return true;
}

static bool schema_read_duration(struct schema_ctx *c, const struct schema_row *row,
                                 const char *text, void *field)
{
    int64_t ms;

    (void)c;
    if (units_duration(text, &ms) < 0 || !schema_within(row, (uint64_t)ms))
        return false;
    schema_store(row, ms, field);
    return true;
}

static bool schema_read_size(struct schema_ctx *c, const struct schema_row *row, const char *text,
                             void *field)
{
    uint64_t bytes;

    (void)c;
    if (units_size(text, &bytes) < 0 || !schema_within(row, bytes))
        return false;
    schema_store(row, (int64_t)bytes, field);
    return true;
}

/* A decimal number as people write it; what else strtod accepts is refused. */
static bool schema_decimal(const char *text, size_t len, double *value)
{
    char copy[32], *end;
    size_t dots = 0;

    if (len == 0 || len >= sizeof(copy))
        return false;
    for (size_t i = 0; i < len; i++) {
        dots += text[i] == '.';
        if ((text[i] < '0' || text[i] > '9') && text[i] != '.')
            return false;
    }
    if (dots > 1 || text[0] == '.' || text[len - 1] == '.')
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    /* The program never sets a locale for numbers, so that `.` is the point. */
    *value = strtod(copy, &end);
    return *end == '\0';
}

static bool schema_read_factor(struct schema_ctx *c, const struct schema_row *row, const char *text,
                               void *field)
{
    double value;

    (void)c;
    if (!schema_decimal(text, strlen(text), &value) || value < (double)row->min ||
        value > (double)row->max)
        return false;
    memcpy(field, &value, sizeof(value));
    return true;
}

static bool schema_read_percent(struct schema_ctx *c, const struct schema_row *row,
                                const char *text, void *field)
{
    size_t len = strlen(text);
    double value;

    (void)c;
    (void)row;
    if (strcmp(text, "0") == 0)
        text = "0%", len = 2;
    if (len < 2 || text[len - 1] != '%' || !schema_decimal(text, len - 1, &value) || value > 100)
        return false;
    value /= 100;
    memcpy(field, &value, sizeof(value));
    return true;
}

static bool schema_read_signal(struct schema_ctx *c, const struct schema_row *row, const char *text,
                               void *field)
{
    int number = text_signal_number(text);

    (void)c;
    if (number < 0)
        return false;
    schema_store(row, number, field);
    return true;
}

static bool schema_read_text(struct schema_ctx *c, const struct schema_row *row, const char *text,
                             void *field)
{
    const char *copy = schema_keep(c, text, strlen(text));

    (void)row;
    memcpy(field, &copy, sizeof(copy));
    return true;
}

/* What each type accepts besides words and maps: its reader, and its name. */
static const struct {
    schema_read *read;
    const char *name;
} schema_types[SCHEMA_TYPES] = {
    [SCHEMA_WORD] = {NULL, NULL},
    [SCHEMA_COUNT] = {schema_read_count, "a whole number"},
    [SCHEMA_DURATION] = {schema_read_duration, "a duration such as 250ms, 10s, 5m or 2h"},
    [SCHEMA_SIZE] = {schema_read_size, "a size such as 64KiB or 16MiB"},
    [SCHEMA_FACTOR] = {schema_read_factor, "a number"},
    [SCHEMA_PERCENT] = {schema_read_percent, "a percentage from 0% to 100%"},
    [SCHEMA_SIGNAL] = {schema_read_signal, "a signal such as TERM"},
    [SCHEMA_TEXT] = {schema_read_text, "a text"},
    [SCHEMA_MAP] = {NULL, NULL},
    [SCHEMA_CUSTOM] = {NULL, NULL},
};

bool schema_scalar(struct schema_ctx *c, const struct schema_row *row, const char *text,
                   void *target)
{
    void *field = (char *)target + row->offset;
    schema_read *read = schema_types[row->type].read;

    for (const struct schema_word *w = row->words; w != NULL && w->text != NULL; w++) {
        if (strcmp(w->text, text) == 0) {
            schema_store(row, w->value, field);
            return true;
        }
    }
    return read != NULL && read(c, row, text, field);
}

static void schema_append(char *buf, size_t size, const char *between, const char *text)
{
    size_t n = strlen(buf);

    (void)snprintf(buf + n, size - n, "%s%s", n == 0 ? "" : between, text);
}

static void schema_bound(const char *word, const struct schema_row *row, uint64_t bound, char *buf,
                         size_t size)
{
    char text[40];

    if (row->type == SCHEMA_DURATION)
        (void)units_duration_text((int64_t)bound, text, sizeof(text));
    else if (row->type == SCHEMA_SIZE && bound % 1024 == 0)
        (void)snprintf(text, sizeof(text), "%lluKiB", (unsigned long long)bound / 1024);
    else
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)bound);
    schema_append(buf, size, " ", word);
    schema_append(buf, size, " ", text);
}

static size_t schema_words(const struct schema_row *row)
{
    size_t n = 0;

    for (const struct schema_word *w = row->words; w != NULL && w->text != NULL; w++)
        n++;
    return n;
}

void schema_expects(const struct schema_row *row, char *buf, size_t size)
{
    const char *name = schema_types[row->type].name;
    size_t left = schema_words(row);
    bool map = row->table != NULL;

    buf[0] = '\0';
    if (name != NULL) {
        schema_append(buf, size, "", name);
        if (row->min > 0)
            schema_bound("from", row, row->min, buf, size);
        if (row->max > 0)
            schema_bound(row->min > 0 ? "to" : "up to", row, row->max, buf, size);
    }
    for (const struct schema_word *w = row->words; w != NULL && w->text != NULL; w++) {
        left--;
        schema_append(buf, size, left == 0 && !map ? " or " : ", ", w->text);
    }
    if (map)
        schema_append(buf, size, " or ", "a map of keys");
}
