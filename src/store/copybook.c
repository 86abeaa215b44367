#include "store/copybook.h"

#include "base/err.h"
#include "model/bits.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct copied {
    uint64_t number, order;
    uint8_t flags, attempt, blame;
    UT_hash_handle hh;
    size_t size;
    unsigned char record[]; /* as it was packed; what has changed since stands above */
};

struct copybook {
    uint64_t generation;
    struct copied *all;
    size_t bytes;
};

struct copybook *copybook_new(uint64_t generation)
{
    struct copybook *b = calloc(1, sizeof(*b));

    if (b != NULL)
        b->generation = generation;
    return b;
}

static void copybook_drop(struct copybook *b, struct copied *c)
{
    HASH_DEL(b->all, c);
    b->bytes -= c->size;
    free(c);
}

void copybook_free(struct copybook *b)
{
    struct copied *c = NULL, *next = NULL;

    if (b == NULL)
        return;
    HASH_ITER (hh, b->all, c, next)
        copybook_drop(b, c);
    free(b);
}

uint64_t copybook_generation(const struct copybook *b)
{
    return b->generation;
}

size_t copybook_count(const struct copybook *b)
{
    return HASH_COUNT(b->all);
}

size_t copybook_bytes(const struct copybook *b)
{
    return b->bytes;
}

/* --- what comes --- */

static struct copied *copybook_find(const struct copybook *b, uint64_t number)
{
    struct copied *c = NULL;

    HASH_FIND(hh, b->all, &number, sizeof(number), c);
    return c;
}

/* Packed anew, for its checksum is of the place where it stands. */
static int copybook_message(struct copybook *b, const struct kept_record *r)
{
    struct bytes packed;
    struct copied *old = copybook_find(b, r->number);

    bytes_init(&packed);
    int rc = kept_pack(&packed, r, COPYBOOK_SALT, 0);
    size_t size = bytes_len(&packed);
    struct copied *c = rc == 0 ? malloc(sizeof(*c) + size) : NULL;
    if (c == NULL) {
        bytes_release(&packed);
        return ERR_NOMEM;
    }
    if (old != NULL)
        copybook_drop(b, old);
    *c = (struct copied){.number = r->number,
                         .order = r->order,
                         .flags = r->flags,
                         .attempt = r->attempt,
                         .blame = r->blame,
                         .size = size};
    memcpy(c->record, bytes_at(&packed), size);
    bytes_release(&packed);
    HASH_ADD(hh, b->all, number, sizeof(c->number), c);
    b->bytes += size;
    return 0;
}

static void copybook_done(struct copybook *b, const struct kept_record *r)
{
    const unsigned char *p = r->body.data;

    for (size_t i = 0; i + 8 <= r->body.len; i += 8) {
        struct copied *c = copybook_find(b, bits_get(p + i, 8));
        if (c != NULL)
            copybook_drop(b, c);
    }
}

static void copybook_state(struct copybook *b, const struct kept_record *r)
{
    struct copied *c = copybook_find(b, r->number);

    if (c == NULL)
        return;
    c->order = r->order;
    c->flags = r->flags;
    c->attempt = r->attempt;
    c->blame = r->blame;
}

static int copybook_record(struct copybook *b, const struct kept_record *r)
{
    switch (r->kind) {
    case KEPT_MESSAGE:
        return copybook_message(b, r);
    case KEPT_DONE:
        copybook_done(b, r);
        return 0;
    case KEPT_STATE:
        copybook_state(b, r);
        return 0;
    default:
        return ERR_PROTOCOL;
    }
}

int copybook_take(struct copybook *b, struct span records)
{
    for (size_t at = 0; at < records.len;) {
        struct kept_record r;
        size_t size = kept_unpack(records.data, records.len, COPYBOOK_SALT, at, &r);
        int rc = size == 0 ? ERR_PROTOCOL : copybook_record(b, &r);
        if (rc != 0)
            return rc;
        at += size;
    }
    return 0;
}

/* --- what is told --- */

static int copybook_order(const struct copied *a, const struct copied *b)
{
    return a->order < b->order ? -1 : a->order > b->order;
}

int copybook_each(struct copybook *b, int (*each)(void *arg, const struct kept_record *r),
                  void *arg)
{
    int rc = 0;

    HASH_SORT(b->all, copybook_order);
    for (struct copied *c = b->all; c != NULL && rc == 0; c = c->hh.next) {
        struct kept_record r;
        if (kept_unpack(c->record, c->size, COPYBOOK_SALT, 0, &r) == 0)
            return ERR_PROTOCOL;
        r.order = c->order;
        r.flags = c->flags;
        r.attempt = c->attempt;
        r.blame = c->blame;
        rc = each(arg, &r);
    }
    return rc;
}
