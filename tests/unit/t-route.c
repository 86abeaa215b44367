/* Which member of a pool gets a message: keys and sizes, and what comes of it under simulated load.
 */
#include "model/route.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

/* --- keys --- */

enum { KEYS = 20000, SIZES = 32 };

static uint64_t keys[KEYS];

static uint64_t hash_of(const char *text)
{
    return route_hash(span_of(text, strlen(text)));
}

static void hashes(void)
{
    /* FNV-1a of "" and "a" are published: cbf29ce484222325 and af63dc4c8601ec8c. */
    ok(hash_of("") == UINT64_C(0xefd01f60ba992926), "the hash of no byte");
    ok(hash_of("a") == UINT64_C(0x82a2a958a9bece5b), "the hash of one");
    ok(hash_of("ab") != hash_of("ba"), "order counts");
    for (unsigned i = 0; i < KEYS; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "user-%u", i);
        keys[i] = hash_of(text);
    }
}

/* Growth from each size to the next: who moves, moves to the new one, and no more than its share
 * and a tenth. */
static void growth(void)
{
    unsigned elsewhere = 0, most = 0;

    for (unsigned n = 1; n < SIZES; n++) {
        unsigned moved = 0;
        for (unsigned i = 0; i < KEYS; i++) {
            unsigned was = route_jump(keys[i], n), is = route_jump(keys[i], n + 1);
            moved += was != is;
            elsewhere += was != is && is != n;
        }
        if (moved * (n + 1) > most)
            most = moved * (n + 1);
    }
    is_int(elsewhere, 0, "a key that moves goes to the new member");
    ok(most < KEYS + KEYS / 10, "at most 1/n and a tenth of it moves: %u of %u", most, KEYS);
    is_int(route_jump(keys[0], 1), 0, "one member has all");
}

static void shares(void)
{
    unsigned n[10] = {0}, least = KEYS, most = 0;

    for (unsigned i = 0; i < KEYS; i++)
        n[route_jump(keys[i], 10)]++;
    for (unsigned i = 0; i < 10; i++) {
        least = n[i] < least ? n[i] : least;
        most = n[i] > most ? n[i] : most;
    }
    ok(least > KEYS / 10 * 9 / 10 && most < KEYS / 10 * 11 / 10,
       "ten members have a tenth each, and a tenth of it more or less: %u to %u", least, most);
}

/* A key has a place just when its member was the same at every size there was. */
static void ranges(void)
{
    unsigned wrong = 0, placed = 0;

    for (unsigned i = 0; i < 2000; i++) {
        unsigned sizes[4], place = 0, got = 0;
        struct route_range r;
        bool same = true;
        for (unsigned k = 0; k < 4; k++)
            sizes[k] = 1 + (unsigned)(keys[4 * i + k] % 12);
        route_begin(&r, sizes[0]);
        for (unsigned k = 1; k < 4; k++)
            route_resize(&r, sizes[k]);
        place = route_jump(keys[i], sizes[0]);
        for (unsigned k = 1; k < 4; k++)
            same = same && route_jump(keys[i], sizes[k]) == place;
        bool has = route_place(&r, keys[i], &got);
        wrong += has != same || (has && got != place);
        placed += has;
        route_settle(&r);
        wrong += !route_place(&r, keys[i], &got) || got != route_jump(keys[i], sizes[3]);
    }
    is_int(wrong, 0, "the smallest and the largest size tell of those between (%u placed)", placed);

    struct route_range r;
    unsigned at = 9;
    route_begin(&r, 3);
    ok(!route_moves(&r), "nothing moves at first");
    route_rehash(&r);
    ok(route_moves(&r) && !route_place(&r, keys[0], &at) && at == 9, "with other keys all do");
    route_settle(&r);
    ok(!route_moves(&r) && route_place(&r, keys[0], &at) && at < 3, "until that is over");
}

/* --- the others, simulated: a step is a millisecond --- */

enum { MEMBERS = 8, STEPS = 4000 };

struct sim {
    unsigned n;
    unsigned takes[MEMBERS];  /* ms a message */
    unsigned window[MEMBERS]; /* at most so many in hand */
    uint64_t hand[MEMBERS], done[MEMBERS], left[MEMBERS];
    uint64_t queued, given, start;
    uint64_t most_apart; /* in hand, between two members that had room for more */
};

static void sim_deal(struct sim *s)
{
    struct route_load loads[MEMBERS];
    uint64_t before = 0;

    while (s->queued > 0 && s->queued != before) {
        before = s->queued;
        s->start++;
        for (unsigned i = 0; i < s->n; i++) {
            unsigned at = (unsigned)((s->start + i) % s->n);
            loads[i] = (struct route_load){s->hand[at], i, at};
        }
        route_order(loads, s->n);
        uint64_t share = route_share(s->queued, s->n);
        for (unsigned i = 0; i < s->n && s->queued > 0; i++) {
            unsigned m = loads[i].member;
            uint64_t room = s->window[m] > s->hand[m] ? s->window[m] - s->hand[m] : 0;
            uint64_t n = room < share ? room : share;
            n = n < s->queued ? n : s->queued;
            s->hand[m] += n;
            s->queued -= n;
            s->given += n;
        }
    }
    for (unsigned i = 0; i < s->n; i++)
        for (unsigned k = 0; k < s->n; k++)
            if (s->hand[i] < s->window[i] && s->hand[k] > s->hand[i] &&
                s->hand[k] - s->hand[i] > s->most_apart)
                s->most_apart = s->hand[k] - s->hand[i];
}

static void sim_step(struct sim *s, uint64_t arrive)
{
    s->queued += arrive;
    sim_deal(s);
    for (unsigned i = 0; i < s->n; i++) {
        if (s->hand[i] == 0)
            continue;
        if (s->left[i] == 0)
            s->left[i] = s->takes[i];
        if (--s->left[i] == 0) {
            s->hand[i]--;
            s->done[i]++;
        }
    }
}

static struct sim sim_new(unsigned n, unsigned takes, unsigned window)
{
    struct sim s = {.n = n};

    for (unsigned i = 0; i < n; i++) {
        s.takes[i] = takes;
        s.window[i] = window;
    }
    return s;
}

static void burst(void)
{
    struct sim s = sim_new(4, 10, 64);

    sim_step(&s, 10);
    uint64_t most = 0;
    for (unsigned i = 0; i < 4; i++)
        most = s.hand[i] > most ? s.hand[i] : most;
    is_int(most, 3, "ten at once to four members: three at most");
    for (unsigned t = 0; t < STEPS; t++)
        sim_step(&s, t % 100 == 0 ? 16 : 0);
    uint64_t least = UINT64_MAX;
    most = 0;
    for (unsigned i = 0; i < 4; i++) {
        least = s.done[i] < least ? s.done[i] : least;
        most = s.done[i] > most ? s.done[i] : most;
    }
    ok(most - least <= most / 10, "equal ones do equal work: %d to %d", (int)least, (int)most);
}

static void ramp(void)
{
    struct sim s = sim_new(4, 4, 16);
    double due = 0;

    for (unsigned t = 0; t < STEPS; t++) {
        due += 0.1 + 0.8 * t / STEPS;
        uint64_t arrive = (uint64_t)due;
        due -= (double)arrive;
        sim_step(&s, arrive);
    }
    ok(s.queued == 0 && s.most_apart <= 2, "a ramp: nobody has %d more in hand than another",
       (int)s.most_apart);
}

/* One is a hundred times as slow, and has room for as many as the others. */
static void slow(void)
{
    struct sim s = sim_new(4, 2, 32);
    uint64_t held = 0;

    s.takes[2] = 200;
    for (unsigned t = 0; t < STEPS; t++) {
        sim_step(&s, 1);
        held = s.hand[2] > held ? s.hand[2] : held;
    }
    ok(held <= 3, "a slow member never has more than %d waiting", (int)held);
    is_int(s.queued, 0, "and the others do its work");
    s = sim_new(4, 2, 32);
    for (unsigned i = 0; i < 100; i++)
        s.queued += 10;
    sim_deal(&s);
    is_int(s.given, 4 * 32, "a flood fills each to its window");
}

static void shared(void)
{
    is_int(route_share(0, 4), 0, "nothing of nothing");
    is_int(route_share(1, 4), 1, "one of one");
    is_int(route_share(9, 4), 3, "rounded up");
    is_int(route_share(9, 0), 9, "nobody");
}

int main(void)
{
    hashes();
    growth();
    shares();
    ranges();
    shared();
    burst();
    ramp();
    slow();
    return done();
}
