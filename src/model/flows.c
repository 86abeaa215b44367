#include "model/flows.h"

#include <stdlib.h>

enum { FLOWS_FIRST = 16 };

static size_t flows_place(const struct flows *f, uint32_t from, uint32_t to)
{
    size_t i = flows_hash(from, to) & (f->cap - 1);

    while (f->table[i].messages + f->table[i].replies > 0 &&
           (f->table[i].from != from || f->table[i].to != to))
        i = (i + 1) & (f->cap - 1);
    return i;
}

static bool flows_grow(struct flows *f)
{
    struct flows grown = {.cap = f->cap == 0 ? FLOWS_FIRST : f->cap * 2};

    grown.table = calloc(grown.cap, sizeof(*grown.table));
    if (grown.table == NULL)
        return false;
    for (size_t i = 0; i < f->cap; i++) {
        const struct flow *one = &f->table[i];
        if (one->messages + one->replies > 0)
            grown.table[flows_place(&grown, one->from, one->to)] = *one;
    }
    free(f->table);
    f->table = grown.table;
    f->cap = grown.cap;
    return true;
}

void flows_release(struct flows *f)
{
    free(f->table);
    *f = (struct flows){0};
}

void flows_slow(struct flows *f, uint32_t from, uint32_t to, uint64_t messages, uint64_t replies)
{
    if (messages + replies == 0)
        return;
    size_t i = f->cap == 0 ? 0 : flows_place(f, from, to);
    bool is_new = f->cap == 0 || f->table[i].messages + f->table[i].replies == 0;

    bool full = is_new && (f->n + 1) * 4 > f->cap * 3;
    if (is_new && (f->n == FLOWS_MAX || (full && !flows_grow(f)))) {
        f->uncounted += messages + replies;
        return;
    }
    if (full)
        i = flows_place(f, from, to);
    f->n += is_new;
    f->table[i].from = from;
    f->table[i].to = to;
    f->table[i].messages += messages;
    f->table[i].replies += replies;
}

void flows_fold(struct flows *f, uint32_t (*heir)(void *arg, uint32_t end), void *arg)
{
    struct flows folded = {.uncounted = f->uncounted};

    for (size_t i = 0; i < f->cap; i++) {
        const struct flow *one = &f->table[i];
        flows_slow(&folded, heir(arg, one->from), heir(arg, one->to), one->messages, one->replies);
    }
    free(f->table);
    *f = folded;
}
