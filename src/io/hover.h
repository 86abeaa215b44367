/* Whether a loop that has nothing to do looks for a moment whether something comes, rather than to
 * sleep at once: to be woken takes longer than many an answer. It learns: where nothing came, and
 * where it was in the way of others who wanted the processor, it hovers less and less often.
 * Part of loop. Times are in ns, of any monotonic clock. */
#ifndef IO_HOVER_H
#define IO_HOVER_H

#include <stdbool.h>
#include <stdint.h>

struct hover {
    bool soon;      /* in this turn it was asked for */
    bool came;      /* and something came */
    uint64_t until; /* 0: not now */
    long pushed;    /* how often we had been pushed off the processor when it began */
    unsigned vain;  /* how often in a row it was in vain */
    uint32_t skip;  /* so many occasions are left out */
};

enum { HOVER_NS = 50000 };

/* An answer may come soon. pushed: by the system's count. */
void hover_begin(struct hover *g, uint64_t now, long pushed);
/* Something came. */
void hover_came(struct hover *g, long pushed);
/* Whether to look again without sleeping. */
bool hover_on(struct hover *g, uint64_t now);

/* At the end of each turn: all of it, by the clock. */
bool hover_turn(struct hover *g);

#endif
