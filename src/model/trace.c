#include "model/trace.h"

#include <stdlib.h>

#define TRACE_US (UINT64_C(1) << 40)

static struct trace_record *trace_at(const struct trace *t, uint64_t i)
{
    return &t->ring[i & (TRACE_RECORDS - 1)];
}

void trace_ages(const struct trace_record *records, size_t n, int64_t now, int64_t *ages)
{
    uint64_t later = (uint64_t)now;
    int64_t age = 0;

    for (size_t i = n; i > 0; i--) {
        uint64_t when = (uint64_t)records[i - 1].when_high << 32 | records[i - 1].when;
        age += (int64_t)((later - when) & (TRACE_US - 1));
        ages[i - 1] = age;
        later = when;
    }
}

bool trace_joins(struct trace *t, const struct trace_record *r, int64_t ms)
{
    if (t->count == 0 || t->ms != ms)
        return false;
    struct trace_record *last = trace_at(t, t->count - 1);
    uint32_t n = (uint32_t)last->n + r->n;
    if (last->what != r->what || last->id + last->n != r->id || last->from != r->from ||
        last->to != r->to || last->cause != r->cause || n > UINT16_MAX)
        return false;
    last->n = (uint16_t)n;
    return true;
}

void trace_add(struct trace *t, const struct trace_record *r, uint64_t n, int64_t ms, int64_t us)
{
    struct trace_record one = *r;

    if (t->ring == NULL && !t->failed) {
        t->ring = calloc(TRACE_RECORDS, sizeof(*t->ring));
        t->failed = t->ring == NULL;
    }
    if (t->failed)
        return;
    one.when = (uint32_t)us;
    one.when_high = (uint8_t)((uint64_t)us >> 32);
    t->ms = ms;
    if (n <= UINT16_MAX) {
        one.n = (uint16_t)n;
        *trace_at(t, t->count++) = one;
        return;
    }
    while (n > 0) {
        one.n = (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
        *trace_at(t, t->count++) = one;
        one.id += one.n;
        n -= one.n;
    }
}

struct trace_kept trace_kept(const struct trace *t)
{
    size_t at = (size_t)(t->count & (TRACE_RECORDS - 1));

    if (t->count <= TRACE_RECORDS)
        return (struct trace_kept){t->ring, NULL, (size_t)t->count, 0};
    return (struct trace_kept){t->ring + at, t->ring, TRACE_RECORDS - at, at};
}

void trace_release(struct trace *t)
{
    free(t->ring);
    *t = (struct trace){0};
}
