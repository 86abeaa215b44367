/* The hand, and a check of mailbox and hands against a naive list. SEED=N repeats a run. */
#include "model/hand.h"
#include "tests/unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HANDS = 3, MOST = 4000, STEPS = 60000, RUNS = 6 };

/* ---- the naive list: every message not yet handled, in the order accepted ---- */

struct entry {
    uint64_t id;
    size_t len;
    uint32_t when;
    uint8_t attempt, blame;
    bool solo, extra;
    int hand; /* -1: queued */
};

/* What it counts against the bound: an extra is a tag of 3 bytes and headers of 5. */
static size_t entry_size(const struct entry *e)
{
    return e->len + (e->extra ? 3 + 5 : 0);
}

struct model {
    struct mailbox *box;
    struct hand hands[HANDS];
    struct entry list[MOST];
    size_t n;
    uint64_t in_hand[HANDS][MOST]; /* ids, in the order handed over */
    size_t n_hand[HANDS];
    uint64_t next_id, max_messages, max_bytes, bytes;
    unsigned char *body; /* 256 KiB of a pattern */
    const char *fault;
    uint64_t state; /* of the generator */
};

static uint32_t rnd(struct model *m, uint32_t below)
{
    m->state = m->state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)((m->state >> 33) % below);
}

static void fault(struct model *m, const char *what)
{
    if (m->fault == NULL)
        m->fault = what;
}

static size_t find(const struct model *m, uint64_t id)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->list[i].id == id)
            return i;
    return m->n;
}

static void forget(struct model *m, size_t i)
{
    m->bytes -= entry_size(&m->list[i]);
    memmove(&m->list[i], &m->list[i + 1], (m->n - i - 1) * sizeof(m->list[0]));
    m->n--;
}

static void hand_forget(struct model *m, int h, uint64_t id)
{
    for (size_t i = 0; i < m->n_hand[h]; i++) {
        if (m->in_hand[h][i] != id)
            continue;
        memmove(&m->in_hand[h][i], &m->in_hand[h][i + 1],
                (m->n_hand[h] - i - 1) * sizeof(m->in_hand[h][0]));
        m->n_hand[h]--;
        return;
    }
}

static const struct entry *first_queued(const struct model *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->list[i].hand < 0)
            return &m->list[i];
    return NULL;
}

static void same(struct model *m, const struct letter *l, const struct entry *e)
{
    if (e == NULL || l->id != e->id || l->attempt != e->attempt || l->blame != e->blame ||
        l->solo != e->solo || l->when != e->when || l->body.len != e->len ||
        memcmp(l->body.data, m->body + e->id % 1000, e->len) != 0)
        fault(m, "a message is not what was put");
    else if (e->extra ? l->tag.len != 3 || l->headers.len != 5 ||
                            memcmp(l->headers.data, "\0\1\1k\0", 5) != 0
                      : l->tag.len != 0 || l->headers.len != 0)
        fault(m, "tag or headers are not what was put");
}

/* ---- steps: each does the same to both ---- */

static size_t some_size(struct model *m)
{
    uint32_t kind = rnd(m, 100);

    return kind < 60   ? rnd(m, 40)
           : kind < 90 ? rnd(m, 2000)
           : kind < 99 ? rnd(m, 20000)
                       : rnd(m, 200000);
}

static void model_add(struct model *m, const struct entry *e)
{
    m->list[m->n++] = *e;
    m->bytes += entry_size(e);
}

static void step_put(struct model *m)
{
    struct entry e = {.id = m->next_id++,
                      .len = some_size(m),
                      .when = rnd(m, 1000),
                      .attempt = 1,
                      .solo = rnd(m, 50) == 0,
                      .extra = rnd(m, 4) == 0,
                      .hand = -1};
    struct letter l = {.id = e.id,
                       .when = e.when,
                       .type = MSG_TELL,
                       .solo = e.solo,
                       .body = span_of(m->body + e.id % 1000, e.len)};

    if (m->n == MOST)
        return;
    if (e.extra) {
        l.tag = span_of("tag", 3);
        l.headers = span_of("\0\1\1k\0", 5);
    }
    bool fits = m->n == 0 || (m->n < m->max_messages && m->bytes + entry_size(&e) <= m->max_bytes);
    if (fits != mailbox_fits(m->box, entry_size(&e)))
        fault(m, "fits");
    if (!fits && rnd(m, 4) != 0)
        return;
    if (mailbox_put(m->box, &l) != 0)
        bail_out("no memory");
    model_add(m, &e);
}

static void step_lines(struct model *m)
{
    static char text[300 * 64];
    size_t len = 0, want = 0;
    uint64_t lines = 0, n = 0, first = m->next_id;

    /* The pattern has no newline in it, see model_open. */
    for (uint32_t i = rnd(m, 64); i > 0; i--) {
        size_t one = rnd(m, 290);
        memcpy(text + len, m->body + m->next_id % 1000, one);
        text[len + one] = '\n';
        bool fits = m->n == 0 || (m->n < m->max_messages && m->bytes + one <= m->max_bytes);
        if (fits && want == len && m->n < MOST - 64) {
            struct entry e = {.id = m->next_id, .len = one, .when = 5, .attempt = 1, .hand = -1};
            model_add(m, &e);
            want += one + 1;
            n++;
        } else if (m->n >= MOST - 64) {
            break;
        }
        m->next_id++;
        len += one + 1;
    }
    if (mailbox_put_lines(m->box, text, len, '\n', 0, first, 5, &lines) != want || lines != n)
        fault(m, "put_lines");
}

static void step_take(struct model *m, int h)
{
    uint64_t max = 1 + rnd(m, 30);
    struct mail_run run;
    const struct entry *e = first_queued(m);

    if (!mailbox_take(m->box, max, rnd(m, 4) == 0 ? 100 : 1 << 20, &run)) {
        if (e != NULL)
            fault(m, "nothing taken of something");
        return;
    }
    if (run.count == 0 || run.count > max)
        fault(m, "too many taken, or none");
    for (uint32_t i = 0; i < run.count; i++) {
        struct letter l;
        mail_run_letter(&run, i, &l);
        e = first_queued(m);
        same(m, &l, e);
        if (m->fault != NULL)
            return;
        if (e->solo && run.count > 1)
            fault(m, "one to be alone came with others");
        m->list[e - m->list].hand = h;
        m->in_hand[h][m->n_hand[h]++] = e->id;
    }
    if (hand_push(&m->hands[h], &run) != 0)
        bail_out("no memory");
}

static void step_front(struct model *m, int h)
{
    if (m->n_hand[h] == 0) {
        if (hand_done_front(&m->hands[h]))
            fault(m, "done of an empty hand");
        return;
    }
    uint64_t id = m->in_hand[h][0];
    if (!hand_done_front(&m->hands[h]))
        fault(m, "the oldest in hand cannot be done");
    forget(m, find(m, id));
    hand_forget(m, h, id);
}

static void step_done_run(struct model *m, int h)
{
    struct mail_run run;
    uint32_t done = 0;

    if (!hand_front_run(&m->hands[h], &run))
        return;
    uint32_t n = 1 + rnd(m, run.count);
    for (uint32_t i = 0; i < n; i++) {
        struct letter l;
        if (!mail_run_held(&run, i))
            continue;
        mail_run_letter(&run, i, &l);
        size_t at = find(m, l.id);
        if (at == m->n || m->in_hand[h][0] != l.id) {
            fault(m, "the front run is not what is oldest");
            return;
        }
        forget(m, at);
        hand_forget(m, h, l.id);
        done++;
    }
    if (hand_done_run(&m->hands[h], n) != done)
        fault(m, "done_run counts otherwise");
}

static uint64_t some_id(struct model *m, int h)
{
    return m->n_hand[h] > 0 && rnd(m, 10) > 0 ? m->in_hand[h][rnd(m, (uint32_t)m->n_hand[h])]
                                              : 1 + rnd(m, (uint32_t)m->next_id);
}

static bool model_has(const struct model *m, int h, uint64_t id)
{
    size_t at = find(m, id);

    return at < m->n && m->list[at].hand == h;
}

static void step_done(struct model *m, int h)
{
    uint64_t id = some_id(m, h);
    bool has = model_has(m, h, id);
    struct letter l;

    if (hand_find(&m->hands[h], id, &l) != has)
        fault(m, "find");
    if (has)
        same(m, &l, &m->list[find(m, id)]);
    if (hand_done(&m->hands[h], id) != has)
        fault(m, "done");
    if (!has)
        return;
    forget(m, find(m, id));
    hand_forget(m, h, id);
}

static void step_done_ids(struct model *m, int h)
{
    uint64_t id = some_id(m, h), count = rnd(m, 4) == 0 ? UINT64_MAX : 1 + rnd(m, 60);
    size_t bytes = 0, want = 0;
    uint64_t n = 0;

    for (size_t i = m->n; i-- > 0;) {
        if (m->list[i].hand != h || m->list[i].id - id >= count)
            continue;
        want += m->list[i].len + 1;
        n++;
        hand_forget(m, h, m->list[i].id);
        forget(m, i);
    }
    if (hand_done_ids(&m->hands[h], id, count, &bytes) != n || bytes != want)
        fault(m, "done_ids counts otherwise");
}

static void model_change(struct entry *e, struct mail_change c)
{
    e->hand = -1;
    e->attempt = (uint8_t)(e->attempt + (c.again && e->attempt < 255 ? 1 : 0));
    e->blame = (uint8_t)(e->blame + (c.blame && e->blame < 255 ? 1 : 0));
    e->solo = e->solo || c.solo;
}

static void step_return(struct model *m, int h)
{
    uint64_t id = some_id(m, h);
    bool has = model_has(m, h, id);
    struct mail_change c = {
        .again = rnd(m, 2) == 0, .blame = rnd(m, 2) == 0, .solo = rnd(m, 10) == 0};

    if (hand_return(&m->hands[h], id, c) != has)
        fault(m, "return");
    if (!has)
        return;
    model_change(&m->list[find(m, id)], c);
    hand_forget(m, h, id);
}

struct deciding {
    struct model *m;
    int h;
    uint64_t n_read;
};

static struct mail_change decide(void *arg, uint64_t n, const struct letter *l)
{
    struct deciding *d = arg;
    struct mail_change c = {.again = n < d->n_read, .blame = n == 0, .solo = n < d->n_read};

    if (n >= d->m->n_hand[d->h] || d->m->in_hand[d->h][n] != l->id)
        fault(d->m, "what is returned is out of order");
    else
        model_change(&d->m->list[find(d->m, l->id)], c);
    return c;
}

static void step_return_all(struct model *m, int h)
{
    struct deciding d = {m, h, rnd(m, 5)};

    hand_return_all(&m->hands[h], decide, &d);
    m->n_hand[h] = 0;
}

static void step_drop(struct model *m)
{
    struct letter l;
    const struct entry *e = first_queued(m);

    if (mailbox_drop_front(m->box, &l) != (e != NULL)) {
        fault(m, "drop");
        return;
    }
    if (e == NULL)
        return;
    same(m, &l, e);
    forget(m, (size_t)(e - m->list));
}

/* ---- after each step ---- */

static bool count_one(void *arg, const struct letter *l)
{
    struct deciding *d = arg;

    if (d->n_read >= d->m->n_hand[d->h] || d->m->in_hand[d->h][d->n_read] != l->id)
        fault(d->m, "what is in hand is out of order");
    d->n_read++;
    return true;
}

static void check(struct model *m, bool deep)
{
    uint64_t held = 0;
    struct letter l;
    uint32_t when = 0;

    for (int h = 0; h < HANDS; h++) {
        held += m->n_hand[h];
        if (hand_count(&m->hands[h]) != m->n_hand[h])
            fault(m, "count of a hand");
        if (hand_front(&m->hands[h], &l) != (m->n_hand[h] > 0))
            fault(m, "front of a hand");
        else if (m->n_hand[h] > 0 && l.id != m->in_hand[h][0])
            fault(m, "front of a hand is another");
        struct deciding d = {m, h, 0};
        if (deep)
            hand_each(&m->hands[h], count_one, &d);
        if (deep && d.n_read != m->n_hand[h])
            fault(m, "each");
    }
    if (mailbox_held(m->box) != held || mailbox_queued(m->box) != m->n - held ||
        mailbox_bytes(m->box) != m->bytes)
        fault(m, "counts");
    if (mailbox_oldest(m->box, &when) != (m->n > 0) || (m->n > 0 && when != m->list[0].when))
        fault(m, "oldest");
    const struct entry *e = first_queued(m);
    if (mailbox_peek(m->box, &l) != (e != NULL))
        fault(m, "peek");
    else if (e != NULL)
        same(m, &l, e);
}

static void step(struct model *m, uint32_t filling)
{
    int h = (int)rnd(m, HANDS);
    uint32_t what = rnd(m, 100);

    if (what < filling)
        step_put(m);
    else if (what < filling + 3)
        step_lines(m);
    else if (what < 60)
        step_take(m, h);
    else if (what < 75)
        step_front(m, h);
    else if (what < 82)
        step_done_run(m, h);
    else if (what < 91)
        step_done(m, h);
    else if (what < 92)
        step_done_ids(m, h);
    else if (what < 96)
        step_return(m, h);
    else if (what < 98)
        step_drop(m);
    else if (rnd(m, 4) == 0)
        step_return_all(m, h);
}

static void model_check(uint64_t seed)
{
    struct model *m = calloc(1, sizeof(*m));
    unsigned n = 0;

    m->state = seed;
    m->next_id = 1;
    m->max_messages = 20 + rnd(m, 1000);
    m->max_bytes = 10000 + rnd(m, 1000000);
    m->box = mailbox_new(m->max_messages, m->max_bytes, '\n');
    m->body = malloc(256 * 1024);
    for (size_t i = 0; i < 256 * 1024; i++)
        m->body[i] = (unsigned char)('A' + (i * 7 + i / 1000) % 50);
    for (; n < STEPS && m->fault == NULL; n++) {
        /* Times of filling and of draining in turn: segments come and go. */
        step(m, n / 3000 % 2 == 0 ? 35 : 12);
        check(m, n % 64 == 0);
    }
    ok(m->fault == NULL, "mailbox and hands as a naive list: SEED=%llu step %u: %s",
       (unsigned long long)seed, n, m->fault == NULL ? "alike" : m->fault);
    for (int h = 0; m->fault == NULL && h < HANDS; h++) {
        hand_return_all(&m->hands[h], NULL, NULL);
        hand_release(&m->hands[h]);
    }
    mailbox_free(m->box);
    free(m->body);
    free(m);
}

/* ---- single cases ---- */

static void test_two_hands(void)
{
    struct mailbox *box = mailbox_new(100, 1000, '\n');
    struct hand a, b;
    struct mail_run run;
    struct letter l = {.type = MSG_TELL};

    hand_init(&a);
    hand_init(&b);
    for (l.id = 1; l.id <= 4; l.id++)
        (void)mailbox_put(box, &l);
    (void)mailbox_take(box, 4, 1000, &run);
    (void)hand_push(&a, &run);
    ok(hand_return(&a, 2, (struct mail_change){.again = true}), "one of four goes back");
    (void)mailbox_take(box, 4, 1000, &run);
    (void)hand_push(&b, &run);
    is_int(hand_count(&b), 1, "another hand has it");
    ok(!hand_done(&a, 2) && hand_count(&a) == 3, "the first has it no more");
    ok(hand_mailbox(&b, 2) == box && hand_mailbox(&a, 2) == NULL, "it is known where it came from");
    ok(!hand_solo(&b), "it need not be alone");
    ok(hand_done(&b, 2) && !hand_done(&b, 2), "done, once");
    is_int(hand_done_run(&a, 1), 1, "the oldest");
    is_int(hand_count(&a), 2, "two are left");
    hand_return_all(&a, NULL, NULL);
    is_int(mailbox_queued(box), 2, "all went back");
    hand_release(&a);
    hand_release(&b);
    mailbox_free(box);
}

struct told {
    uint64_t first[8];
    uint32_t n, count[8];
};

static void told_one(void *arg, const struct mail_run *run)
{
    struct told *t = arg;
    struct letter l;

    mail_run_letter(run, 0, &l);
    t->first[t->n] = l.id;
    t->count[t->n++] = run->count;
}

static void test_over(void)
{
    struct mailbox *box = mailbox_new(100, 1000, '\n');
    struct mail_run run;
    struct told t = {.n = 0};
    struct hand h;
    uint64_t lines = 0;

    hand_init(&h);
    h.over = told_one;
    h.over_arg = &t;
    (void)mailbox_put_lines(box, "a\nb\nc\nd\ne\n", 10, '\n', 0, 1, 0, &lines);
    if (!mailbox_take(box, 9, 999, &run) || hand_push(&h, &run) != 0)
        bail_out("nothing to take");
    (void)hand_done_run(&h, 2);
    (void)hand_done(&h, 4);
    ok(hand_remove(&h, 3), "one is taken out of the hand");
    (void)hand_done_front(&h);
    ok(t.n == 3 && t.first[0] == 1 && t.count[0] == 2 && t.first[1] == 4 && t.first[2] == 5,
       "stretches that are over are told, and what was removed is not");
    is_int(hand_count(&h), 0, "nothing is left");
    hand_release(&h);
    mailbox_free(box);
}

int main(void)
{
    test_over();
    const char *given = getenv("SEED");

    test_two_hands();
    if (given != NULL) {
        model_check(strtoull(given, NULL, 10));
        return done();
    }
    for (uint64_t i = 0; i < RUNS; i++)
        model_check(1 + i * 7919);
    return done();
}
