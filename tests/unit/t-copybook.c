/* What is told of mail (copylog), and what is kept of that elsewhere (copybook). */
#include "tap.h"

#include "base/err.h"
#include "store/copybook.h"
#include "store/copylog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOXES = 3, IDS = 40, TURNS = 4000 };

/* What the actors and the store say. */
static bool waits[BOXES];
static uint64_t mark_now, reached_now;

static uint64_t host_holds(void *arg, uint32_t box, uint64_t upto)
{
    (void)arg;
    return waits[box] && upto > 0;
}
static uint64_t host_mark(void *arg)
{
    (void)arg;
    return mark_now;
}
static uint64_t host_reached(void *arg)
{
    (void)arg;
    return reached_now;
}
static const struct copylog_host host = {host_holds, host_mark, host_reached, NULL};

static struct span text(const char *s)
{
    return span_of(s, strlen(s));
}

static int put(struct copylog *l, uint32_t box, uint64_t id, const char *body, bool dead)
{
    const struct letter letter = {.id = id, .type = MSG_TELL, .attempt = 1, .body = text(body)};
    const struct store_message m = {
        .box = box, .to = text("a"), .from = text("~1"), .wall = 5, .letter = &letter};

    return dead ? copylog_dead(l, &m, span_of("why", 4)) : copylog_add(l, &m);
}

static int carry(struct copylog *l, struct copybook *b)
{
    struct bytes *records = copylog_records(l);
    int rc = copybook_take(b, span_of(bytes_at(records), bytes_len(records)));

    bytes_consume(records, bytes_len(records));
    return rc;
}

static char seen[4096];
static int see(void *arg, const struct kept_record *r)
{
    size_t len = strlen(seen);

    (void)arg;
    (void)snprintf(seen + len, sizeof(seen) - len, "%.*s%s%u ", (int)r->body.len,
                   (const char *)r->body.data, r->flags & KEPT_DEAD ? "!" : ":", r->attempt);
    return 0;
}
static const char *shown(struct copybook *b)
{
    seen[0] = '\0';
    if (copybook_each(b, see, NULL) != 0)
        return "?";
    return seen;
}

static void test_life(void)
{
    struct copylog *l = copylog_new(&host);
    struct copybook *b = copybook_new(7);
    const struct letter worse = {.id = 2, .attempt = 3, .blame = 1};

    ok(put(l, 0, 1, "one", false) == 0 && put(l, 0, 2, "two", false) == 0 &&
           put(l, 1, 1, "other", false) == 0,
       "three are added");
    is_int(carry(l, b), 0, "and told");
    is_str(shown(b), "one:1 two:1 other:1 ", "in order");
    is_int((int)copybook_generation(b), 7, "its generation");
    copylog_changed(l, 0, &worse);
    copylog_changed(l, 0, &worse);
    is_int((int)bytes_len(copylog_records(l)), KEPT_FIXED, "a change is told once");
    ok(carry(l, b) == 0, "it is taken");
    is_str(shown(b), "one:1 two:3 other:1 ", "and shows");
    ok(copylog_gone(l, 0, 1, false), "one is over");
    ok(!copylog_gone(l, 0, 9, false), "what is not copied is not");
    ok(!copylog_gone(l, 0, 2, true), "nor as a dead letter what is none");
    put(l, 0, 1, "one", false);
    (void)copylog_settle(l);
    ok(carry(l, b) == 0, "added again before that is told");
    is_str(shown(b), "two:3 other:1 one:1 ", "it is at the end");
    copylog_gone(l, 0, 1, false);
    put(l, 0, 1, "one", true);
    (void)copylog_settle(l);
    ok(!copylog_gone(l, 0, 1, false) && carry(l, b) == 0, "a dead letter is over as such alone");
    is_str(shown(b), "two:3 other:1 one!1 ", "and is one there");
    copylog_gone(l, 0, 1, true);
    copylog_gone(l, 1, 1, false);
    (void)copylog_settle(l);
    ok(carry(l, b) == 0 && copylog_count(l) == 1 && copybook_count(b) == 1, "one is left");
    copybook_free(b);
    copylog_free(l);
}

static void test_waits(void)
{
    struct copylog *l = copylog_new(&host);
    struct copybook *b = copybook_new(1);

    put(l, 0, 1, "one", false);
    waits[0] = true;
    copylog_gone(l, 0, 1, false);
    (void)copylog_settle(l);
    ok(copylog_waits(l) && carry(l, b) == 0 && copybook_count(b) == 1,
       "not over while output of its actor waits");
    waits[0] = false;
    mark_now = 5;
    (void)copylog_settle(l);
    ok(copylog_waits(l), "nor until what that became is safe on the disk");
    reached_now = 5;
    (void)copylog_settle(l);
    ok(!copylog_waits(l) && carry(l, b) == 0 && copybook_count(b) == 0, "then it is");
    mark_now = reached_now = 0;
    put(l, 0, 2, "two", false);
    copylog_gone(l, 0, 2, false);
    copylog_anew(l);
    (void)copylog_settle(l);
    ok(copylog_count(l) == 0 && bytes_len(copylog_records(l)) == 0, "all of it is forgotten");
    copybook_free(b);
    copylog_free(l);
}

/* Another book begins while what was handled may not be told to be over. */
static void test_anew(void)
{
    struct copylog *l = copylog_new(&host);
    struct copybook *b = copybook_new(2);
    const struct letter letter = {.id = 1, .type = MSG_TELL, .attempt = 1, .body = text("held")};
    const struct store_message m = {
        .box = 0, .to = text("a"), .from = text("~1"), .letter = &letter};

    ok(copylog_add(l, &m) == 0 && put(l, 1, 2, "waits", false) == 0, "two are added");
    ok(!copylog_waiting(l, 0, 1), "one that is not over is not to be held");
    waits[0] = true;
    copylog_gone(l, 0, 1, false);
    ok(copylog_waiting(l, 0, 1), "one that is, and may not be told, is");
    copylog_hold(l, &m);
    ok(!copylog_waiting(l, 0, 1), "once");
    copylog_anew(l);
    ok(carry(l, b) == 0, "another book gets it");
    is_str(shown(b), "held:1 ", "and nothing else");
    put(l, 1, 2, "waits", false);
    waits[0] = false;
    (void)copylog_settle(l);
    ok(carry(l, b) == 0, "until it may be told");
    is_str(shown(b), "waits:1 ", "to be over");
    copybook_free(b);
    copylog_free(l);
}

/* So many at once that they are told in several goes. */
static void test_many(void)
{
    enum { N = 300000 };
    struct copylog *l = copylog_new(&host);
    struct copybook *b = copybook_new(1);
    int goes = 1;

    for (uint64_t id = 1; id <= N; id++)
        put(l, 0, id, "m", false);
    ok(carry(l, b) == 0 && copybook_count(b) == N, "%d are told", N);
    waits[0] = true;
    for (uint64_t id = 1; id <= N; id++)
        copylog_gone(l, 0, id, false);
    ok(!copylog_settle(l) && carry(l, b) == 0, "none is over while output waits, and that is all");
    is_int((long)copybook_count(b), N, "they are there");
    waits[0] = false;
    while (copylog_settle(l) && carry(l, b) == 0)
        goes++;
    ok(carry(l, b) == 0 && copybook_count(b) == 0 && !copylog_waits(l), "to be over as well");
    ok(goes > 1, "in %d goes", goes);
    copybook_free(b);
    copylog_free(l);
}

static void test_damage(void)
{
    struct copylog *l = copylog_new(&host);
    struct copybook *b = copybook_new(1);
    const struct kept_record end = {.kind = KEPT_END};
    int bad = 0;

    put(l, 0, 1, "something", false);
    struct bytes *records = copylog_records(l);
    for (size_t i = 0; i < bytes_len(records); i++) {
        ((unsigned char *)bytes_at(records))[i] ^= 0x55;
        bad += copybook_take(b, span_of(bytes_at(records), bytes_len(records))) == ERR_PROTOCOL;
        ((unsigned char *)bytes_at(records))[i] ^= 0x55;
    }
    is_int(bad, (int)bytes_len(records), "each byte of a record counts");
    ok(copybook_take(b, span_of(bytes_at(records), bytes_len(records) - 1)) == ERR_PROTOCOL,
       "one that is cut is none");
    bytes_consume(records, bytes_len(records));
    ok(kept_pack(records, &end, COPYBOOK_SALT, 0) == 0 && carry(l, b) == ERR_PROTOCOL,
       "nor is another kind");
    is_int((int)copybook_count(b) + (int)copybook_bytes(b), 0, "nothing was taken");
    copybook_free(b);
    copylog_free(l);
}

/* Whatever happens in whatever order, what is there is what waits here. */
static unsigned long state = 1;
static unsigned chance(unsigned n)
{
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(state >> 33) % n;
}

struct model {
    int here[BOXES][IDS]; /* 0: not; 1: waits; 2: a dead letter */
};

static void step(struct copylog *l, struct model *m)
{
    uint32_t box = chance(BOXES);
    uint64_t id = chance(IDS);
    int *it = &m->here[box][id];
    const struct letter letter = {.id = id, .attempt = (uint8_t)(1 + chance(3))};

    switch (chance(4)) {
    case 0:
        put(l, box, id, "m", false);
        *it = 1;
        break;
    case 1:
        if (*it != 0)
            put(l, box, id, "m", true);
        *it = *it != 0 ? 2 : 0;
        break;
    case 2:
        copylog_changed(l, box, &letter);
        break;
    default:
        copylog_gone(l, box, id, *it == 2);
        *it = 0;
    }
}

static size_t count(const struct model *m)
{
    size_t n = 0;

    for (int i = 0; i < BOXES; i++)
        for (int k = 0; k < IDS; k++)
            n += m->here[i][k] != 0;
    return n;
}

static void test_any_order(void)
{
    struct copylog *l = copylog_new(&host);
    struct copybook *b = copybook_new(1);
    static struct model m;
    bool same = true;

    for (int turn = 0; turn < TURNS && same; turn++) {
        for (unsigned i = chance(8); i > 0; i--)
            step(l, &m);
        (void)copylog_settle(l);
        same = carry(l, b) == 0 && copybook_count(b) == count(&m) && copylog_count(l) == count(&m);
    }
    ok(same, "after each of %d turns", TURNS);
    copybook_free(b);
    copylog_free(l);
}

int main(void)
{
    test_life();
    test_waits();
    test_anew();
    test_many();
    test_damage();
    test_any_order();
    return done();
}
