#include "store/copylog.h"

#include "base/err.h"
#include "model/bits.h"
#include "store/copybook.h"

#include <stdlib.h>
#include <uthash.h>

enum {
    COPYLOG_DONE_MAX = 1024,         /* in a record */
    COPYLOG_SETTLE_MAX = 128 * 1024, /* at once */
};

struct copykey {
    uint64_t id;
    uint64_t box;
};

struct copyline {
    struct copykey key;
    struct copyline *next; /* of those that are over, in order */
    uint64_t number, order;
    uint64_t after; /* what is kept elsewhere must be safe up to there before it is told as over;
                       while it is held: see copylog_host.holds */
    uint8_t attempt, blame;
    bool solo, dead;
    bool gone, listed, held; /* as in a store_entry */
    struct bytes record;     /* see copylog_hold; else empty */
    UT_hash_handle hh;
};

struct copylog {
    struct copylog_host host;
    struct copyline *all;
    struct copyline *over, **over_end;
    uint64_t next_number;
    struct bytes records;
};

struct copylog *copylog_new(const struct copylog_host *host)
{
    struct copylog *l = calloc(1, sizeof(*l));

    if (l == NULL)
        return NULL;
    l->host = *host;
    l->over_end = &l->over;
    l->next_number = 1;
    bytes_init(&l->records);
    return l;
}

static void copylog_drop(struct copylog *l, struct copyline *c)
{
    HASH_DEL(l->all, c);
    bytes_release(&c->record);
    free(c);
}

static void copylog_clear(struct copylog *l)
{
    struct copyline *c = NULL, *next = NULL;

    HASH_ITER (hh, l->all, c, next)
        copylog_drop(l, c);
    l->over = NULL;
    l->over_end = &l->over;
    bytes_release(&l->records);
}

void copylog_free(struct copylog *l)
{
    if (l == NULL)
        return;
    copylog_clear(l);
    free(l);
}

size_t copylog_count(const struct copylog *l)
{
    return HASH_COUNT(l->all);
}

static struct copyline *copylog_find(const struct copylog *l, uint32_t box, uint64_t id)
{
    struct copykey key = {id, box};
    struct copyline *c = NULL;

    HASH_FIND(hh, l->all, &key, sizeof(key), c);
    return c;
}

bool copylog_has(const struct copylog *l, uint32_t box, uint64_t id)
{
    return copylog_find(l, box, id) != NULL;
}

struct bytes *copylog_records(struct copylog *l)
{
    return &l->records;
}

/* --- what waits --- */

static int copylog_pack(struct copylog *l, const struct kept_record *r)
{
    return kept_pack(&l->records, r, COPYBOOK_SALT, bytes_len(&l->records));
}

static struct copyline *copylog_line(struct copylog *l, uint32_t box, uint64_t id)
{
    struct copyline *c = copylog_find(l, box, id);

    if (c != NULL || (c = calloc(1, sizeof(*c))) == NULL)
        return c;
    c->key = (struct copykey){id, box};
    c->number = l->next_number++;
    HASH_ADD(hh, l->all, key, sizeof(c->key), c);
    return c;
}

static int copylog_put(struct copylog *l, const struct store_message *m, bool dead,
                       struct span extra)
{
    struct copyline *c = copylog_line(l, m->box, m->letter->id);

    if (c == NULL)
        return ERR_NOMEM;
    struct kept_record r = store_message_record(m);
    r.number = c->number;
    r.order = c->order = l->next_number++;
    r.extra = extra;
    if (dead)
        r.flags |= KEPT_DEAD;
    c->attempt = r.attempt;
    c->blame = r.blame;
    c->solo = m->letter->solo;
    c->dead = dead;
    c->gone = false;
    bytes_release(&c->record);
    return copylog_pack(l, &r);
}

int copylog_add(struct copylog *l, const struct store_message *m)
{
    return copylog_put(l, m, false, span_of(NULL, 0));
}

int copylog_dead(struct copylog *l, const struct store_message *m, struct span extra)
{
    return copylog_put(l, m, true, extra);
}

void copylog_changed(struct copylog *l, uint32_t box, const struct letter *letter)
{
    struct copyline *c = copylog_find(l, box, letter->id);

    if (c == NULL ||
        (c->attempt == letter->attempt && c->blame == letter->blame && c->solo == letter->solo))
        return;
    c->attempt = letter->attempt;
    c->blame = letter->blame;
    c->solo = letter->solo;
    const struct kept_record r = {.kind = KEPT_STATE,
                                  .flags = (uint8_t)(c->solo ? KEPT_SOLO : 0),
                                  .attempt = c->attempt,
                                  .blame = c->blame,
                                  .number = c->number,
                                  .order = c->order};
    (void)copylog_pack(l, &r); /* without memory it waits as it did before, which is no loss */
}

/* --- what is over --- */

bool copylog_gone(struct copylog *l, uint32_t box, uint64_t id, bool dead)
{
    struct copyline *c = copylog_find(l, box, id);

    if (c == NULL || c->dead != dead)
        return false;
    c->gone = true;
    c->after = dead ? 0 : l->host.holds(l->host.arg, box, UINT64_MAX);
    c->held = c->after != 0;
    if (!c->held)
        c->after = l->host.mark(l->host.arg);
    if (!c->listed) {
        c->listed = true;
        c->next = NULL;
        *l->over_end = c;
        l->over_end = &c->next;
    }
    return true;
}

static bool copylog_may_end(const struct copylog *l, struct copyline *c)
{
    if (c->held && l->host.holds(l->host.arg, (uint32_t)c->key.box, c->after) == 0) {
        c->held = false;
        c->after = l->host.mark(l->host.arg);
    }
    return !c->held && c->after <= l->host.reached(l->host.arg);
}

bool copylog_waiting(struct copylog *l, uint32_t box, uint64_t id)
{
    struct copyline *c = copylog_find(l, box, id);

    return c != NULL && c->gone && bytes_len(&c->record) == 0 && !copylog_may_end(l, c);
}

void copylog_hold(struct copylog *l, const struct store_message *m)
{
    struct copyline *c = copylog_find(l, m->box, m->letter->id);

    if (c == NULL)
        return;
    struct kept_record r = store_message_record(m);
    r.number = c->number;
    r.order = c->order;
    (void)kept_pack(&c->record, &r, COPYBOOK_SALT, 0);
}

/* It stays in the list of those that are over. */
static void copylog_carry(struct copylog *l, struct copyline *c)
{
    struct kept_record r;

    if (kept_unpack(bytes_at(&c->record), bytes_len(&c->record), COPYBOOK_SALT, 0, &r) != 0)
        (void)copylog_pack(l, &r);
    c->next = NULL;
    *l->over_end = c;
    l->over_end = &c->next;
}

void copylog_anew(struct copylog *l)
{
    struct copyline *c = NULL, *next = NULL, *over = l->over;

    HASH_ITER (hh, l->all, c, next)
        if (!c->gone || bytes_len(&c->record) == 0)
            c->number = 0; /* it goes */
    l->over = NULL;
    l->over_end = &l->over;
    bytes_release(&l->records);
    for (; over != NULL; over = next) {
        next = over->next;
        if (over->number != 0)
            copylog_carry(l, over);
    }
    HASH_ITER (hh, l->all, c, next)
        if (c->number == 0)
            copylog_drop(l, c);
}

/* Without memory it comes again after the next `up`. */
static void copylog_tell_over(struct copylog *l, const unsigned char *numbers, size_t len)
{
    const struct kept_record r = {.kind = KEPT_DONE, .body = span_of(numbers, len)};

    if (len > 0)
        (void)copylog_pack(l, &r);
}

bool copylog_settle(struct copylog *l)
{
    unsigned char numbers[COPYLOG_DONE_MAX * sizeof(uint64_t)], *p = numbers;
    struct copyline *c = l->over, *next = NULL;
    unsigned told = 0;

    l->over = NULL;
    l->over_end = &l->over;
    for (; c != NULL && told < COPYLOG_SETTLE_MAX; c = next) {
        next = c->next;
        if (c->gone && copylog_may_end(l, c)) {
            p = bits_put(p, c->number, 8);
            copylog_drop(l, c);
            told++;
        } else if (c->gone) {
            *l->over_end = c;
            l->over_end = &c->next;
        } else {
            c->listed = false;
        }
        if (p == numbers + sizeof(numbers)) {
            copylog_tell_over(l, numbers, (size_t)(p - numbers));
            p = numbers;
        }
    }
    copylog_tell_over(l, numbers, (size_t)(p - numbers));
    *l->over_end = c; /* the rest, behind those that wait */
    while (*l->over_end != NULL)
        l->over_end = &(*l->over_end)->next;
    return c != NULL;
}

bool copylog_waits(const struct copylog *l)
{
    return l->over != NULL;
}
