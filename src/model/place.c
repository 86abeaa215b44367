#include "model/place.h"

#include <stdint.h>

static uint64_t place_cpus(const struct place_host *h)
{
    return h->cpus == 0 ? 1 : h->cpus;
}

bool place_better(const struct place_host *a, const struct place_host *b)
{
    if (a->fits != b->fits)
        return a->fits;
    if (a->own != b->own)
        return a->own < b->own;
    return (uint64_t)a->all * place_cpus(b) < (uint64_t)b->all * place_cpus(a);
}
