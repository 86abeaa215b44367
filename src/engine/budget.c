#include "engine/budget.h"

#include "io/spawn.h"

enum {
    BUDGET_OWN = 30, /* descriptors of our own, and for some commands at a time */
    BUDGET_STDERR = 1,
    BUDGET_SOCKET = 1,
    BUDGET_PIPES = 2,
    BUDGET_CHECK = 1,
};

uint64_t budget_of(const struct topo_actor *c, uint64_t members)
{
    bool checks = c->ready == READY_PROBE || c->health.how != PROBE_NONE;
    uint64_t check = checks ? members * BUDGET_CHECK : 0;

    switch (c->speaks) {
    case SPEAKS_NONE:
        return check + members * BUDGET_STDERR;
    case SPEAKS_ONCE:
        return (uint64_t)c->concurrency * (BUDGET_STDERR + BUDGET_PIPES);
    case SPEAKS_FRAMES:
        if (c->transport == TRANSPORT_IPC)
            return check + members * (BUDGET_STDERR + BUDGET_SOCKET);
        break;
    case SPEAKS_LINES:
    case SPEAKS_JSON:
        break;
    }
    return check + members * (BUDGET_STDERR + BUDGET_PIPES);
}

int budget_fits(const struct system *s, uint64_t more, struct err *e)
{
    uint64_t needed = BUDGET_OWN + more, limit = spawn_raise_files();

    for (size_t i = 0; i < s->topology->n_actors; i++) {
        const struct topo_actor *c = &s->topology->actors[i];
        needed += budget_of(c, i < s->n_actors ? s->actors[i]->n_members : c->pool);
    }
    if (needed <= limit)
        return 0;
    return err_set(e, ERR_SYSTEM,
                   "its actors need %llu descriptors, and the hard limit is %llu: raise that "
                   "(ulimit -Hn), or have fewer actors, members or concurrency",
                   (unsigned long long)needed, (unsigned long long)limit);
}
