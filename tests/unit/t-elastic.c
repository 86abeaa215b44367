/* The size of an elastic pool: its decisions, and what comes of them under simulated load. */
#include "model/elastic.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static const struct elastic_rule rule = {1, 10, 1000};

static void decisions(void)
{
    static const struct {
        struct elastic_load load;
        unsigned wanted;
        const char *what;
    } rows[] = {
        {{1, 0, 0, -1}, 1, "nothing waits"},
        {{1, 100, 5, -1}, 1, "what has just come may be gone soon"},
        {{1, 100, 10, -1}, 2, "nothing is known of its time: twice as many"},
        {{4, 100, 10, -1}, 8, "and again"},
        {{8, 100, 10, -1}, 10, "up to max"},
        {{10, 100, 9999, 500}, 10, "never more"},
        {{1, 1, 10, -1}, 2, "no more than there are messages"},
        {{4, 2, 10, -1}, 6, "the same"},
        {{2, 100, 10, 0.1}, 2, "fast ones will be gone"},
        {{2, 100, 10, 1.5}, 3, "as many as it takes"},
        {{2, 100, 10, 100}, 4, "to twice as many at most"},
        {{2, 10, 60, 0.1}, 3, "one that waits too long asks for one more"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is_int(elastic_grown(&rule, &rows[i].load), rows[i].wanted, "%s", rows[i].what);

    struct elastic_load idle = {3, 0, 0, 1}, busy = {3, 5, 1, 1}, least = {1, 0, 0, 1};
    ok(elastic_goes(&rule, &idle, 1000), "idle for so long: the last goes");
    ok(!elastic_goes(&rule, &idle, 999), "not before");
    ok(!elastic_goes(&rule, &idle, -1), "not one that works");
    ok(!elastic_goes(&rule, &busy, 5000), "not while something waits");
    ok(!elastic_goes(&rule, &least, 5000), "not below min");
    is_int(elastic_next(&rule, &least, 5000), -1, "then there is nothing to be decided");
    is_int(elastic_next(&rule, &idle, 400), 600, "when it has been idle for so long");
    is_int(elastic_next(&rule, &busy, -1), ELASTIC_LOOK_MS, "soon while something waits");
    ok(elastic_service(-1, 30, 3) > 9.9 && elastic_service(-1, 30, 3) < 10.1, "the first is taken");
    ok(elastic_service(10, 20, 1) > 11.9 && elastic_service(10, 20, 1) < 12.1,
       "then a fifth of it");
}

/* --- a simulation, a millisecond a step --- */

enum { SIM_MEMBERS = 16, SIM_QUEUE = 4096 };

struct sim {
    struct elastic_rule rule;
    int64_t now, next;
    unsigned members, most, changes;
    int64_t busy_until[SIM_MEMBERS], starts_at[SIM_MEMBERS], idle_since[SIM_MEMBERS];
    int64_t came[SIM_QUEUE]; /* a ring of the times at which what waits has come */
    unsigned head, queued, killed;
    double service;
    int64_t worst;
    int64_t start_ms;
    int64_t (*takes)(const struct sim *s, unsigned member);
};

static void sim_decide(struct sim *s)
{
    struct elastic_load l = {s->members, s->queued, s->queued > 0 ? s->now - s->came[s->head] : 0,
                             s->service};
    unsigned last = s->members - 1;
    bool busy = s->busy_until[last] > s->now || s->starts_at[last] > s->now;
    int64_t idle = busy ? -1 : s->now - s->idle_since[last];
    unsigned wanted = elastic_grown(&s->rule, &l);

    s->changes += wanted != s->members;
    for (; s->members < wanted; s->members++)
        s->starts_at[s->members] = s->idle_since[s->members] = s->now + s->start_ms;
    if (wanted == l.members && elastic_goes(&s->rule, &l, idle)) {
        s->killed += busy;
        s->members--;
        s->changes++;
    }
    s->most = s->members > s->most ? s->members : s->most;
    l.members = s->members;
    int64_t next = elastic_next(&s->rule, &l, idle);
    s->next = next < 0 ? INT64_MAX : s->now + next;
}

static void sim_step(struct sim *s, unsigned arrive)
{
    for (unsigned i = 0; i < arrive && s->queued < SIM_QUEUE; i++)
        s->came[(s->head + s->queued++) % SIM_QUEUE] = s->now;
    for (unsigned i = 0; i < s->members; i++) {
        if (s->starts_at[i] > s->now || s->busy_until[i] > s->now)
            continue;
        if (s->queued == 0)
            continue;
        int64_t takes = s->takes(s, i), waited = s->now - s->came[s->head];
        s->worst = waited > s->worst ? waited : s->worst;
        s->head = (s->head + 1) % SIM_QUEUE;
        s->queued--;
        s->busy_until[i] = s->idle_since[i] = s->now + takes;
        s->service = elastic_service(s->service, (double)takes, 1);
    }
    if (s->next == INT64_MAX && s->queued > 0)
        s->next = s->now + ELASTIC_LOOK_MS;
    if (s->now >= s->next)
        sim_decide(s);
    s->now++;
}

static struct sim sim_new(int64_t (*takes)(const struct sim *s, unsigned member))
{
    return (struct sim){.rule = rule,
                        .members = 1,
                        .most = 1,
                        .next = INT64_MAX,
                        .service = -1,
                        .start_ms = 30,
                        .takes = takes};
}

static int64_t sim_20ms(const struct sim *s, unsigned member)
{
    (void)s, (void)member;
    return 20;
}

static int64_t sim_slow_ones(const struct sim *s, unsigned member)
{
    (void)s;
    return member % 3 == 0 ? 200 : 5;
}

static int64_t sim_1ms(const struct sim *s, unsigned member)
{
    (void)s, (void)member;
    return 1;
}

static void burst(void)
{
    struct sim s = sim_new(sim_20ms);
    int64_t full = -1, back = -1;

    sim_step(&s, 1000);
    while (s.now < 10000 && back < 0) {
        sim_step(&s, 0);
        if (s.members == 10 && full < 0)
            full = s.now;
        if (full >= 0 && s.members == 1)
            back = s.now;
    }
    ok(full > 0 && full < 500, "a burst: from 1 to 10 within %d ms", (int)full);
    is_int(s.queued, 0, "all is done");
    ok(back > 0, "and back to 1");
    is_int(s.killed, 0, "none that works is ended");
}

/* 100 messages a second at first, 400 at the end, of 20 ms each: it takes 2, then 8. */
static void ramp(void)
{
    struct sim s = sim_new(sim_20ms);
    double due = 0;

    while (s.now < 8000) {
        due += 0.1 + 0.3 * (double)s.now / 8000;
        unsigned arrive = (unsigned)due;
        due -= arrive;
        sim_step(&s, arrive);
    }
    ok(s.members >= 8 && s.members <= 10, "a ramp: %u members at its end", s.members);
    ok(s.worst < 300, "the longest wait is %d ms", (int)s.worst);
    ok(s.changes < 30, "it changes its size %u times", s.changes);
}

static void steady(void)
{
    struct sim s = sim_new(sim_1ms);

    while (s.now < 5000)
        sim_step(&s, s.now % 2 == 0);
    is_int(s.most, 1, "what one can do, one does");
}

static void slow(void)
{
    struct sim s = sim_new(sim_slow_ones);

    while (s.now < 8000)
        sim_step(&s, s.now % 20 == 0);
    ok(s.queued < 50, "slow members: %u wait at the end", s.queued);
    is_int(s.killed, 0, "none that works is ended");
}

int main(void)
{
    decisions();
    burst();
    ramp();
    steady();
    slow();
    return done();
}
