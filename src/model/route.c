#include "model/route.h"

#include <stdlib.h>

static int route_compare(const void *a, const void *b)
{
    const struct route_load *x = a, *y = b;

    if (x->in_hand != y->in_hand)
        return x->in_hand < y->in_hand ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

void route_order(struct route_load *loads, size_t n)
{
    qsort(loads, n, sizeof(*loads), route_compare);
}

uint64_t route_share(uint64_t queued, size_t n)
{
    return n == 0 ? queued : (queued + n - 1) / n;
}

uint64_t route_hash(struct span key)
{
    const unsigned char *p = key.data;
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < key.len; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

unsigned route_jump(uint64_t hash, unsigned n)
{
    double next = 0;
    unsigned at = 0;

    while (next < n) {
        at = (unsigned)next;
        hash = hash * UINT64_C(2862933555777941757) + 1;
        next = (at + 1.0) * ((double)(UINT64_C(1) << 31) / (double)((hash >> 33) + 1));
    }
    return at;
}

void route_begin(struct route_range *r, unsigned n)
{
    *r = (struct route_range){n, n, n};
}

void route_resize(struct route_range *r, unsigned n)
{
    r->now = n;
    r->low = n < r->low ? n : r->low;
    r->high = n > r->high ? n : r->high;
}

void route_rehash(struct route_range *r)
{
    r->low = 0;
}

void route_settle(struct route_range *r)
{
    route_begin(r, r->now);
}

/* As a pool grows, a key goes from its member to the newest one or stays: what has the same place
 * in the smallest and in the largest pool has had it in all between. */
bool route_place(const struct route_range *r, uint64_t hash, unsigned *member)
{
    if (r->low == 0)
        return false;
    unsigned place = route_jump(hash, r->low);
    if (route_moves(r) && route_jump(hash, r->high) != place)
        return false;
    *member = place;
    return true;
}
