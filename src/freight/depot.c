#include "freight/depot.h"

#include "freight/depotdir.h"
#include "freight/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPOT_STEP = 4 * 1024 * 1024, DEPOT_CHUNK = 64 * 1024 };
enum depot_phase { PHASE_NONE, PHASE_LOOK, PHASE_COME, PHASE_MAKE };

struct depot {
    char *dir;
    struct manifest m;
    char name[DIGEST_TEXT]; /* of the tree */
    struct bytes text;
    enum depot_phase phase;
    bool *missing;   /* in the tree, by file */
    size_t *needs;   /* files whose content is nowhere */
    size_t n_needs;  /* of those */
    size_t at;       /* of the files, or of the needs */
    int in, out;     /* what is read, and what is written; -1: none */
    char path[4096]; /* of out, until it is whole */
    SHA2_CTX ctx;
};

struct depot *depot_new(const char *dir)
{
    struct depot *d = calloc(1, sizeof(*d));

    if (d == NULL || (d->dir = strdup(dir)) == NULL) {
        free(d);
        return NULL;
    }
    d->in = d->out = -1;
    bytes_init(&d->text);
    return d;
}

static void depot_close(struct depot *d)
{
    if (d->in >= 0)
        (void)close(d->in);
    if (d->out >= 0) {
        (void)close(d->out);
        (void)unlink(d->path);
    }
    d->in = d->out = -1;
}

static void depot_give_up(struct depot *d)
{
    depot_close(d);
    manifest_release(&d->m);
    free(d->missing);
    free(d->needs);
    d->missing = NULL;
    d->needs = NULL;
    d->n_needs = d->at = 0;
    d->phase = PHASE_NONE;
}

void depot_free(struct depot *d)
{
    if (d == NULL)
        return;
    depot_give_up(d);
    bytes_release(&d->text);
    free(d->dir);
    free(d);
}

/* --- paths --- */

void depot_path(const struct depot *d, const char *name, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/trees/%s", d->dir, name);
}

void depot_open(const struct depot *d, const char *name)
{
    char path[4096];

    depot_path(d, name, path, sizeof(path));
    (void)chmod(path, DEPOTDIR_IN_TREE);
}

static void depot_in_store(const struct depot *d, const char *hash, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/store/%s", d->dir, hash);
}

static void depot_in_tree(const struct depot *d, const char *file, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/trees/%s/%s", d->dir, d->name, file);
}

/* Opens what is written next; until it is whole it has another name. */
static int depot_create(struct depot *d, const char *path, mode_t mode, struct err *e)
{
    int n = snprintf(d->path, sizeof(d->path), "%s.%ld~", path, (long)getpid());

    if (n < 0 || (size_t)n >= sizeof(d->path))
        return err_set(e, ERR_TOO_LARGE, "%s: the path is too long", path);
    if (depotdir_lead(d->path, DEPOTDIR_IN_TREE, e) != 0)
        return e->code;
    (void)unlink(d->path);
    d->out = open(d->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (d->out < 0 || fchmod(d->out, mode) != 0)
        return err_errno(e, "cannot write %s", d->path);
    SHA256Init(&d->ctx);
    return 0;
}

static int depot_write(struct depot *d, const unsigned char *data, size_t len, struct err *e)
{
    SHA256Update(&d->ctx, data, len);
    while (len > 0) {
        ssize_t n = write(d->out, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "cannot write %s", d->path);
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* It is whole: it gets its name, if it is what it should be. */
static int depot_close_whole(struct depot *d, const char *hash, const char *path, struct err *e)
{
    char got[DIGEST_TEXT];
    int rc = close(d->out) != 0 ? err_errno(e, "cannot write %s", d->path) : 0;

    d->out = -1;
    (void)SHA256End(&d->ctx, got);
    if (rc == 0 && strcmp(got, hash) != 0)
        rc = err_set(e, ERR_INVALID, "it was changed while it was sent");
    if (rc == 0 && rename(d->path, path) != 0)
        rc = err_errno(e, "cannot rename %s", d->path);
    if (rc != 0)
        (void)unlink(d->path);
    return rc;
}

/* --- what is there? --- */

int depot_begin(struct depot *d, const char *text, size_t len, struct err *e)
{
    char path[4096];

    depot_give_up(d);
    int rc = manifest_read(&d->m, text, len, e);
    if (rc != 0)
        return rc;
    bytes_truncate(&d->text, 0);
    d->missing = calloc(d->m.n + 1, sizeof(*d->missing));
    d->needs = calloc(d->m.n + 1, sizeof(*d->needs));
    if (d->missing == NULL || d->needs == NULL || bytes_append(&d->text, text, len) != 0) {
        depot_give_up(d);
        return err_set(e, ERR_NOMEM, "out of memory");
    }
    manifest_name(text, len, d->name);
    d->phase = PHASE_LOOK;
    depot_in_tree(d, "", path, sizeof(path));
    depot_path(d, "", path, sizeof(path));
    if ((rc = depotdir_lead(path, DEPOTDIR_ABOVE, e)) != 0)
        return rc;
    depot_in_tree(d, "", path, sizeof(path));
    if ((rc = depotdir_lead(path, DEPOTDIR_OWN, e)) != 0)
        return rc;
    depot_in_store(d, "", path, sizeof(path));
    return depotdir_lead(path, DEPOTDIR_OWN, e);
}

/* A chunk of what is read. 1: more; 0: that was all; ERR_*. */
static int depot_read(struct depot *d, bool copy, struct err *e)
{
    unsigned char buf[DEPOT_CHUNK];
    ssize_t n = read(d->in, buf, sizeof(buf));

    if (n < 0)
        return err_errno(e, "cannot read what was brought");
    if (n == 0) {
        (void)close(d->in);
        d->in = -1;
        return 0;
    }
    if (!copy)
        SHA256Update(&d->ctx, buf, (size_t)n);
    else if (depot_write(d, buf, (size_t)n, e) != 0)
        return e->code;
    return 1;
}

/* Its content is nowhere, unless another file has the same and is asked for. */
static void depot_need(struct depot *d, size_t file)
{
    char path[4096];
    struct stat st;

    d->missing[file] = true;
    depot_in_store(d, d->m.files[file].hash, path, sizeof(path));
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
        (uint64_t)st.st_size == d->m.files[file].size)
        return;
    for (size_t i = 0; i < d->n_needs; i++)
        if (strcmp(d->m.files[d->needs[i]].hash, d->m.files[file].hash) == 0)
            return;
    d->needs[d->n_needs++] = file;
}

static bool depot_is(const struct manifest_file *f, const struct stat *st)
{
    bool kind = f->hash[0] == '\0' ? S_ISDIR(st->st_mode)
                                   : S_ISREG(st->st_mode) && (uint64_t)st->st_size == f->size;

    return kind && (st->st_mode & 07777) == f->mode;
}

/* It is made before what is in it is looked at, as something else may lead there. */
static int depot_look_folder(struct depot *d, struct err *e)
{
    const struct manifest_file *f = &d->m.files[d->at++];
    char path[4096];
    struct stat st;

    depot_in_tree(d, f->path, path, sizeof(path));
    return lstat(path, &st) == 0 && depot_is(f, &st) ? 0 : depotdir_make(path, f->mode, e);
}

static int depot_look(struct depot *d, struct err *e)
{
    const struct manifest_file *f = &d->m.files[d->at];
    char path[4096], got[DIGEST_TEXT];
    struct stat st;

    if (f->hash[0] == '\0')
        return depot_look_folder(d, e);
    if (d->in < 0) {
        depot_in_tree(d, f->path, path, sizeof(path));
        d->in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        SHA256Init(&d->ctx);
        if (d->in < 0 || fstat(d->in, &st) != 0 || !depot_is(f, &st)) {
            depot_close(d);
            depot_need(d, d->at++);
        }
        return 0;
    }
    int rc = depot_read(d, false, e);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    (void)SHA256End(&d->ctx, got);
    if (strcmp(got, f->hash) != 0)
        depot_need(d, d->at);
    d->at++;
    return 0;
}

/* --- it comes --- */

int depot_needs(const struct depot *d, struct bytes *out)
{
    for (size_t i = 0; i < d->n_needs; i++)
        if (bytes_printf(out, "%s\n", d->m.files[d->needs[i]].hash) < 0)
            return ERR_NOMEM;
    return 0;
}

bool depot_waits(const struct depot *d)
{
    return d->phase == PHASE_COME && d->at < d->n_needs;
}

int depot_take(struct depot *d, const void *data, size_t len, bool last, struct err *e)
{
    char path[4096];

    if (!depot_waits(d))
        return 0;
    const struct manifest_file *f = &d->m.files[d->needs[d->at]];
    depot_in_store(d, f->hash, path, sizeof(path));
    int rc = d->out < 0 ? depot_create(d, path, 0600, e) : 0;
    if (rc == 0)
        rc = depot_write(d, data, len, e);
    if (rc == 0 && last) {
        rc = depot_close_whole(d, f->hash, path, e);
        d->at++;
    }
    if (rc == ERR_INVALID)
        rc = err_set(e, rc, "%s: it was changed while it was sent", f->path);
    if (rc != 0)
        depot_give_up(d);
    return rc;
}

/* --- it is made --- */

static int depot_make(struct depot *d, struct err *e)
{
    const struct manifest_file *f = &d->m.files[d->at];
    char from[4096], to[4096];

    if (!d->missing[d->at]) {
        d->at++;
        return 0;
    }
    depot_in_store(d, f->hash, from, sizeof(from));
    depot_in_tree(d, f->path, to, sizeof(to));
    if (d->in < 0) {
        d->in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (d->in < 0)
            return err_errno(e, "cannot read %s", from);
        return depot_create(d, to, f->mode, e);
    }
    int rc = depot_read(d, true, e);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = depot_close_whole(d, f->hash, to, e);
    if (rc == ERR_INVALID)
        (void)unlink(from); /* it is asked for the next time */
    d->at++;
    return rc;
}

/* The list of what is in it, for depot_sweep. */
static int depot_finish(struct depot *d, struct err *e)
{
    char path[4096];
    char hash[DIGEST_TEXT];

    (void)snprintf(path, sizeof(path), "%s/trees/%s.list", d->dir, d->name);
    memcpy(hash, d->name, sizeof(hash));
    int rc = depot_create(d, path, 0600, e);
    if (rc == 0)
        rc = depot_write(d, bytes_at(&d->text), bytes_len(&d->text), e);
    if (rc == 0)
        rc = depot_close_whole(d, hash, path, e);
    depot_give_up(d);
    return rc;
}

static int depot_next_phase(struct depot *d, struct err *e)
{
    if (d->phase == PHASE_MAKE)
        return depot_finish(d, e);
    d->phase = d->phase == PHASE_LOOK && d->n_needs > 0 ? PHASE_COME : PHASE_MAKE;
    d->at = 0;
    return d->phase == PHASE_COME ? DEPOT_NEEDS : DEPOT_MORE;
}

int depot_step(struct depot *d, struct err *e)
{
    int rc = 0;
    size_t end = d->phase == PHASE_COME ? d->n_needs : d->m.n;

    if (d->phase == PHASE_NONE)
        return DEPOT_DONE;
    if (d->phase == PHASE_COME && d->at < end)
        return DEPOT_NEEDS;
    for (size_t n = 0; rc == 0 && d->at < end && n < DEPOT_STEP; n += DEPOT_CHUNK)
        rc = d->phase == PHASE_LOOK ? depot_look(d, e) : depot_make(d, e);
    if (rc == 0)
        rc = d->at < end ? DEPOT_MORE : depot_next_phase(d, e);
    if (rc < 0)
        depot_give_up(d);
    return rc;
}
