#include "base/units.h"

#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct units_row {
    const char *name;
    uint64_t scale;
};

static const struct units_row units_times[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {NULL, 0},
};

static const struct units_row units_bytes[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"MB", 1000 * 1000},
    {"GB", 1000 * 1000 * 1000},
    {"TB", UINT64_C(1000) * 1000 * 1000 * 1000},
    {"KiB", 1024},
    {"MiB", 1024 * 1024},
    {"GiB", 1024 * 1024 * 1024},
    {"TiB", UINT64_C(1024) * 1024 * 1024 * 1024},
    {NULL, 0},
};

#define UNITS_TIME_MAX (UINT64_C(100) * 365 * 24 * 60 * 60 * 1000)
#define UNITS_SIZE_MAX (UINT64_C(1) << 53)

enum { UNITS_FRACTION_MAX = 6 };

static const struct units_row *units_find(const struct units_row *rows, const char *name)
{
    for (; rows->name != NULL; rows++)
        if (strcmp(rows->name, name) == 0)
            return rows;
    return NULL;
}

static bool units_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number at *text as parts of 10^-decimals; *text moves behind it. */
static int units_number(const char **text, uint64_t *whole, uint64_t *part, uint64_t *decimals)
{
    const char *p = *text;
    int digits = 0;

    *whole = 0;
    *part = 0;
    *decimals = 1;
    if (!units_digit(*p))
        return ERR_INVALID;
    for (; units_digit(*p); p++) {
        if (*whole > UNITS_SIZE_MAX)
            return ERR_TOO_LARGE;
        *whole = *whole * 10 + (uint64_t)(*p - '0');
    }
    if (*p == '.') {
        for (p++; units_digit(*p) && digits < UNITS_FRACTION_MAX; p++, digits++) {
            *part = *part * 10 + (uint64_t)(*p - '0');
            *decimals *= 10;
        }
        if (digits == 0)
            return ERR_INVALID;
    }
    *text = p;
    return 0;
}

static int units_parse(const char *text, const struct units_row *rows, uint64_t max, uint64_t *out)
{
    uint64_t whole, part, decimals;
    int rc = units_number(&text, &whole, &part, &decimals);

    if (rc < 0)
        return rc;
    if (whole == 0 && part == 0 && *text == '\0') {
        *out = 0;
        return 0;
    }
    const struct units_row *row = units_find(rows, text);
    if (row == NULL)
        return ERR_INVALID;
    if (whole > max / row->scale)
        return ERR_TOO_LARGE;
    if (part * row->scale % decimals != 0)
        return ERR_INVALID;
    uint64_t value = whole * row->scale + part * row->scale / decimals;
    if (value > max)
        return ERR_TOO_LARGE;
    *out = value;
    return 0;
}

int units_duration(const char *text, int64_t *ms)
{
    uint64_t value;
    int rc = units_parse(text, units_times, UNITS_TIME_MAX, &value);

    if (rc == 0)
        *ms = (int64_t)value;
    return rc;
}

int units_size(const char *text, uint64_t *bytes)
{
    return units_parse(text, units_bytes, UNITS_SIZE_MAX, bytes);
}

/* Seconds with the decimals that they need: 1500 -> "1.5s". */
static void units_seconds(int64_t ms, char *buf, size_t size)
{
    int n = snprintf(buf, size, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));

    while (n > 0 && buf[n - 1] == '0')
        buf[--n] = '\0';
    (void)snprintf(buf + n, size - (size_t)n, "s");
}

char *units_duration_text(int64_t ms, char *buf, size_t size)
{
    char other[40];

    if (ms == INT64_MAX) {
        (void)snprintf(buf, size, "never");
        return buf;
    }
    if (ms <= 0) {
        (void)snprintf(buf, size, "0");
        return buf;
    }
    const struct units_row *row = units_times;
    for (const struct units_row *r = units_times; r->name != NULL; r++)
        if ((uint64_t)ms % r->scale == 0)
            row = r;
    (void)snprintf(buf, size, "%lld%s", (long long)((uint64_t)ms / row->scale), row->name);
    if (ms % 1000 != 0) {
        units_seconds(ms, other, sizeof(other));
        if (strlen(other) < strlen(buf))
            (void)snprintf(buf, size, "%s", other);
    }
    return buf;
}

char *units_age_text(int64_t ms, char *buf, size_t size)
{
    long long s = ms / 1000;

    if (ms == INT64_MAX)
        (void)snprintf(buf, size, "never");
    else if (ms < 1000)
        (void)snprintf(buf, size, "%lldms", ms < 0 ? 0LL : (long long)ms);
    else if (ms < 10 * 1000)
        (void)snprintf(buf, size, "%lld.%llds", s, (long long)(ms % 1000 / 100));
    else if (s < 60)
        (void)snprintf(buf, size, "%llds", s);
    else if (s < 60 * 60)
        (void)snprintf(buf, size, "%lldm%llds", s / 60, s % 60);
    else if (s < 24 * 60 * 60)
        (void)snprintf(buf, size, "%lldh%lldm", s / 3600, s % 3600 / 60);
    else
        (void)snprintf(buf, size, "%lldd%lldh", s / 86400, s % 86400 / 3600);
    return buf;
}

char *units_size_text(uint64_t bytes, char *buf, size_t size)
{
    static const char *const units[] = {"KiB", "MiB", "GiB"};
    double n = (double)bytes / 1024;
    size_t i = 0;

    if (bytes < 1024) {
        (void)snprintf(buf, size, "%d byte%s", (int)bytes, bytes == 1 ? "" : "s");
        return buf;
    }
    for (; n >= 1023.95 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
        n /= 1024;
    (void)snprintf(buf, size, "%.1f %s", n, units[i]);
    return buf;
}
