#include "cmd/topcolumn.h"

#include "base/text.h"
#include "base/units.h"
#include "model/address.h"

#include <stdio.h>
#include <string.h>

static bool topcolumn_up(const char *state)
{
    return strcmp(state, "ready") == 0 || strcmp(state, "running") == 0;
}

char *toprow_address(const struct toprow *r, char *buf, size_t size)
{
    if (r->pool || r->first->index == 0)
        (void)snprintf(buf, size, "%s", r->first->name);
    else
        (void)snprintf(buf, size, "%s/%u", r->first->name, r->first->index);
    return buf;
}

static char *topcolumn_name(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    char address[ADDRESS_MAX + 1];
    (void)f;
    (void)snprintf(buf, size, "%s%s", r->child ? "  " : "",
                   toprow_address(r, address, sizeof address));
    return buf;
}

/* Of a pool: how many are up, or how many are in the state of the first. */
static char *topcolumn_state(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    const char *state = r->first->state;
    size_t n = 0;
    (void)f;
    if (!r->pool) {
        (void)snprintf(buf, size, "%s", state);
        return buf;
    }
    for (size_t i = 0; i < r->n && !topcolumn_up(state); i++)
        if (topcolumn_up(r->first[i].state))
            state = r->first[i].state;
    for (size_t i = 0; i < r->n; i++)
        n += topcolumn_up(state) ? topcolumn_up(r->first[i].state)
                                 : strcmp(r->first[i].state, state) == 0;
    (void)snprintf(buf, size, "%s %zu/%zu", state, n, r->n);
    return buf;
}

static char *topcolumn_host(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    (void)f;
    for (size_t i = 1; i < r->n; i++) {
        if (strcmp(r->first[i].host, r->first->host) != 0) {
            (void)snprintf(buf, size, "several");
            return buf;
        }
    }
    return text_shown(r->first->host, strlen(r->first->host), buf, size);
}

static char *topcolumn_plain(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    if (r->figure[f] > 0)
        (void)snprintf(buf, size, "%.0f", r->figure[f]);
    else
        (void)snprintf(buf, size, "-");
    return buf;
}

static char *topcolumn_count(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    return toptext_count(r->figure[f], buf, size);
}

static char *topcolumn_rate(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    return toptext_rate(r->figure[f], buf, size);
}

static char *topcolumn_size(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    return toptext_size(r->figure[f], buf, size);
}

static char *topcolumn_percent(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    if (r->figure[f] < 0)
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(buf, size, r->figure[f] < 999.95 ? "%.1f" : "%.0f", r->figure[f]);
    return buf;
}

static char *topcolumn_age(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    if (r->figure[f] > 0)
        return units_age_text((int64_t)r->figure[f], buf, size);
    (void)snprintf(buf, size, "-");
    return buf;
}

static const char *topcolumn_raw_name(const struct toprow *r)
{
    return r->first->name;
}

static const char *topcolumn_raw_state(const struct toprow *r)
{
    return r->first->state;
}

static const char *topcolumn_raw_host(const struct toprow *r)
{
    return r->first->host;
}

static const char *topcolumn_raw_why(const struct toprow *r)
{
    const char *why = "";
    for (size_t i = 0; i < r->n && *why == '\0'; i++)
        why = r->first[i].reason;
    return why;
}

static char *topcolumn_why(const struct toprow *r, enum top_figure f, char *buf, size_t size)
{
    const char *why = topcolumn_raw_why(r);
    (void)f;
    return text_shown(why, strlen(why), buf, size);
}

const struct topcolumn topcolumns[] = {
    {"NAME", "name", 'N', false, 0, 0, topcolumn_name, TOP_FIGURES, topcolumn_raw_name},
    {"STATE", "state", 0, false, 0, 0, topcolumn_state, TOP_FIGURES, topcolumn_raw_state},
    {"HOST", "host", 0, false, 0, 9, topcolumn_host, TOP_FIGURES, topcolumn_raw_host},
    {"PID", "pid", 0, true, 7, 10, topcolumn_plain, TOP_PID, NULL},
    {"RESTARTS", "restarts", 0, true, 8, 6, topcolumn_count, TOP_RESTARTS, NULL},
    {"DEPTH", "depth", 'D', true, 6, 1, topcolumn_count, TOP_DEPTH, NULL},
    {"IN HAND", "in-hand", 0, true, 7, 8, topcolumn_count, TOP_IN_HAND, NULL},
    {"SIZE", "size", 0, true, 5, 11, topcolumn_size, TOP_BYTES, NULL},
    {"OLDEST", "oldest", 'O', true, 6, 4, topcolumn_age, TOP_OLDEST, NULL},
    {"IN/S", "in", 0, true, 6, 3, topcolumn_rate, TOP_IN_RATE, NULL},
    {"DONE/S", "done", 'H', true, 6, 2, topcolumn_rate, TOP_DONE_RATE, NULL},
    {"HANDLED", "handled", 0, true, 7, 12, topcolumn_count, TOP_HANDLED, NULL},
    {"CPU%", "cpu", 'P', true, 5, 2, topcolumn_percent, TOP_CPU, NULL},
    {"MEM", "memory", 'M', true, 5, 5, topcolumn_size, TOP_MEMORY, NULL},
    {"UPTIME", "uptime", 0, true, 7, 7, topcolumn_age, TOP_UPTIME, NULL},
    {"WHY", "why", 0, false, 0, 13, topcolumn_why, TOP_FIGURES, topcolumn_raw_why},
};
const size_t topcolumns_n = sizeof topcolumns / sizeof topcolumns[0];

int topcolumn_find(const char *name)
{
    for (size_t i = 0; i < topcolumns_n; i++)
        if (strcmp(topcolumns[i].name, name) == 0)
            return (int)i;
    return -1;
}

char *topcolumn_text(int column, const struct toprow *r, char *buf, size_t size)
{
    return topcolumns[column].text(r, topcolumns[column].figure, buf, size);
}

int topcolumn_compare(int column, const struct toprow *a, const struct toprow *b)
{
    const struct topcolumn *c = &topcolumns[column];
    if (c->figure != TOP_FIGURES) {
        double x = a->figure[c->figure], y = b->figure[c->figure];
        return x > y ? -1 : x < y;
    }
    const char *x = c->raw(a), *y = c->raw(b);
    if ((*x == '\0') != (*y == '\0'))
        return *x == '\0' ? 1 : -1;
    return strverscmp(x, y);
}
