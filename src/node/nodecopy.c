/* The mail of the home that is to be kept here as well: it is given to the next home, should that
 * want it. */
#include "node/nodeparts.h"

#include "base/err.h"
#include "store/copybook.h"

#include <stdlib.h>

/* One that is whole, one that is to become so, and the bytes of records that are not yet all. */
struct nodecopy {
    struct copybook *whole, *coming;
    struct bytes part;
    uint64_t number; /* of the COPY that came last */
};

enum { NODECOPY_PART_MAX = FRAME_LENGTH_MAX + 8 * TRUNK_COPY_MAX };

int nodecopy_init(struct node *n)
{
    n->copy = calloc(1, sizeof(*n->copy));
    if (n->copy == NULL)
        return ERR_NOMEM;
    bytes_init(&n->copy->part);
    return 0;
}

void nodecopy_forget(struct node *n)
{
    struct nodecopy *c = n->copy;

    copybook_free(c->whole);
    copybook_free(c->coming);
    c->whole = c->coming = NULL;
    bytes_release(&c->part);
}

void nodecopy_free(struct node *n)
{
    if (n->copy == NULL)
        return;
    nodecopy_forget(n);
    free(n->copy);
    n->copy = NULL;
}

uint64_t nodecopy_generation(const struct node *n)
{
    return n->copy->whole == NULL ? 0 : copybook_generation(n->copy->whole);
}

/* --- what comes --- */

static int nodecopy_begin(struct nodecopy *c, uint64_t generation)
{
    copybook_free(c->coming);
    c->coming = copybook_new(generation);
    bytes_release(&c->part);
    return c->coming == NULL ? ERR_NOMEM : 0;
}

static void nodecopy_is_whole(struct nodecopy *c)
{
    if (c->coming == NULL)
        return;
    copybook_free(c->whole);
    c->whole = c->coming;
    c->coming = NULL;
}

static int nodecopy_records(struct nodecopy *c, const struct frame *f)
{
    struct copybook *book = c->coming != NULL ? c->coming : c->whole;
    const bool parts = bytes_len(&c->part) > 0 || (f->flags & COPY_MORE) != 0;
    int rc = 0;

    const bool follows = (f->flags & COPY_BEGINS) != 0 || f->number - f->body.len == c->number;
    c->number = f->number;
    if (book == NULL || !follows || bytes_len(&c->part) + f->body.len > NODECOPY_PART_MAX)
        return ERR_PROTOCOL;
    if (parts && (rc = bytes_append(&c->part, f->body.data, f->body.len)) != 0)
        return rc;
    if ((f->flags & COPY_MORE) != 0)
        return 0;
    rc = copybook_take(book, parts ? span_of(bytes_at(&c->part), bytes_len(&c->part)) : f->body);
    bytes_release(&c->part);
    return rc;
}

void nodecopy_frame(struct node *n, const struct frame *f)
{
    struct nodecopy *c = n->copy;
    int rc = 0;

    if ((f->flags & COPY_NONE) != 0) {
        nodecopy_forget(n);
        return;
    }
    if ((f->flags & COPY_BEGINS) != 0)
        rc = nodecopy_begin(c, f->id);
    if (rc == 0)
        rc = nodecopy_records(c, f);
    if (rc == 0 && (f->flags & COPY_WHOLE) != 0)
        nodecopy_is_whole(c);
    if (rc != 0)
        nodecopy_forget(n);
    if (rc == 0 && (f->flags & COPY_MORE) != 0)
        return;
    const struct frame copied = {
        .kind = FRAME_COPIED, .flags = rc != 0, .id = f->id, .number = f->number};
    (void)trunk_send(n->trunk, 0, &copied);
}

/* --- what is given --- */

struct nodecopy_giving {
    struct node *node;
    struct bytes records;
};

static void nodecopy_say(struct node *n, const struct bytes *records)
{
    size_t len = bytes_len(records);

    for (size_t at = 0, size; at < len; at += size) {
        size = len - at < TRUNK_COPY_MAX ? len - at : TRUNK_COPY_MAX;
        const struct frame f = {.kind = FRAME_LEFT,
                                .flags = at + size < len,
                                .body = span_of(bytes_at(records) + at, size)};
        trunk_open(n->trunk, &f);
    }
}

static int nodecopy_one(void *arg, const struct kept_record *r)
{
    struct nodecopy_giving *g = arg;
    size_t size = kept_record_size(r);

    if (bytes_len(&g->records) > 0 && bytes_len(&g->records) + size > TRUNK_COPY_MAX) {
        nodecopy_say(g->node, &g->records);
        bytes_release(&g->records);
    }
    return kept_pack(&g->records, r, COPYBOOK_SALT, bytes_len(&g->records));
}

int nodecopy_give(struct node *n)
{
    struct nodecopy_giving g = {.node = n};

    if (n->copy->whole == NULL)
        return 0;
    bytes_init(&g.records);
    int rc = copybook_each(n->copy->whole, nodecopy_one, &g);
    if (rc == 0)
        nodecopy_say(n, &g.records);
    bytes_release(&g.records);
    return rc;
}
