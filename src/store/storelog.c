/* The end of the log: where records go, and in which file each message stands. */
#include "model/bits.h"
#include "store/storeparts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t store_left(const struct store_file *f)
{
    return f->size - f->used;
}

/* What must stay free so that all that is in the log can be told to be over. */
size_t store_reserve(const struct store *st)
{
    return (st->live + st->dead) * sizeof(uint64_t) + STORE_DONE_SLACK;
}

/* ---- files ---- */

struct store_file *store_file_new(struct store *st, uint64_t serial, uint64_t salt, size_t size)
{
    struct store_file *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return NULL;
    f->serial = serial;
    f->salt = salt;
    f->size = size;
    f->used = KEPT_HEAD;
    f->fd = -1;
    f->prev = st->last;
    if (f->prev != NULL)
        f->prev->next = f;
    else
        st->first = f;
    st->last = f;
    st->disk += size;
    return f;
}

void store_file_free(struct store *st, struct store_file *f)
{
    if (f->prev != NULL)
        f->prev->next = f->next;
    else
        st->first = f->next;
    if (f->next != NULL)
        f->next->prev = f->prev;
    else
        st->last = f->prev;
    if (st->cur == f)
        st->cur = NULL;
    if (st->spare == f)
        st->spare = NULL;
    st->disk -= f->size;
    if (f->fd >= 0)
        (void)close(f->fd);
    free(f);
}

bool store_switch(struct store *st)
{
    if (st->spare == NULL)
        return false;
    st->cur = st->spare;
    st->spare = NULL;
    return true;
}

/* ---- records ---- */

static struct store_chunk *store_chunk(struct store *st, struct store_file *f)
{
    struct store_chunk *c = st->chunks_last;

    if (c != NULL && c->file == f)
        return c;
    c = calloc(1, sizeof(*c));
    if (c == NULL)
        return NULL;
    c->file = f;
    c->at = f->used;
    bytes_init(&c->data);
    if (st->chunks_last != NULL)
        st->chunks_last->next = c;
    else
        st->chunks = c;
    st->chunks_last = c;
    return c;
}

bool store_append(struct store *st, const struct kept_record *r, size_t keep,
                  struct store_file **file, size_t *at)
{
    size_t size = kept_record_size(r);

    if (st->cur == NULL || store_left(st->cur) < size + keep) {
        if (st->spare == NULL || store_left(st->spare) < size + keep)
            return false;
        (void)store_switch(st);
    }
    struct store_file *f = st->cur;
    struct store_chunk *c = store_chunk(st, f);
    if (c == NULL || kept_pack(&c->data, r, f->salt, f->used) != 0)
        return false;
    *file = f;
    *at = f->used;
    f->used += size;
    f->written = f->last_batch = st->batch;
    st->gathered += size;
    loop_task_queue(&st->flush);
    return true;
}

/* ---- messages ---- */

struct store_entry *store_entry_new(struct store *st, uint32_t box, uint64_t id)
{
    struct store_entry *e = calloc(1, sizeof(*e));

    if (e == NULL)
        return NULL;
    e->key = (struct store_key){id, box};
    if (box != STORE_NO_BOX) {
        HASH_ADD(hh, st->entries, key, sizeof(e->key), e);
        e->known = true;
    }
    return e;
}

void store_unplace(struct store *st, struct store_entry *e)
{
    struct store_file *f = e->file;

    if (f == NULL)
        return;
    if (e->prev != NULL)
        e->prev->next = e->next;
    else
        f->entries = e->next;
    if (e->next != NULL)
        e->next->prev = e->prev;
    e->prev = e->next = NULL;
    e->file = NULL;
    f->last_batch = st->batch;
    st->live_bytes -= e->size;
}

void store_place(struct store *st, struct store_entry *e, struct store_file *f, size_t at,
                 size_t size)
{
    store_unplace(st, e);
    e->file = f;
    e->at = (uint32_t)at;
    e->size = (uint32_t)size;
    e->next = f->entries;
    if (e->next != NULL)
        e->next->prev = e;
    f->entries = e;
    st->live_bytes += size;
}

void store_entry_free(struct store *st, struct store_entry *e)
{
    store_unplace(st, e);
    if (e->known)
        HASH_DEL(st->entries, e);
    if (e->dead)
        st->dead--;
    else
        st->live--;
    free(e);
}

/* ---- what is over ---- */

enum { STORE_DONE_MAX = 1024 }; /* in a record */

uint64_t store_behind(const struct store *st)
{
    return st->chunks != NULL ? st->batch : st->batch - 1;
}

static uint64_t store_holds(const struct store *st, const struct store_entry *e, uint64_t upto)
{
    return e->key.box == STORE_NO_BOX || e->dead
               ? 0
               : st->host.holds(st->host.arg, (uint32_t)e->key.box, upto);
}

/* No output is waited for: it is to be in no batch that has what it was held for. */
static void store_release(const struct store *st, struct store_entry *e)
{
    e->held = false;
    e->after = store_behind(st);
    e->other = st->host.mark(st->host.arg);
}

void store_hold(const struct store *st, struct store_entry *e)
{
    e->after = store_holds(st, e, UINT64_MAX);
    e->held = e->after != 0;
    if (!e->held)
        store_release(st, e);
}

/* Whether e may be written to be over now. */
static bool store_may_end(const struct store *st, struct store_entry *e)
{
    if (e->held && store_holds(st, e, e->after) == 0)
        store_release(st, e);
    return !e->held && e->after <= st->synced && e->other <= st->host.reached(st->host.arg);
}

static bool store_write_over(struct store *st, struct store_entry **over, size_t n)
{
    unsigned char numbers[STORE_DONE_MAX * sizeof(uint64_t)], *p = numbers;
    struct store_file *f = NULL;
    size_t at = 0;

    for (size_t i = 0; i < n; i++)
        p = bits_put(p, over[i]->number, 8);
    struct kept_record r = {.kind = KEPT_DONE, .body = span_of(numbers, (size_t)(p - numbers))};
    return store_append(st, &r, 0, &f, &at);
}

/* Those that could not be written stay in the list, which has *kept so far. */
static bool store_settle(struct store *st, struct store_entry **over, size_t n, size_t *kept)
{
    bool written = n == 0 || store_write_over(st, over, n);

    for (size_t i = 0; i < n; i++) {
        if (written)
            store_entry_free(st, over[i]);
        else
            st->gone[(*kept)++] = over[i];
    }
    return written;
}

void store_write_done(struct store *st)
{
    struct store_entry *over[STORE_DONE_MAX];
    size_t n = 0, kept = 0;
    bool room = true;

    /* Where space is scarce many are told of at a time, for each record has a head. */
    if (st->full != 0 && st->n_gone < (st->live + st->dead) / 64)
        return;
    for (size_t i = 0; i < st->n_gone; i++) {
        struct store_entry *e = st->gone[i];
        if (!e->gone) {
            e->listed = false;
        } else if (room && store_may_end(st, e)) {
            over[n++] = e;
            if (n < STORE_DONE_MAX)
                continue;
            room = store_settle(st, over, n, &kept);
            n = 0;
        } else {
            st->gone[kept++] = e;
        }
    }
    (void)store_settle(st, over, n, &kept);
    st->n_gone = kept;
}
