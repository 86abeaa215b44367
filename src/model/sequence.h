/* Which of several things is next in a sequential run, from a seed.
 *
 * Each candidate has a key, and its rank is a hash of the key and of the order that is in force:
 * the highest goes. So a choice does not depend on how the candidates are listed, and who is no
 * candidate disturbs nobody. With half of the seeds the order changes at each step, which is a
 * uniform choice; with the others only at every sixteenth or so: then some actors are starved for
 * a while whatever comes for them. There are races that only the first kind finds, and such (one
 * message that is late behind many others) that only the second does in a reasonable number of
 * seeds: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic
 * guarantees of finding bugs" (2010). */
#ifndef MODEL_SEQUENCE_H
#define MODEL_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

struct sequence {
    uint64_t state; /* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
                       generators" (2014) */
    uint64_t order; /* in force */
    uint64_t lasts; /* so many steps, on the average */
};

/* The best candidate so far; begins as all zero. */
struct sequence_choice {
    bool any;
    uint64_t key, rank;
};

void sequence_init(struct sequence *q, uint64_t seed);
uint64_t sequence_random(struct sequence *q);

/* Of something that may be done: kind tells apart what may be done with one member. */
uint64_t sequence_key(const char *name, unsigned member, unsigned kind);

void sequence_step(struct sequence *q); /* with each choice: looking alone changes nothing */
/* True when the candidate with this key is better than those before. */
bool sequence_better(const struct sequence *q, struct sequence_choice *c, uint64_t key);

#endif
