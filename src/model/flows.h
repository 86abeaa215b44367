/* How many messages went from whom to whom: a bounded table of pairs. */
#ifndef MODEL_FLOWS_H
#define MODEL_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOWS_MAX 16384          /* pairs; what goes between others is counted as one */
#define FLOWS_OUTSIDE UINT32_MAX /* all that are no actors, together */

struct flow {
    uint32_t from, to;
    uint64_t messages, replies; /* both 0: the place is free */
};

struct flows {
    struct flow *table; /* open addressing; owned */
    size_t cap, n;
    uint64_t uncounted; /* of pairs for which there was no place */
};

static inline size_t flows_hash(uint32_t from, uint32_t to)
{
    return (size_t)((((uint64_t)from << 32 | to) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

void flows_release(struct flows *f);
void flows_slow(struct flows *f, uint32_t from, uint32_t to, uint64_t messages, uint64_t replies);

static inline void flows_count(struct flows *f, uint32_t from, uint32_t to, uint64_t messages,
                               uint64_t replies)
{
    struct flow *likely = f->n == 0 ? NULL : &f->table[flows_hash(from, to) & (f->cap - 1)];

    if (likely == NULL || likely->from != from || likely->to != to ||
        likely->messages + likely->replies == 0) {
        flows_slow(f, from, to, messages, replies);
        return;
    }
    likely->messages += messages;
    likely->replies += replies;
}

/* Each end becomes what heir says, so that what went from or to one that is gone stands with its
 * heir. */
void flows_fold(struct flows *f, uint32_t (*heir)(void *arg, uint32_t end), void *arg);

#endif
