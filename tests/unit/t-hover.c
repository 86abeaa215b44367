/* When a loop looks again rather than to sleep, and when it has learnt not to. */
#include "io/hover.h"

#include "tap.h"

enum { MS = 1000000 };

static void test_comes(void)
{
    struct hover g = {0};

    ok(!hover_on(&g, 0), "unasked it sleeps");
    hover_begin(&g, 1, 7);
    ok(hover_on(&g, 2), "asked, it looks again");
    ok(hover_on(&g, HOVER_NS), "for a while");
    hover_came(&g, 7);
    ok(!hover_on(&g, HOVER_NS), "once something came it need not");
    hover_begin(&g, MS, 7);
    ok(hover_on(&g, MS), "the next time again");
}

static void test_vain(void)
{
    struct hover g = {0};
    uint64_t now = 0;
    int looks = 0;

    for (int i = 0; i < 1000; i++) {
        hover_begin(&g, now += MS, 0);
        looks += hover_on(&g, now) ? 1 : 0;
        (void)hover_on(&g, now + HOVER_NS);
    }
    ok(looks > 5 && looks < 15, "where nothing comes it looks ever less often: %d of 1,000", looks);
    while (!hover_on(&g, now))
        hover_begin(&g, now, 0);
    hover_came(&g, 0);
    hover_begin(&g, now, 0);
    ok(hover_on(&g, now), "one that came, and it looks each time");
}

static void test_pushed(void)
{
    struct hover g = {0};
    int missed = 0;

    hover_begin(&g, 1, 3);
    hover_came(&g, 4);
    for (; !hover_on(&g, 1); missed++)
        hover_begin(&g, 1, 4);
    ok(missed > 10, "where others wanted the processor it leaves out many occasions");
}

int main(void)
{
    test_comes();
    test_vain();
    test_pushed();
    return done();
}
