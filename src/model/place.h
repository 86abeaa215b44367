/* Which host a process is begun on: a pure choice. */
#ifndef MODEL_PLACE_H
#define MODEL_PLACE_H

#include <stdbool.h>

struct place_host {
    bool fits;         /* it is there, and has what is needed */
    unsigned own, all; /* processes there: of the same actor; of any */
    unsigned cpus;     /* 0: not known, as 1 */
};

/* Whether a is the better one. A pool is spread: fewest of its own members first; then the fewest
 * processes for each processor. Of equals neither is better. */
bool place_better(const struct place_host *a, const struct place_host *b);

#endif
