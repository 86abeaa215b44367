/* The ring of records, and the tree from it against a system in small whose causes are known.
 * SEED=N repeats a run. */
#include "model/frame.h"
#include "model/origin.h"
#include "model/trace.h"
#include "model/tracetree.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static void add(struct trace *t, enum trace_kind kind, uint64_t id, uint32_t from, uint32_t to,
                uint64_t n, int64_t us)
{
    struct trace_record r = trace_event(kind, MSG_TELL, id);

    r.from = from;
    r.to = to;
    if (n != 1 || !trace_joins(t, &r, us / 1000))
        trace_add(t, &r, n, us / 1000, us);
}

/* All that is kept, as one copy. */
static struct trace_log copy(const struct trace *t)
{
    struct trace_kept k = trace_kept(t);
    struct trace_record *r = malloc((k.n_first + k.n_second + 1) * sizeof(*r));

    if (r == NULL)
        bail_out("no memory");
    if (k.n_first > 0)
        memcpy(r, k.first, k.n_first * sizeof(*r));
    if (k.n_second > 0)
        memcpy(r + k.n_first, k.second, k.n_second * sizeof(*r));
    return (struct trace_log){r, k.n_first + k.n_second, trace_overwritten(t)};
}

static void test_ring(void)
{
    struct trace t = {0};
    int64_t ages[4];

    add(&t, TRACE_HANDLED, 5, 0, 9, 1, 1000);
    add(&t, TRACE_HANDLED, 6, 0, 9, 1, 1900);
    add(&t, TRACE_HANDLED, 7, 0, 9, 1, 2100);
    add(&t, TRACE_HANDLED, 9, 0, 9, 1, 2200);
    is_int(t.count, 3, "the same of the next id in the same millisecond is one record");
    struct trace_log log = copy(&t);
    ok(log.records[0].n == 2 && log.records[1].id == 7 && log.records[2].id == 9, "as they came");
    trace_ages(log.records, log.n, 5000, ages);
    ok(ages[0] == 4000 && ages[1] == 2900 && ages[2] == 2800, "ages");
    free((void *)(uintptr_t)log.records);
    add(&t, TRACE_TAKEN, 100, 0, 9, 70000, 3000);
    is_int(t.count, 5, "more than a record holds is two");
    for (uint64_t i = 0; i < TRACE_RECORDS; i++)
        add(&t, TRACE_TAKEN, 10 * i, 0, 9, 1, 10000);
    log = copy(&t);
    ok(log.overwritten && log.n == TRACE_RECORDS && log.records[0].id == 0 &&
           log.records[log.n - 1].id == 10 * (TRACE_RECORDS - 1),
       "the oldest are overwritten");
    free((void *)(uintptr_t)log.records);
    trace_release(&t);
}

static void test_clock(void)
{
    struct trace t = {0};
    int64_t day = INT64_C(86400) * 1000000, ages[3];

    add(&t, TRACE_TAKEN, 1, 0, 9, 1, day);
    add(&t, TRACE_TAKEN, 3, 0, 9, 1, 9 * day);
    add(&t, TRACE_TAKEN, 5, 0, 9, 1, 19 * day);
    struct trace_log log = copy(&t);
    trace_ages(log.records, log.n, 30 * day, ages);
    ok(ages[0] == 29 * day && ages[1] == 21 * day && ages[2] == 11 * day,
       "times of weeks, as long as no two neighbours are twelve days apart");
    free((void *)(uintptr_t)log.records);
    trace_release(&t);
}

/* ---- a system in small: a source, filters and actors that hold mail ---- */

enum { ACTORS = 5, MOST = 4000 };

struct sim {
    struct trace t;
    uint64_t queue[ACTORS][MOST]; /* ids, of which the first `taken` are in hand */
    size_t n[ACTORS], taken[ACTORS];
    uint64_t cause_low[MOST], cause_high[MOST]; /* by id: those that it truly follows from */
    uint64_t since[ACTORS][2];                  /* a filter's: what it read since it spoke */
    bool spoke[ACTORS];
    uint64_t next;
    int64_t us;
};

static uint32_t actor(int i)
{
    return origin_member((uint32_t)i, 0);
}

static void sim_send(struct sim *s, int from, int to, uint32_t n, uint64_t low, uint64_t high)
{
    enum trace_kind kind = from < 0 ? TRACE_ACCEPTED : from % 2 == 1 ? TRACE_READ : TRACE_HELD;

    add(&s->t, kind, s->next, from < 0 ? origin_client(7) : actor(from), actor(to), n, s->us);
    for (uint32_t i = 0; i < n; i++, s->next++) {
        s->cause_low[s->next] = low;
        s->cause_high[s->next] = high;
        s->queue[to][s->n[to]++] = s->next;
    }
}

static void sim_take(struct sim *s, int a, size_t n)
{
    for (; n > 0 && s->taken[a] < s->n[a]; n--)
        add(&s->t, TRACE_TAKEN, s->queue[a][s->taken[a]++], 0, actor(a), 1, s->us);
}

static uint64_t sim_handle(struct sim *s, int a)
{
    uint64_t id = s->queue[a][0];

    add(&s->t, TRACE_HANDLED, id, 0, actor(a), 1, s->us);
    s->n[a]--;
    s->taken[a]--;
    memmove(s->queue[a], s->queue[a] + 1, s->n[a] * sizeof(s->queue[a][0]));
    return id;
}

/* A filter reads some, and then says some. */
static void sim_filter(struct sim *s, int a)
{
    size_t reads = s->taken[a] == 0 ? 0 : 1 + (size_t)random() % s->taken[a];

    for (size_t i = 0; i < reads; i++) {
        uint64_t id = sim_handle(s, a);
        if (i == 0 && s->spoke[a])
            s->since[a][0] = id;
        s->since[a][0] = s->since[a][0] == 0 ? id : s->since[a][0];
        s->since[a][1] = id;
        s->spoke[a] = false;
    }
    if (s->since[a][1] == 0 || random() % 2 == 0)
        return;
    sim_send(s, a, a + 1, 1 + (uint32_t)random() % 3, s->since[a][0], s->since[a][1]);
    s->spoke[a] = true;
}

/* One that handles its mail one by one, however much it has in hand. */
static void sim_holder(struct sim *s, int a)
{
    if (s->taken[a] == 0)
        return;
    uint64_t id = s->queue[a][0];
    if (random() % 3 > 0)
        sim_send(s, a, a + 1, 1, id, id);
    else
        s->us += 2000; /* acks without a message are told apart by the next message alone */
    (void)sim_handle(s, a);
    if (a + 1 < ACTORS)
        sim_send(s, a, a + 1, 1, 0, 0); /* of which nothing is known */
}

static void sim_step(struct sim *s)
{
    int a = (int)(random() % (ACTORS - 1));

    s->us += random() % 3000;
    if (random() % 3 == 0)
        sim_send(s, -1, 0, 1 + (uint32_t)random() % 4, 0, 0);
    sim_take(s, a, (size_t)random() % 6);
    if (a % 2 == 1)
        sim_filter(s, a);
    else
        sim_holder(s, a);
}

/* Whether the tree has as causes of a message those that it has, from the first to the last. */
static bool sim_right(const struct trace_log *log, const struct sim *s, uint64_t id)
{
    struct trace_span of, causes[64];
    bool older;
    bool low = false, high = false;

    if (!trace_find(log, id, &of))
        return false;
    size_t found = trace_causes(log, &of, causes, 64, &older);
    for (size_t i = 0; i < found && i < 64; i++) {
        if (causes[i].id < s->cause_low[id] || causes[i].id + causes[i].n - 1 > s->cause_high[id])
            return false;
        low = low || causes[i].id == s->cause_low[id];
        high = high || causes[i].id + causes[i].n - 1 == s->cause_high[id];
    }
    return low && high;
}

/* Each cause has the message among its effects. */
static bool sim_inverse(const struct trace_log *log, uint64_t id)
{
    struct trace_span of, causes[64], effects[256];
    bool older;

    (void)trace_find(log, id, &of);
    size_t n = trace_causes(log, &of, causes, 64, &older);
    for (size_t i = 0; i < n && i < 64; i++) {
        size_t m = trace_effects(log, &causes[i], effects, 256);
        bool hit = m > 256;
        for (size_t k = 0; k < m && k < 256; k++)
            hit = hit || (effects[k].id <= id && id < effects[k].id + effects[k].n);
        if (!hit)
            return false;
    }
    return true;
}

static void test_tree(unsigned seed)
{
    static struct sim s;
    uint64_t wrong = 0, one_way = 0, checked = 0;

    memset(&s, 0, sizeof(s));
    s.next = 1;
    srandom(seed);
    while (s.next < 500)
        sim_step(&s);
    struct trace_log log = copy(&s.t);
    for (uint64_t id = 1; id < s.next; id++) {
        if (s.cause_low[id] == 0)
            continue;
        checked++;
        wrong += !sim_right(&log, &s, id);
        one_way += !sim_inverse(&log, id);
    }
    ok(wrong == 0 && one_way == 0 && checked > 20,
       "causes, and effects as their inverse (seed %u): %d of %d wrong, %d one way", seed,
       (int)wrong, (int)checked, (int)one_way);
    free((void *)(uintptr_t)log.records);
    trace_release(&s.t);
}

/* ---- what becomes of a message ---- */

static void test_fate(void)
{
    struct trace t = {0};
    struct trace_span of;
    struct trace_fate f;
    uint64_t id = 0;

    add(&t, TRACE_ACCEPTED, 0x1230, origin_client(1), actor(1), 8, 0);
    add(&t, TRACE_TAKEN, 0x1230, 0, actor(1), 4, 10);
    add(&t, TRACE_HANDLED, 0x1230, 0, actor(1), 2, 20);
    add(&t, TRACE_ENDED, 0, 0, actor(1), 1, 30);
    add(&t, TRACE_TAKEN, 0x1232, 0, actor(1), 1, 40);
    add(&t, TRACE_DEAD, 0x1232, 0, actor(1), 1, 50);
    add(&t, TRACE_TAKEN, 0x1233, 0, actor(1), 1, 60);
    struct trace_log log = copy(&t);
    ok(trace_find(&log, 0x1231, &of) && of.at == 0 && of.n == 1, "found");
    trace_fate(&log, &of, &f);
    ok(f.handled == 1 && f.in_hand + f.waiting + f.dead == 0 && f.attempts == 1, "handled");
    of = (struct trace_span){0, 0x1230, 8};
    trace_fate(&log, &of, &f);
    ok(f.handled == 2 && f.dead == 1 && f.in_hand == 1 && f.waiting == 4, "of each kind, together");
    of = (struct trace_span){0, 0x1233, 1};
    trace_fate(&log, &of, &f);
    ok(f.in_hand == 1 && f.attempts == 2, "in hand again after a death");
    ok(trace_find_ending(&log, 0x34, 8, &id) && id == 0x1234, "found by its last digits");
    ok(!trace_find_ending(&log, 0x44, 8, &id), "and not found");
    ok(trace_find_last(&log, 1, &id) && id == 0x1237, "the last one of an actor");
    ok(!trace_find(&log, 0x9999, &of), "one that is not known");
    free((void *)(uintptr_t)log.records);
    trace_release(&t);
}

/* An ask that is passed on keeps its id and its asker; the last one answers. */
static void test_passed(void)
{
    struct trace t = {0};
    struct trace_span of, next[4];
    uint32_t asker = origin_client(3);
    bool older;

    add(&t, TRACE_ACCEPTED, 50, asker, actor(1), 1, 0);
    struct trace_record r = trace_event(TRACE_ACCEPTED, MSG_ASK, 50);
    r.from = asker;
    r.to = actor(2);
    r.cause = 50;
    trace_add(&t, &r, 1, 1, 1000);
    r = trace_event(TRACE_TOLD, MSG_REPLY, 51);
    r.from = actor(2);
    r.to = asker;
    r.cause = 50;
    trace_add(&t, &r, 1, 2, 2000);
    struct trace_log log = copy(&t);
    (void)trace_find(&log, 50, &of);
    is_int(of.at, 0, "the first that had it");
    ok(trace_effects(&log, &of, next, 4) == 1 && next[0].at == 1, "it went to the second");
    of = next[0];
    ok(trace_effects(&log, &of, next, 4) == 1 && next[0].at == 2, "which has answered");
    ok(trace_causes(&log, &next[0], next + 1, 3, &older) == 1 && next[1].at == 1,
       "from the second");
    ok(trace_causes(&log, &of, next, 4, &older) == 1 && next[0].at == 0, "and that from the first");
    free((void *)(uintptr_t)log.records);
    trace_release(&t);
}

int main(void)
{
    const char *text = getenv("SEED");

    test_ring();
    test_clock();
    test_fate();
    test_passed();
    for (unsigned seed = 1; seed <= 20; seed++)
        test_tree(text == NULL ? seed : (unsigned)strtoul(text, NULL, 10));
    return done();
}
