#include "freight/gather.h"

#include "freight/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GATHER_STEP = 4 * 1024 * 1024, GATHER_CHUNK = 64 * 1024 };

struct gather_file {
    char *path; /* below dir */
    struct stat st;
    char hash[DIGEST_TEXT]; /* "": not read yet, or a folder */
};

struct gather {
    char *dir;
    char **roots; /* absolute, ends with NULL */
    size_t n_roots;
    struct gather_file *files; /* in the order of their paths */
    size_t n, cap;
    size_t at; /* the one that is read, or is to be read next */
    int fd;    /* of that, -1: not open */
    SHA2_CTX ctx;
    uint64_t got;
    struct bytes text;
    char name[DIGEST_TEXT];
    uint64_t size;
};

struct gather *gather_new(const char *dir, char *const *paths, size_t n)
{
    struct gather *g = calloc(1, sizeof(*g));

    if (g == NULL)
        return NULL;
    g->fd = -1;
    bytes_init(&g->text);
    g->dir = strdup(dir);
    g->roots = calloc(n + 1, sizeof(*g->roots));
    for (size_t i = 0; g->roots != NULL && g->dir != NULL && i < n; i++) {
        const char *below = strcmp(paths[i], ".") == 0 ? "" : paths[i];
        if (asprintf(&g->roots[i], "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, below) < 0) {
            g->roots[i] = NULL;
            break;
        }
        g->n_roots++;
    }
    if (g->n_roots == n && g->dir != NULL && g->roots != NULL)
        return g;
    gather_free(g);
    return NULL;
}

static void gather_drop(struct gather_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(files[i].path);
    free(files);
}

static void gather_close(struct gather *g)
{
    if (g->fd >= 0)
        (void)close(g->fd);
    g->fd = -1;
}

void gather_free(struct gather *g)
{
    if (g == NULL)
        return;
    gather_close(g);
    gather_drop(g->files, g->n);
    for (size_t i = 0; g->roots != NULL && i < g->n_roots; i++)
        free(g->roots[i]);
    free(g->roots);
    free(g->dir);
    bytes_release(&g->text);
    free(g);
}

/* --- what is there --- */

/* "": dir itself. */
static const char *gather_below(const struct gather *g, const char *path)
{
    size_t n = strcmp(g->dir, "/") == 0 ? 0 : strlen(g->dir);

    return path[n] == '\0' ? "" : path + n + 1;
}

static int gather_add(struct gather *g, const FTSENT *f, struct err *e)
{
    const char *path = gather_below(g, f->fts_path), *why = manifest_path_fault(path);

    if (why != NULL)
        return err_set(e, ERR_INVALID, "%s cannot be sent: %s", f->fts_path, why);
    if (g->n == MANIFEST_FILES_MAX)
        return err_set(e, ERR_TOO_LARGE, "more than %d files and folders", MANIFEST_FILES_MAX);
    if (g->n == g->cap) {
        size_t cap = g->cap == 0 ? 16 : 2 * g->cap;
        struct gather_file *more = realloc(g->files, cap * sizeof(*more));
        if (more == NULL)
            return err_set(e, ERR_NOMEM, "out of memory");
        g->files = more;
        g->cap = cap;
    }
    char *copy = strdup(path);
    if (copy == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    g->files[g->n++] = (struct gather_file){.path = copy, .st = *f->fts_statp};
    return 0;
}

static int gather_entry(struct gather *g, const FTSENT *f, struct err *e)
{
    switch (f->fts_info) {
    case FTS_DP:
        return 0;
    case FTS_D:
        return *gather_below(g, f->fts_path) == '\0' ? 0 : gather_add(g, f, e);
    case FTS_F:
        return gather_add(g, f, e);
    case FTS_DC:
        return err_set(e, ERR_INVALID, "%s leads back to a folder that it is in", f->fts_path);
    case FTS_SLNONE:
        return err_set(e, ERR_INVALID, "%s is a link that leads nowhere", f->fts_path);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        errno = f->fts_errno;
        return err_errno(e, "%s", f->fts_path);
    default:
        return err_set(e, ERR_INVALID, "%s is neither a file nor a folder", f->fts_path);
    }
}

static int gather_walk(struct gather *g, struct err *e)
{
    FTS *fts = g->n_roots == 0 ? NULL : fts_open(g->roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    const FTSENT *f = NULL;
    int rc = 0;

    if (fts == NULL)
        return g->n_roots == 0 ? 0 : err_errno(e, "cannot look at the files to be sent");
    errno = 0;
    while (rc == 0 && (f = fts_read(fts)) != NULL)
        rc = gather_entry(g, f, e);
    if (rc == 0 && errno != 0)
        rc = err_errno(e, "cannot look at the files to be sent");
    (void)fts_close(fts);
    return rc;
}

static int gather_order(const void *a, const void *b)
{
    return strcmp(((const struct gather_file *)a)->path, ((const struct gather_file *)b)->path);
}

/* A path that was named twice is one file. */
static void gather_sort(struct gather *g)
{
    size_t n = 0;

    if (g->n > 0)
        qsort(g->files, g->n, sizeof(*g->files), gather_order);
    for (size_t i = 0; i < g->n; i++) {
        if (n > 0 && strcmp(g->files[n - 1].path, g->files[i].path) == 0)
            free(g->files[i].path);
        else
            g->files[n++] = g->files[i];
    }
    g->n = n;
}

static bool gather_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* What was read of a file that is as it was holds still. */
static void gather_keep(struct gather *g, const struct gather_file *old, size_t n)
{
    for (size_t i = 0, k = 0; i < g->n; i++) {
        while (k < n && strcmp(old[k].path, g->files[i].path) < 0)
            k++;
        if (k < n && strcmp(old[k].path, g->files[i].path) == 0 &&
            gather_same(&old[k].st, &g->files[i].st))
            memcpy(g->files[i].hash, old[k].hash, sizeof(old[k].hash));
    }
}

int gather_look(struct gather *g, struct err *e)
{
    struct gather_file *old = g->files;
    size_t n = g->n;

    gather_close(g);
    g->files = NULL;
    g->n = g->cap = g->at = 0;
    int rc = gather_walk(g, e);
    gather_sort(g);
    gather_keep(g, old, n);
    gather_drop(old, n);
    return rc;
}

/* --- its content --- */

static int gather_open(struct gather *g, const struct gather_file *f, struct err *e)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", g->dir, f->path);
    g->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (g->fd < 0)
        return err_errno(e, "%s", path);
    SHA256Init(&g->ctx);
    g->got = 0;
    return 0;
}

/* One chunk more of the file that is open. */
static int gather_chunk(struct gather *g, struct gather_file *f, struct err *e)
{
    unsigned char buf[GATHER_CHUNK];
    ssize_t n = read(g->fd, buf, sizeof(buf));

    if (n < 0)
        return err_errno(e, "%s/%s", g->dir, f->path);
    if (n > 0) {
        SHA256Update(&g->ctx, buf, (size_t)n);
        g->got += (uint64_t)n;
        return 0;
    }
    (void)SHA256End(&g->ctx, f->hash);
    f->st.st_size = (off_t)g->got; /* it may have grown since */
    gather_close(g);
    return 0;
}

static bool gather_is_folder(const struct gather_file *f)
{
    return S_ISDIR(f->st.st_mode);
}

static int gather_finish(struct gather *g, struct err *e)
{
    struct manifest_file *files = calloc(g->n + 1, sizeof(*files));
    int rc = files == NULL ? ERR_NOMEM : 0;

    g->size = 0;
    bytes_truncate(&g->text, 0);
    for (size_t i = 0; rc == 0 && i < g->n; i++) {
        const struct gather_file *f = &g->files[i];
        bool folder = gather_is_folder(f);
        files[i] = (struct manifest_file){.path = f->path,
                                          .size = folder ? 0 : (uint64_t)f->st.st_size,
                                          .mode = manifest_mode(f->st.st_mode, folder)};
        memcpy(files[i].hash, f->hash, sizeof(f->hash));
        g->size += files[i].size;
    }
    if (rc == 0)
        rc = manifest_write(files, g->n, &g->text);
    free(files);
    if (rc != 0)
        return err_set(e, rc, "out of memory");
    if (bytes_len(&g->text) > MANIFEST_TEXT_MAX)
        return err_set(e, ERR_TOO_LARGE, "the list of all files is longer than 8 MiB");
    manifest_name(bytes_at(&g->text), bytes_len(&g->text), g->name);
    return 0;
}

int gather_step(struct gather *g, struct err *e)
{
    int rc = 0;

    for (size_t n = 0; rc == 0 && g->at < g->n && n < GATHER_STEP; n += GATHER_CHUNK) {
        struct gather_file *f = &g->files[g->at];
        bool known = gather_is_folder(f) || f->hash[0] != '\0';
        if (!known)
            rc = g->fd < 0 ? gather_open(g, f, e) : gather_chunk(g, f, e);
        if (rc == 0 && (known || f->hash[0] != '\0'))
            g->at++;
    }
    if (rc != 0)
        gather_close(g);
    return rc != 0 ? rc : g->at < g->n ? 1 : gather_finish(g, e);
}

const struct bytes *gather_text(const struct gather *g)
{
    return &g->text;
}

const char *gather_name(const struct gather *g)
{
    return g->name;
}

uint64_t gather_size(const struct gather *g)
{
    return g->size;
}

const char *gather_find(const struct gather *g, const char *hash, uint64_t *size)
{
    for (size_t i = 0; i < g->n; i++) {
        if (strcmp(g->files[i].hash, hash) != 0)
            continue;
        *size = (uint64_t)g->files[i].st.st_size;
        return g->files[i].path;
    }
    return NULL;
}
