/* The store from its opening to its end. */
#include "store/storeparts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static void store_free(struct store *st)
{
    struct store_chunk *lists[2] = {st->chunks, st->writing.chunks};

    loop_task_cancel(&st->flush);
    loop_timer_stop(&st->retry);
    for (int i = 0; i < 2; i++) {
        while (lists[i] != NULL) {
            struct store_chunk *c = lists[i];
            lists[i] = c->next;
            bytes_release(&c->data);
            free(c);
        }
    }
    HASH_CLEAR(hh, st->entries);
    while (st->first != NULL) {
        struct store_file *f = st->first;
        while (f->entries != NULL) {
            struct store_entry *e = f->entries;
            f->entries = e->next;
            free(e);
        }
        store_file_free(st, f);
    }
    free(st->gone);
    (void)close(st->folder);
    free(st);
}

/* The first file to write to, at once, so that what cannot be is told before anything starts. */
static void store_first_file(struct store *st)
{
    struct kept_record r = {.kind = KEPT_CLOSE};
    struct store_file *f = NULL;
    size_t at = 0;

    if (st->cur == NULL || store_left(st->cur) < st->cur->size / 2)
        store_make_now(st);
    if (st->live + st->dead == 0)
        return;
    store_write_done(st);
    /* From here on the last end was not this one's. */
    (void)store_append(st, &r, 0, &f, &at);
    store_write_all(st);
}

static struct store *store_new(struct loop *l, int folder, const struct store_host *host)
{
    struct store *st = calloc(1, sizeof(*st));

    if (st == NULL)
        return NULL;
    st->loop = l;
    st->host = *host;
    st->folder = folder;
    st->next_number = st->next_serial = 1;
    st->batch = 1;
    loop_task_init(&st->flush, l, store_flush, st);
    loop_timer_init(&st->retry, l, store_retry, st);
    return st;
}

bool store_exists(const char *dir)
{
    struct err e;
    int folder = storefiles_folder(dir, false, &e);

    if (folder >= 0)
        (void)close(folder);
    return folder >= 0;
}

int store_open(struct loop *l, const char *dir, bool create, const struct store_host *host,
               struct store **out, struct err *e)
{
    int folder = storefiles_folder(dir, create, e);

    *out = NULL;
    if (folder == -1)
        return 0;
    if (folder < 0)
        return folder;
    struct store *st = store_new(l, folder, host);
    if (st == NULL) {
        (void)close(folder);
        return err_set(e, ERR_NOMEM, "out of memory");
    }
    int rc = work_ready(l, e);
    if (rc == 0)
        rc = store_find_all(st, e);
    if (rc != 0 || (!create && st->first == NULL)) {
        store_free(st);
        return rc;
    }
    store_first_file(st);
    *out = st;
    return 0;
}

static void store_join(struct store *st)
{
    if (st->making.work != NULL) {
        work_join(st->making.work);
        store_made(st);
    }
    if (st->removing.work != NULL) {
        work_join(st->removing.work);
        if (st->removing.result == 0)
            store_file_free(st, st->first);
        st->removing.work = NULL;
    }
    work_join(st->reading.work);
    st->reading.work = NULL;
    free(st->reading.data);
    st->reading.data = NULL;
}

int store_sync(struct store *st)
{
    store_write_all(st);
    /* What was handled goes behind that of which it must not come to be alone. */
    store_write_done(st);
    store_write_all(st);
    return st->failing || st->chunks != NULL || st->writing.chunks != NULL ? ERR_SYSTEM : 0;
}

/* Files in which nothing is left; none is, when nothing is left at all. */
static void store_tidy(struct store *st)
{
    bool empty = st->live + st->dead == 0;

    while (st->first != NULL && st->first->entries == NULL &&
           (empty || (st->first != st->cur && st->first != st->spare)) &&
           storefiles_remove(st->folder, st->first->serial) == 0)
        store_file_free(st, st->first);
    if (st->spare != NULL && storefiles_remove(st->folder, st->spare->serial) == 0)
        store_file_free(st, st->spare);
}

int store_close(struct store *st)
{
    struct kept_record r = {.kind = KEPT_END};
    struct store_file *f = NULL;
    size_t at = 0;

    store_join(st);
    int rc = store_sync(st);
    if (rc == 0 && store_append(st, &r, 0, &f, &at))
        store_write_all(st);
    if (rc == 0)
        store_tidy(st);
    store_free(st);
    return rc;
}
