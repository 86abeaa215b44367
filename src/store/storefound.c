/* What the last supervisor left in the log. */
#include "model/bits.h"
#include "store/storeparts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A message that was found, while all files are in memory. */
struct found {
    uint64_t number;
    struct kept_record r;
    struct store_file *file;
    size_t at, size;
    uint64_t group; /* not yet told to be accepted together with others; 0: it is accepted */
    UT_hash_handle hh;
};

struct founds {
    struct store *st;
    struct found *all;
    unsigned char **files; /* their bytes */
    size_t n_files;
    struct store_file *file; /* that is read */
    const unsigned char *data;
    uint64_t group, open; /* groups begun; the one that is open, 0: none */
    bool failed;          /* no memory */
    bool clean;           /* the last record was KEPT_END */
};

static struct found *found_by(struct founds *f, uint64_t number)
{
    struct found *one = NULL;

    HASH_FIND(hh, f->all, &number, sizeof(number), one);
    return one;
}

static void found_free(struct founds *f, struct found *one)
{
    HASH_DEL(f->all, one);
    free(one);
}

static void found_number(struct founds *f, uint64_t number)
{
    if (number >= f->st->next_number)
        f->st->next_number = number + 1;
}

/* ---- records ---- */

static void found_message(struct founds *f, const struct kept_record *r, size_t at, size_t size)
{
    struct found *one = found_by(f, r->number);

    found_number(f, r->number);
    found_number(f, r->order);
    if (one == NULL) {
        one = calloc(1, sizeof(*one));
        if (one == NULL) {
            f->failed = true;
            return;
        }
        one->number = r->number;
        HASH_ADD(hh, f->all, number, sizeof(one->number), one);
    }
    if ((r->flags & KEPT_MORE) && f->open == 0)
        f->open = ++f->group;
    one->group = r->flags & KEPT_MORE ? f->open : 0;
    one->r = *r;
    one->file = f->file;
    one->at = at;
    one->size = size;
}

static void found_done(struct founds *f, const struct kept_record *r)
{
    const unsigned char *p = r->body.data;

    for (size_t i = 0; i + 8 <= r->body.len; i += 8) {
        uint64_t number = bits_get(p + i, 8);
        struct found *one = found_by(f, number);
        found_number(f, number);
        if (one != NULL)
            found_free(f, one);
    }
}

static void found_state(struct founds *f, const struct kept_record *r)
{
    struct found *one = found_by(f, r->number);

    found_number(f, r->order);
    if (one == NULL)
        return;
    one->r.order = r->order;
    one->r.attempt = r->attempt;
    one->r.blame = r->blame;
    one->r.flags = r->flags;
    one->r.extra = span_of(NULL, 0);
}

static void found_record(void *arg, const struct kept_record *r, size_t at, size_t size)
{
    struct founds *f = arg;

    f->clean = r->kind == KEPT_END;
    /* A group that was not closed, though others come behind it, was: what is missing is damaged.
     */
    if (r->kind != KEPT_MESSAGE || !(r->flags & KEPT_MORE))
        f->open = 0;
    if (r->kind == KEPT_MESSAGE)
        found_message(f, r, at, size);
    else if (r->kind == KEPT_DONE)
        found_done(f, r);
    else if (r->kind == KEPT_STATE)
        found_state(f, r);
}

/* ---- damage ---- */

static void found_tell(const struct founds *f, size_t at, size_t len, const char *what)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "file=%016" PRIx64 ".mail at=%zu bytes=%zu %s",
                   f->file->serial, at, len, what);
    f->st->host.tell(f->st->host.arg, "mail.damaged", text);
}

/* So that it is not found again: a record that says nothing, or zeros at the end. */
static int found_cover(const struct founds *f, const struct kept_damage *d)
{
    struct bytes over;
    struct kept_record r = {.kind = KEPT_VOID};
    int fd = storefiles_open(f->st->folder, f->file->serial, true), rc = fd;
    void *zeros = calloc(1, d->len);

    bytes_init(&over);
    if (zeros == NULL)
        rc = -ENOMEM;
    if (d->len >= KEPT_FIXED)
        r.body = span_of(zeros, d->len - KEPT_FIXED);
    if (rc >= 0)
        rc = d->len < KEPT_FIXED ? bytes_append(&over, zeros, d->len)
                                 : kept_pack(&over, &r, f->file->salt, d->at);
    if (rc == 0)
        rc = storefiles_write(fd, bytes_at(&over), bytes_len(&over), d->at);
    if (fd >= 0)
        (void)close(fd);
    free(zeros);
    bytes_release(&over);
    return rc;
}

static void found_damage(void *arg, const struct kept_damage *d)
{
    struct founds *f = arg;
    char name[64], what[128];
    int rc = storefiles_aside(f->st->folder, f->file->serial, d->at, f->data + d->at, d->len, name,
                              sizeof(name));

    f->clean = false;
    if (rc == 0)
        rc = found_cover(f, d);
    if (rc == 0)
        (void)snprintf(what, sizeof(what), "aside=%s", name);
    else
        (void)snprintf(what, sizeof(what), "reason=\"it stays where it is: %s\"", strerror(-rc));
    found_tell(f, d->at, d->len, what);
}

/* A file that is shorter than it was made, which is longer again afterwards. */
static void found_cut(struct founds *f, int fd, size_t size, size_t was)
{
    f->clean = false;
    found_tell(f, size, was - size, "reason=\"the file was cut\"");
    (void)ftruncate(fd, (off_t)was);
    (void)fsync(fd);
}

static void found_no_head(struct founds *f, uint64_t serial, size_t size)
{
    struct store_file none = {.serial = serial};

    f->clean = false;
    f->file = &none;
    found_tell(f, 0, size, "reason=\"it is not a file of kept mail, and stays where it is\"");
    f->file = NULL;
}

/* ---- files ---- */

static int found_scan(struct founds *f, int fd, uint64_t serial, size_t size)
{
    const struct kept_scan scan = {found_record, found_damage, f};
    struct kept_head h;
    bool both = false;

    if (!kept_head_unpack(f->data, size, &h, &both) || h.serial != serial) {
        found_no_head(f, serial, size);
        return 0;
    }
    f->file = store_file_new(f->st, serial, h.salt, h.size);
    if (f->file == NULL)
        return ERR_NOMEM;
    if (!both) {
        unsigned char head[KEPT_HEAD];
        found_tell(f, 0, KEPT_HEAD, "reason=\"one of two heads\"");
        kept_head_pack(head, &h);
        (void)storefiles_write(fd, head, sizeof(head), 0);
    }
    f->file->used = kept_scan(f->data, size, h.salt, &scan);
    if (size < h.size) {
        found_cut(f, fd, size, h.size);
        f->file->used = h.size; /* what is behind it was not taken from the file system */
    }
    return f->failed ? ERR_NOMEM : 0;
}

static int found_file(struct founds *f, uint64_t serial, struct err *e)
{
    int fd = storefiles_open(f->st->folder, serial, true);
    long size = fd < 0 ? fd : storefiles_size(fd);
    unsigned char *data = size < 0 ? NULL : malloc((size_t)size + 1);
    int rc = 0;

    if (data != NULL) {
        f->files[f->n_files++] = data;
        f->data = data;
        size = storefiles_read(fd, data, (size_t)size);
        if (size >= 0)
            rc = found_scan(f, fd, serial, (size_t)size);
    } else if (size >= 0) {
        rc = ERR_NOMEM;
    }
    if (fd >= 0)
        (void)close(fd);
    if (size < 0)
        return err_set(e, ERR_SYSTEM, "cannot read kept mail (%016" PRIx64 ".mail): %s", serial,
                       strerror((int)-size));
    return rc == 0 ? 0 : err_set(e, rc, "no memory for the mail that was kept");
}

static void found_gap(struct founds *f, uint64_t from, uint64_t to)
{
    char text[128];

    (void)snprintf(text, sizeof(text),
                   "file=%016" PRIx64 ".mail files=%" PRIu64 " reason=\"missing\"", from,
                   to - from);
    f->st->host.tell(f->st->host.arg, "mail.damaged", text);
}

/* ---- what is left ---- */

static int found_order(const struct found *a, const struct found *b)
{
    return a->r.order < b->r.order ? -1 : a->r.order > b->r.order;
}

/* It is told in the log that it is over, lest it be found again. */
static void found_refuse(struct founds *f, const struct found *one)
{
    struct store *st = f->st;
    struct store_entry *e = store_entry_new(st, STORE_NO_BOX, one->r.id);

    if (e == NULL)
        return;
    e->number = one->number;
    st->live++;
    store_place(st, e, one->file, one->at, one->size);
    store_forget(st, e);
}

/* Copies of which some did not get to the disk before the end, so that none was accepted. */
static void found_drop_open(struct founds *f)
{
    struct found *one = NULL, *next = NULL;
    unsigned n = 0;
    char text[64];

    if (f->open == 0)
        return;
    HASH_ITER (hh, f->all, one, next) {
        if (one->group != f->open)
            continue;
        found_refuse(f, one);
        found_free(f, one);
        n++;
    }
    (void)snprintf(text, sizeof(text), "messages=%u reason=\"never accepted\"", n);
    f->st->host.tell(f->st->host.arg, "mail.incomplete", text);
}

static int found_give(struct founds *f, struct found *one)
{
    struct store *st = f->st;
    struct store_entry *e = calloc(1, sizeof(*e));

    if (e == NULL)
        return ERR_NOMEM;
    e->number = one->number;
    e->order = one->r.order;
    e->dead = (one->r.flags & KEPT_DEAD) != 0;
    e->solo = (one->r.flags & KEPT_SOLO) != 0;
    if (!f->clean && !e->dead && one->r.attempt < UINT8_MAX)
        one->r.attempt++; /* it may have been in hand */
    e->attempt = one->r.attempt;
    e->blame = one->r.blame;
    if (e->dead)
        st->dead++;
    else
        st->live++;
    store_place(st, e, one->file, one->at, one->size);
    e->key = (struct store_key){one->r.id, st->host.found(st->host.arg, e, &one->r)};
    if (e->key.box != STORE_NO_BOX) {
        HASH_ADD(hh, st->entries, key, sizeof(e->key), e);
        e->known = true;
    }
    return 0;
}

static void found_release(struct founds *f)
{
    struct found *one = NULL, *next = NULL;

    HASH_ITER (hh, f->all, one, next)
        found_free(f, one);
    for (size_t i = 0; i < f->n_files; i++)
        free(f->files[i]);
    free(f->files);
}

/* The log goes on in the last file, which has room for what is told to be over even where the file
 * system has none. */
static void found_go_on(struct store *st)
{
    struct store_file *f = st->last;

    if (f == NULL || f->serial + 1 != st->next_serial || store_left(f) < STORE_DONE_SLACK)
        return;
    int fd = storefiles_open(st->folder, f->serial, true);
    if (fd < 0)
        return;
    f->fd = fd;
    st->cur = f;
}

int store_find_all(struct store *st, struct err *e)
{
    struct founds f = {.st = st, .clean = true};
    uint64_t *serials = NULL;
    size_t n = 0;
    int rc = storefiles_list(st->folder, &serials, &n, e);

    f.files = calloc(n + 1, sizeof(*f.files));
    if (rc == 0 && f.files == NULL)
        rc = err_set(e, ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (i > 0 && serials[i] != serials[i - 1] + 1)
            found_gap(&f, serials[i - 1] + 1, serials[i]);
        rc = found_file(&f, serials[i], e);
        st->next_serial = serials[i] + 1;
    }
    if (rc == 0) {
        HASH_SORT(f.all, found_order);
        rc = store_list_room(st, HASH_COUNT(f.all));
        if (rc == 0) {
            found_go_on(st);
            found_drop_open(&f);
        }
        for (struct found *one = f.all; one != NULL && rc == 0; one = one->hh.next)
            rc = found_give(&f, one);
        if (rc != 0)
            (void)err_set(e, rc, "no memory for the mail that was kept");
    }
    free(serials);
    found_release(&f);
    return rc;
}
