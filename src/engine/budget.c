#include "engine/budget.h"

#include "io/spawn.h"

enum {
    BUDGET_OWN = 32,     /* descriptors of our own, those that are open for a moment included */
    BUDGET_CLIENTS = 8,  /* connections, at least */
    BUDGET_COMMANDS = 4, /* of all connections, left to commands that come and go */
    BUDGET_CLIENTS_MAX = 4096,
    BUDGET_STDERR = 1,
    BUDGET_SOCKET = 1,
    BUDGET_PIPES = 2,
    BUDGET_CHECK = 1,
    BUDGET_HOST = 4, /* the link to another, and what is brought there */
};

uint64_t budget_of(const struct topo_actor *c, uint64_t members)
{
    bool checks = c->ready == READY_PROBE || c->health.how != PROBE_NONE;
    uint64_t check = checks ? members * BUDGET_CHECK : 0;

    if (!c->here) /* its host holds them */
        return 0;
    switch (c->speaks) {
    case SPEAKS_NONE:
        return check + members * BUDGET_STDERR;
    case SPEAKS_ONCE:
        return (uint64_t)c->concurrency * (BUDGET_STDERR + BUDGET_PIPES);
    case SPEAKS_FRAMES:
        if (c->transport != TRANSPORT_STDIO)
            return check + members * (BUDGET_STDERR + BUDGET_SOCKET);
        break;
    case SPEAKS_LINES:
    case SPEAKS_JSON:
        break;
    }
    return check + members * (BUDGET_STDERR + BUDGET_PIPES);
}

/* The members that it may have. */
static uint64_t budget_members(const struct topo_actor *c, size_t n)
{
    return c->is_elastic && n > 0 ? c->elastic.max : n;
}

/* All that the actors need, and ourselves. */
static uint64_t budget_needed(const struct system *s)
{
    uint64_t needed = BUDGET_OWN + BUDGET_CLIENTS + BUDGET_HOST * (uint64_t)s->n_hosts;

    for (size_t i = 0; i < s->n_actors; i++)
        needed += budget_of(s->actors[i]->conf,
                            budget_members(s->actors[i]->conf, s->actors[i]->n_members));
    return needed;
}

size_t budget_clients(const struct system *s, bool stays)
{
    uint64_t needed = budget_needed(s), limit = spawn_raise_files();
    uint64_t n = BUDGET_CLIENTS + (limit > needed ? limit - needed : 0);

    return (size_t)(n < BUDGET_CLIENTS_MAX ? n : BUDGET_CLIENTS_MAX) -
           (stays ? BUDGET_COMMANDS : 0);
}

static int budget_check(uint64_t needed, struct err *e)
{
    uint64_t limit = spawn_raise_files();

    if (needed <= limit)
        return 0;
    return err_set(
        e, ERR_SYSTEM,
        "its actors and hosts need %llu descriptors, and the hard limit is %llu: raise that "
        "(ulimit -Hn), or have fewer of them, of members, or of concurrency",
        (unsigned long long)needed, (unsigned long long)limit);
}

int budget_fits(const struct system *s, uint64_t more, struct err *e)
{
    return budget_check(budget_needed(s) + more, e);
}

int budget_fits_host(const struct system *s, struct err *e)
{
    return budget_fits(s, BUDGET_HOST, e);
}

int budget_fits_file(const struct topology *t, struct err *e)
{
    uint64_t needed = BUDGET_OWN + BUDGET_CLIENTS + BUDGET_HOST * (uint64_t)t->n_hosts;

    for (size_t i = 0; i < t->n_actors; i++)
        needed += t->actors[i].template
                      ? 0
                      : budget_of(&t->actors[i], budget_members(&t->actors[i], t->actors[i].pool));
    return budget_check(needed, e);
}
