#include "io/timerheap.h"

#include <stdlib.h>
#include <string.h>

enum { TIMERHEAP_FIRST = 64 };

static bool timerheap_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void timerheap_put(struct timerheap *h, size_t at, struct loop_timer *t)
{
    h->list[at] = t;
    t->at = (int32_t)at;
}

static void timerheap_up(struct timerheap *h, size_t at, struct loop_timer *t)
{
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (!timerheap_before(t, h->list[parent]))
            break;
        timerheap_put(h, at, h->list[parent]);
        at = parent;
    }
    timerheap_put(h, at, t);
}

static void timerheap_down(struct timerheap *h, size_t at, struct loop_timer *t)
{
    for (;;) {
        size_t kid = 2 * at + 1;
        if (kid >= h->n)
            break;
        if (kid + 1 < h->n && timerheap_before(h->list[kid + 1], h->list[kid]))
            kid++;
        if (!timerheap_before(h->list[kid], t))
            break;
        timerheap_put(h, at, h->list[kid]);
        at = kid;
    }
    timerheap_put(h, at, t);
}

int timerheap_add(struct timerheap *h, struct loop_timer *t)
{
    if (h->n == h->cap) {
        size_t cap = h->cap == 0 ? TIMERHEAP_FIRST : h->cap * 2;
        struct loop_timer **list = realloc(h->list, cap * sizeof(struct loop_timer *));
        if (list == NULL)
            return ERR_NOMEM;
        h->list = list;
        h->cap = cap;
    }
    t->order = h->next_order++;
    timerheap_up(h, h->n++, t);
    return 0;
}

void timerheap_remove(struct timerheap *h, struct loop_timer *t)
{
    if (t->at < 0)
        return;
    size_t at = (size_t)t->at;
    struct loop_timer *last = h->list[--h->n];
    t->at = -1;
    if (last == t)
        return;
    if (at > 0 && timerheap_before(last, h->list[(at - 1) / 2]))
        timerheap_up(h, at, last);
    else
        timerheap_down(h, at, last);
}

struct loop_timer *timerheap_first(const struct timerheap *h)
{
    return h->n > 0 ? h->list[0] : NULL;
}

void timerheap_release(struct timerheap *h)
{
    for (size_t i = 0; i < h->n; i++)
        h->list[i]->at = -1;
    free(h->list);
    memset(h, 0, sizeof(*h));
}
