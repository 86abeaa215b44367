/* What waits for the disk: batches that are synced, files that are made, removed, and read again.
 * One job of each kind at a time, each in a thread of its own choice. */
#include "store/storeparts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static void store_tell(struct store *st, const char *event, const char *what, int failed)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "reason=\"%s: %s\"", what, strerror(failed));
    st->host.tell(st->host.arg, event, text);
}

static void store_room_again(struct store *st)
{
    if (!st->asked)
        return;
    st->asked = false;
    st->host.room(st->host.arg);
}

/* ---- batches ---- */

static void store_writing_run(void *arg)
{
    struct store_writing *w = arg;

    w->result = 0;
    for (struct store_chunk *c = w->chunks; c != NULL && w->result == 0; c = c->next)
        w->result = storefiles_write(c->file->fd, bytes_at(&c->data), bytes_len(&c->data), c->at);
}

static void store_chunks_free(struct store_chunk *c)
{
    while (c != NULL) {
        struct store_chunk *next = c->next;
        bytes_release(&c->data);
        free(c);
        c = next;
    }
}

/* Those that nothing is written to any more need no descriptor. */
static void store_close_idle(struct store *st)
{
    for (struct store_file *f = st->first; f != NULL; f = f->next) {
        if (f->fd < 0 || f == st->cur || f == st->spare || f->written > st->synced)
            continue;
        (void)close(f->fd);
        f->fd = -1;
    }
}

static void store_written(struct store *st)
{
    struct store_writing *w = &st->writing;

    w->work = NULL;
    if (w->result != 0) {
        if (!st->failing)
            store_tell(st, "mail.disk_failed", "kept mail cannot be written", -w->result);
        st->failing = true;
        (void)loop_timer_start(&st->retry, STORE_RETRY_MS);
        return;
    }
    for (const struct store_chunk *c = w->chunks; c != NULL; c = c->next)
        st->gathered -= bytes_len(&c->data);
    store_chunks_free(w->chunks);
    w->chunks = NULL;
    st->synced = w->batch;
    if (st->failing)
        st->host.tell(st->host.arg, "mail.disk_works", "");
    st->failing = false;
    store_close_idle(st);
}

static void store_writing_over(void *arg)
{
    struct store *st = (struct store *)(void *)((char *)arg - offsetof(struct store, writing));

    store_written(st);
    st->host.synced(st->host.arg);
    store_room_again(st);
    loop_task_queue(&st->flush);
}

/* The batch that has gathered is to be written next. */
static void store_seal(struct store *st)
{
    struct store_writing *w = &st->writing;

    w->chunks = st->chunks;
    w->batch = st->batch++;
    st->chunks = st->chunks_last = NULL;
}

static void store_work_write(struct store *st)
{
    struct store_writing *w = &st->writing;

    if (w->work != NULL || st->failing)
        return;
    if (w->chunks == NULL && st->chunks != NULL)
        store_seal(st);
    if (w->chunks == NULL)
        return;
    w->work = work_start(st->loop, store_writing_run, store_writing_over, w);
    if (w->work == NULL && !loop_timer_armed(&st->retry))
        (void)loop_timer_start(&st->retry, STORE_RETRY_MS);
}

/* ---- files that are made ---- */

static void store_making_run(void *arg)
{
    struct store_making *m = arg;

    m->result = storefiles_make(m->folder, &m->head);
}

void store_made(struct store *st)
{
    struct store_making *m = &st->making;
    struct store_file *f = NULL;
    int failed = m->result < 0 ? -m->result : 0;

    m->work = NULL;
    if (failed == 0) {
        f = store_file_new(st, m->head.serial, m->head.salt, m->head.size);
        failed = f == NULL ? ENOMEM : 0;
        if (f == NULL)
            (void)close(m->result);
    }
    if (failed != 0) {
        if (st->full == 0)
            store_tell(st, "mail.disk_full", "there is no room for kept mail", failed);
        st->full = failed;
        st->full_since = loop_now(st->loop);
        return;
    }
    if (st->full != 0)
        st->host.tell(st->host.arg, "mail.disk_room", "");
    st->full = 0;
    st->wanted = 0;
    st->next_serial++;
    f->fd = m->result;
    st->spare = f;
    if (st->cur == NULL)
        (void)store_switch(st);
}

static void store_making_over(void *arg)
{
    struct store *st = (struct store *)(void *)((char *)arg - offsetof(struct store, making));

    store_made(st);
    store_room_again(st);
    loop_task_queue(&st->flush);
}

static bool store_needs_file(const struct store *st)
{
    if (st->spare != NULL || st->making.work != NULL)
        return false;
    if (st->full != 0 && loop_now(st->loop) - st->full_since < STORE_RETRY_MS)
        return false;
    return st->cur == NULL || st->wanted > 0 || store_left(st->cur) < st->cur->size / 2 ||
           store_left(st->cur) < store_reserve(st) + STORE_SLACK;
}

static bool store_head(struct store *st)
{
    struct kept_head *h = &st->making.head;
    size_t need = st->wanted + KEPT_HEAD, least = 2 * store_reserve(st) + STORE_SLACK;

    need = need < least ? least : need;
    need = need < STORE_FILE ? STORE_FILE : (need + 4095) & ~(size_t)4095;
    h->size = (uint32_t)need;
    h->serial = st->next_serial;
    return getrandom(&h->salt, sizeof(h->salt), 0) == (ssize_t)sizeof(h->salt);
}

static void store_work_make(struct store *st)
{
    if (!store_needs_file(st) || !store_head(st))
        return;
    st->making.folder = st->folder;
    st->making.work = work_start(st->loop, store_making_run, store_making_over, &st->making);
}

void store_make_now(struct store *st)
{
    if (!store_head(st))
        return;
    st->making.folder = st->folder;
    store_making_run(&st->making);
    store_made(st);
}

/* ---- files that go ---- */

static bool store_is_over(const struct store *st, const struct store_file *f)
{
    return f != NULL && f->entries == NULL && f != st->cur && f != st->spare &&
           f->last_batch <= st->synced && f->fd < 0;
}

static void store_removing_run(void *arg)
{
    struct store_removing *r = arg;

    r->result = storefiles_remove(r->folder, r->serial);
}

static void store_removing_over(void *arg)
{
    struct store *st = (struct store *)(void *)((char *)arg - offsetof(struct store, removing));

    st->removing.work = NULL;
    if (st->removing.result == 0)
        store_file_free(st, st->first);
    else
        store_tell(st, "mail.disk_failed", "a file of kept mail cannot be removed",
                   -st->removing.result);
    if (st->removing.result == 0)
        loop_task_queue(&st->flush);
}

/* The oldest alone: what stands in it says of none in an older file that it is over. */
static void store_work_remove(struct store *st)
{
    struct store_removing *r = &st->removing;

    if (r->work != NULL || st->reading.work != NULL || !store_is_over(st, st->first))
        return;
    r->folder = st->folder;
    r->serial = st->first->serial;
    r->work = work_start(st->loop, store_removing_run, store_removing_over, r);
}

/* ---- what is left in an old file is written anew ---- */

static void store_reading_run(void *arg)
{
    struct store_reading *r = arg;
    int fd = storefiles_open(r->folder, r->file->serial, false);

    r->result = fd < 0 ? fd : storefiles_read(fd, r->data, r->file->size);
    if (fd >= 0)
        (void)close(fd);
}

/* False: there is no room for it now. */
static bool store_move(struct store *st, struct store_entry *e, const unsigned char *data,
                       size_t size)
{
    struct store_file *f = NULL;
    struct kept_record r;
    size_t at = 0;

    if (kept_unpack(data, size, e->file->salt, e->at, &r) == 0) {
        e->file->broken = true;
        return false;
    }
    r.flags = (uint8_t)((r.flags & KEPT_DEAD) | (e->solo ? KEPT_SOLO : 0));
    if (!e->dead) {
        r.flags &= (uint8_t)~KEPT_DEAD;
        r.extra = span_of(NULL, 0);
    }
    r.order = e->order;
    r.attempt = e->attempt;
    r.blame = e->blame;
    if (!store_append(st, &r, store_reserve(st) + STORE_SLACK, &f, &at))
        return false;
    store_place(st, e, f, at, kept_record_size(&r));
    return true;
}

static void store_reading_over(void *arg)
{
    struct store *st = (struct store *)(void *)((char *)arg - offsetof(struct store, reading));
    struct store_reading *r = &st->reading;
    struct store_file *f = r->file;
    char text[128];

    r->work = NULL;
    f->broken = r->result < 0;
    while (!f->broken && f->entries != NULL &&
           store_move(st, f->entries, r->data, (size_t)r->result))
        ;
    if (!f->broken && f->entries != NULL && st->wanted < STORE_FILE / 2)
        st->wanted = STORE_FILE / 2; /* the rest finds room in the next file */
    if (f->broken) {
        (void)snprintf(text, sizeof(text), "file=%016" PRIx64 ".mail reason=\"%s\"", f->serial,
                       r->result < 0 ? strerror((int)-r->result) : "a checksum is wrong");
        st->host.tell(st->host.arg, "mail.damaged", text);
    }
    free(r->data);
    r->data = NULL;
    loop_task_queue(&st->flush);
}

static void store_work_read(struct store *st)
{
    struct store_reading *r = &st->reading;
    struct store_file *f = st->first;

    if (r->work != NULL || st->removing.work != NULL || f == NULL || f->entries == NULL ||
        f == st->cur || f == st->spare || f->broken || f->last_batch > st->synced ||
        st->making.work != NULL || st->full != 0 || st->failing ||
        st->disk <= 2 * st->live_bytes + 4 * STORE_FILE)
        return;
    r->data = malloc(f->size);
    r->file = f;
    r->folder = st->folder;
    if (r->data != NULL)
        r->work = work_start(st->loop, store_reading_run, store_reading_over, r);
    if (r->work == NULL) {
        free(r->data);
        r->data = NULL;
    }
}

/* ---- all of it ---- */

void store_work(struct store *st)
{
    store_work_write(st);
    store_work_make(st);
    store_work_remove(st);
    store_work_read(st);
}

void store_flush(void *store)
{
    struct store *st = store;

    store_write_done(st);
    store_work(st);
}

void store_retry(void *store)
{
    struct store *st = store;

    if (st->failing) {
        st->failing = false;
        store_work_write(st);
        st->failing = true;
    }
    store_work(st);
}

void store_write_all(struct store *st)
{
    struct store_writing *w = &st->writing;

    if (w->work != NULL) {
        work_join(w->work);
        store_written(st);
    }
    if (w->chunks == NULL && st->chunks != NULL)
        store_seal(st);
    if (w->chunks != NULL) {
        store_writing_run(w);
        store_written(st);
    }
}
