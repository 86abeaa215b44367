#include "model/hand.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* A run in the ring whose last message was handled has left == 0: its segment may be gone
 * and must not be touched any more. */
struct hand_run {
    struct mail_run run;
    uint32_t left;
};

void hand_init(struct hand *h)
{
    memset(h, 0, sizeof(*h));
}

void hand_release(struct hand *h)
{
    free(h->runs);
    hand_init(h);
}

static struct hand_run *hand_at(struct hand *h, uint32_t i)
{
    return &h->runs[(h->head + i) & (h->cap - 1)];
}

static int hand_grow(struct hand *h)
{
    uint32_t cap = h->cap == 0 ? 4 : h->cap * 2;
    struct hand_run *runs = calloc(cap, sizeof(*runs));

    if (runs == NULL)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < h->len; i++)
        runs[i] = *hand_at(h, i);
    free(h->runs);
    h->runs = runs;
    h->head = 0;
    h->cap = cap;
    return 0;
}

int hand_push(struct hand *h, const struct mail_run *run)
{
    if (h->len == h->cap && hand_grow(h) != 0)
        return ERR_NOMEM;
    struct letter first;
    mail_run_letter(run, 0, &first);
    *hand_at(h, h->len) = (struct hand_run){*run, run->count};
    h->solo = first.solo || hand_solo(h);
    h->len++;
    h->count += run->count;
    return 0;
}

/* Drops what is over from the front, so that the first run's message `front` is in hand. */
static void hand_settle(struct hand *h)
{
    while (h->len > 0) {
        struct hand_run *r = hand_at(h, 0);
        if (r->left > 0) {
            while (!mail_run_held(&r->run, h->front))
                h->front++;
            return;
        }
        h->head = (h->head + 1) & (h->cap - 1);
        h->len--;
        h->front = 0;
    }
    h->head = 0;
}

bool hand_front(struct hand *h, struct letter *out)
{
    if (h->count == 0)
        return false;
    mail_run_letter(&hand_at(h, 0)->run, h->front, out);
    return true;
}

void hand_each(struct hand *h, bool (*cb)(void *arg, const struct letter *l), void *arg)
{
    for (uint32_t k = 0; k < h->len; k++) {
        struct hand_run *r = hand_at(h, k);
        for (uint32_t i = 0; r->left > 0 && i < r->run.count; i++) {
            struct letter l;
            if (!mail_run_held(&r->run, i))
                continue;
            mail_run_letter(&r->run, i, &l);
            if (!cb(arg, &l))
                return;
        }
    }
}

bool hand_front_run(struct hand *h, struct mail_run *out)
{
    if (h->count == 0)
        return false;
    const struct hand_run *r = hand_at(h, 0);
    *out = r->run;
    out->first += h->front;
    out->count -= h->front;
    return true;
}

static void hand_tell(struct hand *h, const struct mail_run *run, uint32_t i, uint32_t n)
{
    const struct mail_run part = {run->mailbox, run->segment, run->first + i, n};

    if (h->over != NULL)
        h->over(h->over_arg, &part);
}

uint32_t hand_done_run(struct hand *h, uint32_t n)
{
    if (h->count == 0)
        return 0;
    struct hand_run *r = hand_at(h, 0);
    struct mail_run run = r->run;
    uint32_t from = h->front;
    uint32_t done = 0;

    hand_tell(h, &run, from, n);
    h->front += n;
    if (n == run.count - from) {
        /* The whole rest goes: `left` first, for the segment may go with it. */
        done = r->left;
        r->left = 0;
        (void)mail_run_done(&run, from, n);
    } else {
        done = mail_run_done(&run, from, n);
        r->left -= done;
    }
    h->count -= done;
    hand_settle(h);
    return done;
}

bool hand_done_front(struct hand *h)
{
    return hand_done_run(h, 1) == 1;
}

/* The run that holds id, with *i its place in it; NULL when it is not in hand. */
static struct hand_run *hand_search(struct hand *h, uint64_t id, uint32_t *i)
{
    for (uint32_t k = 0; k < h->len; k++) {
        struct hand_run *r = hand_at(h, k);
        if (r->left == 0)
            continue;
        int64_t at = mail_run_find(&r->run, id);
        if (at >= 0 && mail_run_held(&r->run, (uint32_t)at)) {
            *i = (uint32_t)at;
            return r;
        }
    }
    return NULL;
}

static bool hand_take_out(struct hand *h, uint64_t id, bool tell)
{
    uint32_t i = 0;
    struct hand_run *r = hand_search(h, id, &i);

    if (r == NULL)
        return false;
    r->left--;
    h->count--;
    struct mail_run run = r->run;
    if (tell)
        hand_tell(h, &run, i, 1);
    (void)mail_run_done(&run, i, 1);
    hand_settle(h);
    return true;
}

bool hand_done(struct hand *h, uint64_t id)
{
    return hand_take_out(h, id, true);
}

/* The places from i on that are held and have such ids. Returns how many follow one another. */
static uint32_t hand_stretch(const struct mail_run *run, uint32_t i, uint64_t id, uint64_t count,
                             size_t *bytes)
{
    struct letter l;
    uint32_t n = 0;

    for (; i + n < run->count && mail_run_held(run, i + n); n++) {
        mail_run_letter(run, i + n, &l);
        if (l.id - id >= count)
            break;
        *bytes += l.body.len + 1;
    }
    return n;
}

uint64_t hand_done_ids(struct hand *h, uint64_t id, uint64_t count, size_t *bytes)
{
    uint64_t before = h->count;

    *bytes = 0;
    for (uint32_t k = 0; k < h->len; k++) {
        struct hand_run *r = hand_at(h, k);
        struct mail_run run = r->run;
        for (uint32_t i = 0, n; r->left > 0 && i<run.count; i += n> 0 ? n : 1) {
            n = hand_stretch(&run, i, id, count, bytes);
            if (n == 0)
                continue;
            r->left -= n;
            h->count -= n;
            hand_tell(h, &run, i, n);
            (void)mail_run_done(&run, i, n);
        }
    }
    hand_settle(h);
    return before - h->count;
}

bool hand_remove(struct hand *h, uint64_t id)
{
    return hand_take_out(h, id, false);
}

bool hand_find(struct hand *h, uint64_t id, struct letter *out)
{
    uint32_t i = 0;
    struct hand_run *r = hand_search(h, id, &i);

    if (r == NULL)
        return false;
    mail_run_letter(&r->run, i, out);
    return true;
}

/* Cuts the message at i out of the k-th run: once returned it may be held by another hand, and this
 * one must not take it for its own. */
static int hand_cut(struct hand *h, uint32_t k, uint32_t i)
{
    if (h->len == h->cap && hand_grow(h) != 0)
        return ERR_NOMEM;
    struct hand_run *r = hand_at(h, k);
    struct hand_run rest = {r->run, 0};

    rest.run.first += i + 1;
    rest.run.count -= i + 1;
    for (uint32_t n = 0; n < rest.run.count; n++)
        rest.left += mail_run_held(&rest.run, n) ? 1 : 0;
    r->run.count = i;
    r->left -= rest.left + 1;
    for (uint32_t n = h->len; n > k + 1; n--)
        *hand_at(h, n) = *hand_at(h, n - 1);
    *hand_at(h, k + 1) = rest;
    h->len++;
    return 0;
}

struct mailbox *hand_mailbox(struct hand *h, uint64_t id)
{
    uint32_t i = 0;
    const struct hand_run *r = hand_search(h, id, &i);

    return r == NULL ? NULL : r->run.mailbox;
}

bool hand_return(struct hand *h, uint64_t id, struct mail_change change)
{
    for (uint32_t k = 0; k < h->len; k++) {
        struct hand_run *r = hand_at(h, k);
        int64_t at = r->left > 0 ? mail_run_find(&r->run, id) : -1;
        if (at < 0 || !mail_run_held(&r->run, (uint32_t)at))
            continue;
        struct mail_run run = r->run;
        if (hand_cut(h, k, (uint32_t)at) != 0)
            return false;
        mail_run_return(&run, (uint32_t)at, change);
        h->count--;
        hand_settle(h);
        return true;
    }
    return false;
}

void hand_return_all(struct hand *h,
                     struct mail_change (*decide)(void *arg, uint64_t n, const struct letter *l),
                     void *arg)
{
    uint64_t n = 0;

    for (uint32_t k = 0; k < h->len; k++) {
        struct hand_run *r = hand_at(h, k);
        for (uint32_t i = 0; r->left > 0 && i < r->run.count; i++) {
            struct mail_change change = {false, false, false};
            struct letter l;
            if (!mail_run_held(&r->run, i))
                continue;
            mail_run_letter(&r->run, i, &l);
            if (decide != NULL)
                change = decide(arg, n, &l);
            n++;
            mail_run_return(&r->run, i, change);
            r->left--;
        }
    }
    h->head = h->len = h->front = 0;
    h->count = 0;
    h->solo = false;
}
