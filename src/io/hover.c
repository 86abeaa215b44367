#include "io/hover.h"

#include <sys/resource.h>
#include <uv.h>

enum { HOVER_VAIN_MAX = 8 };

static void hover_fail(struct hover *g, unsigned by)
{
    g->until = 0;
    g->vain = g->vain + by < HOVER_VAIN_MAX ? g->vain + by : HOVER_VAIN_MAX;
    g->skip = (1u << g->vain) - 1;
}

void hover_begin(struct hover *g, uint64_t now, long pushed)
{
    if (g->skip > 0) {
        g->skip--;
        return;
    }
    if (g->until == 0)
        g->pushed = pushed;
    g->until = now + HOVER_NS;
}

void hover_came(struct hover *g, long pushed)
{
    if (g->until == 0)
        return;
    if (pushed != g->pushed) {
        hover_fail(g, HOVER_VAIN_MAX / 2);
        return;
    }
    g->until = 0;
    g->vain = 0;
}

bool hover_on(struct hover *g, uint64_t now)
{
    if (g->until == 0)
        return false;
    if (now < g->until)
        return true;
    hover_fail(g, 1);
    return false;
}

static long hover_pushed(void)
{
    struct rusage u;

    return getrusage(RUSAGE_THREAD, &u) == 0 ? u.ru_nivcsw : 0;
}

bool hover_turn(struct hover *g)
{
    bool soon = g->soon, came = g->came;

    g->soon = g->came = false;
    if (!soon && g->until == 0)
        return false;
    long pushed = soon || came ? hover_pushed() : 0;
    if (came)
        hover_came(g, pushed);
    if (soon)
        hover_begin(g, uv_hrtime(), pushed);
    return hover_on(g, uv_hrtime());
}
