/* Counts of pairs against a plain matrix. SEED=N repeats a run. */
#include "model/flows.h"
#include "tests/unit/tap.h"

#include <stdlib.h>

enum { ENDS = 60, STEPS = 200000 };

static uint64_t told[ENDS][ENDS][2];

static uint32_t half(void *arg, uint32_t end)
{
    (void)arg;
    return end / 2;
}

static bool agrees(const struct flows *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->cap; i++) {
        const struct flow *one = &f->table[i];
        if (one->messages + one->replies == 0)
            continue;
        n++;
        if (one->messages != told[one->from][one->to][0] ||
            one->replies != told[one->from][one->to][1])
            return false;
    }
    for (size_t a = 0; a < ENDS; a++)
        for (size_t b = 0; b < ENDS; b++)
            n -= told[a][b][0] + told[a][b][1] > 0;
    return n == 0;
}

int main(void)
{
    const char *text = getenv("SEED");
    unsigned seed = text == NULL ? 1 : (unsigned)strtoul(text, NULL, 10);
    struct flows f = {0};
    uint64_t all = 0;

    srandom(seed);
    for (int i = 0; i < STEPS; i++) {
        uint32_t a = (uint32_t)random() % ENDS, b = (uint32_t)random() % (a + 1);
        for (long k = random() % 3; k >= 0; k--) { /* now and then the same again */
            bool reply = random() % 4 == 0;
            flows_count(&f, a, b, reply ? 0 : 5, reply ? 1 : 0);
            told[a][b][reply] += reply ? 1 : 5;
        }
    }
    ok(agrees(&f), "counts of pairs (seed %u)", seed);
    flows_fold(&f, half, NULL);
    for (uint32_t a = 0; a < ENDS; a++)
        for (uint32_t b = 0; b < ENDS; b++)
            for (int k = 0; k < 2; k++) {
                uint64_t n = told[a][b][k];
                told[a][b][k] = 0;
                told[a / 2][b / 2][k] += n;
            }
    ok(agrees(&f), "and folded");
    flows_release(&f);
    for (uint32_t i = 0; i < 3 * FLOWS_MAX; i++)
        flows_count(&f, i, FLOWS_OUTSIDE, 1, 0);
    for (size_t i = 0; i < f.cap; i++)
        all += f.table[i].messages;
    ok(f.n == FLOWS_MAX && all + f.uncounted == 3 * FLOWS_MAX, "bounded, and none is lost");
    flows_release(&f);
    return done();
}
