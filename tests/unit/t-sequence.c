/* Choices of a sequential run, and how well they find races. */
#include "model/sequence.h"
#include "tests/unit/tap.h"

#include <stdio.h>
#include <string.h>

enum { ACTORS = 5, STEPS = 200 };

static uint64_t keys[ACTORS];

/* Which of those with mail is next, listed from `from` on. */
static int choose(struct sequence *q, const unsigned *mail, int from)
{
    struct sequence_choice best = {.any = false};
    int chosen = -1;

    sequence_step(q);
    for (int i = 0; i < ACTORS; i++) {
        int at = (from + i) % ACTORS;
        if (mail[at] > 0 && sequence_better(q, &best, keys[at]))
            chosen = at;
    }
    return chosen;
}

/* A run in which each has much mail: who was chosen, as letters. */
static void run(uint64_t seed, int turn, char order[STEPS + 1])
{
    const unsigned mail[ACTORS] = {1, 1, 1, 1, 1};
    struct sequence q;

    sequence_init(&q, seed);
    for (int i = 0; i < STEPS; i++)
        order[i] = (char)('a' + choose(&q, mail, i * turn));
    order[STEPS] = '\0';
}

static void replays(void)
{
    char a[STEPS + 1], b[STEPS + 1];
    int same = 0, listed = 0, others = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        run(seed, 0, a);
        run(seed, 0, b);
        same += strcmp(a, b) == 0;
        run(seed, 3, b);
        listed += strcmp(a, b) == 0;
        run(seed + 1, 0, b);
        others += strcmp(a, b) != 0;
    }
    is_int(same, 100, "the same seed gives the same order");
    is_int(listed, 100, "however the candidates are listed");
    is_int(others, 100, "another seed another");
}

static void fair(void)
{
    unsigned chosen[ACTORS] = {0}, least = STEPS * 100;
    char order[STEPS + 1];

    for (uint64_t seed = 0; seed < 100; seed++) {
        run(seed, 0, order);
        for (int i = 0; i < STEPS; i++)
            chosen[order[i] - 'a']++;
    }
    for (int i = 0; i < ACTORS; i++)
        least = chosen[i] < least ? chosen[i] : least;
    ok(least > STEPS * 100 / ACTORS * 8 / 10,
       "over many seeds all are chosen alike: at least %u of %d", least, STEPS * 100 / ACTORS);
}

/* One message against a chain of n that another actor's handling keeps going: does it come only
 * behind all of them? */
static bool overtaken(uint64_t seed, unsigned n)
{
    unsigned mail[ACTORS] = {1, n, 0, 0, 0};
    struct sequence q;

    sequence_init(&q, seed);
    while (mail[0] > 0 && mail[1] > 0)
        mail[choose(&q, mail, 0)]--;
    return mail[1] == 0;
}

static void finds(void)
{
    unsigned found[2] = {0, 0};

    for (uint64_t seed = 1; seed <= 1000; seed++) {
        found[0] += overtaken(seed, 2);
        found[1] += overtaken(seed, 12);
    }
    ok(found[0] > 200, "a message that is late behind 2 others: %u of 1,000 seeds", found[0]);
    /* A uniform choice alone would find it with one seed of 4,096. */
    ok(found[1] > 50, "a message that is late behind 12 others: %u of 1,000 seeds", found[1]);
}

static void named(void)
{
    ok(sequence_key("a", 0, 1) != sequence_key("a", 1, 1), "a member is not its pool");
    ok(sequence_key("a", 1, 1) != sequence_key("a", 1, 2), "a kind is not another");
    ok(sequence_key("a1", 1, 1) != sequence_key("a", 11, 1), "a name ends");
}

int main(void)
{
    static const char *const names[ACTORS] = {"split", "count", "print", "boss.kid", "pool"};

    for (unsigned i = 0; i < ACTORS; i++)
        keys[i] = sequence_key(names[i], i == 4 ? 2 : 0, 1);
    replays();
    fair();
    finds();
    named();
    return done();
}
