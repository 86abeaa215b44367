#include "engine/system.h"

#include "engine/events.h"
#include "engine/sequencer.h"
#include "engine/service.h"

#include <string.h>
#include <unistd.h>

bool actor_all(const struct actor *a, bool (*test)(const struct member *m))
{
    for (size_t i = 0; i < a->n_members; i++)
        if (!test(a->members[i]))
            return false;
    return true;
}

bool actor_any(const struct actor *a, bool (*test)(const struct member *m))
{
    for (size_t i = 0; i < a->n_members; i++)
        if (test(a->members[i]))
            return true;
    return false;
}

uint64_t system_id(struct system *s, uint64_t n)
{
    uint64_t id = s->next_id;

    s->next_id += n;
    return id;
}

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled"
 * (2016). */
double system_random(struct system *s)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return (double)((s->random * 0x2545F4914F6CDD1DULL) >> 11) / 9007199254740992.0;
}

/* Who is in a host needs that as well. */
static bool system_needs(const struct system *s, const char *only, const char *name)
{
    const struct topo_actor *c = topology_find(s->topology, only);

    return strcmp(only, name) == 0 || (c != NULL && c->host != NULL && strcmp(c->host, name) == 0);
}

bool system_starts(const struct system *s, const char *name)
{
    bool named = s->n_only == 0;

    for (size_t i = 0; i < s->n_only && !named; i++)
        named = system_needs(s, s->only[i], name);
    return named;
}

void system_stop(struct system *s, int64_t ms)
{
    if (s->stopping)
        s->killing = true;
    else
        event_system(s, "system.stop", "pid=%d", (int)getpid());
    service_stopping(s);
    s->stopping = true;
    if (ms >= 0)
        (void)loop_timer_start(&s->deadline, ms);
    for (size_t i = 0; i < s->n_actors; i++)
        loop_task_queue(&s->actors[i]->room);
    sequencer_stop(s);
    loop_task_queue(&s->changed);
}
