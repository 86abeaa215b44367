/* What nobody needs any more is removed. */
#include "freight/depot.h"
#include "freight/manifest.h"

#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPOT_OTHERS = 3, DEPOT_TREES_MAX = 1000, DEPOT_LIST_MAX = MANIFEST_TEXT_MAX };

struct depot_tree {
    char name[DIGEST_TEXT];
    struct timespec when;
    bool used;
};

struct depot_trees {
    struct depot_tree list[DEPOT_TREES_MAX];
    size_t n;
};

static int depot_newest(const void *a, const void *b)
{
    const struct depot_tree *x = a, *y = b;

    if (x->used != y->used)
        return x->used ? -1 : 1;
    if (x->when.tv_sec != y->when.tv_sec)
        return x->when.tv_sec > y->when.tv_sec ? -1 : 1;
    return x->when.tv_nsec > y->when.tv_nsec ? -1 : x->when.tv_nsec < y->when.tv_nsec;
}

static void depot_list(struct depot_trees *t, const char *folder, const struct treenames *keep)
{
    DIR *dir = opendir(folder);
    const struct dirent *d;
    struct stat st;

    while (dir != NULL && (d = readdir(dir)) != NULL && t->n < DEPOT_TREES_MAX) {
        struct depot_tree *tree = &t->list[t->n];
        if (!manifest_is_hash(d->d_name, strlen(d->d_name)) ||
            fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        (void)snprintf(tree->name, sizeof(tree->name), "%s", d->d_name);
        tree->when = st.st_ctim;
        tree->used = treenames_has(keep, tree->name);
        t->n++;
    }
    if (dir != NULL)
        (void)closedir(dir);
    qsort(t->list, t->n, sizeof(t->list[0]), depot_newest);
}

static void depot_remove(char *path)
{
    char *const roots[] = {path, NULL};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *f = NULL;

    while (fts != NULL && (f = fts_read(fts)) != NULL) {
        if (f->fts_info == FTS_D)
            (void)chmod(f->fts_accpath, 0700);
        else
            (void)remove(f->fts_accpath);
    }
    if (fts != NULL)
        (void)fts_close(fts);
}

/* Does the list of a tree name it? */
static bool depot_lists(const struct bytes *lists, const char *hash)
{
    return memmem(bytes_at(lists), bytes_len(lists), hash, DIGEST_TEXT - 1) != NULL;
}

static void depot_read_list(const char *path, struct bytes *out)
{
    FILE *f = fopen(path, "re");
    unsigned char *at = f == NULL ? NULL : bytes_room(out, DEPOT_LIST_MAX);

    if (at != NULL)
        bytes_grew(out, fread(at, 1, DEPOT_LIST_MAX, f));
    if (f != NULL)
        (void)fclose(f);
}

static void depot_sweep_store(const char *folder, const struct bytes *lists)
{
    DIR *dir = opendir(folder);
    const struct dirent *d;

    while (dir != NULL && (d = readdir(dir)) != NULL)
        if (manifest_is_hash(d->d_name, strlen(d->d_name)) && !depot_lists(lists, d->d_name))
            (void)unlinkat(dirfd(dir), d->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
}

void depot_sweep(const struct depot *d, const struct treenames *keep)
{
    struct depot_trees *t = calloc(1, sizeof(*t));
    char folder[4096], path[4096 + 100];
    struct bytes lists;
    size_t others = 0;

    if (t == NULL)
        return;
    bytes_init(&lists);
    depot_path(d, "", folder, sizeof(folder));
    depot_list(t, folder, keep);
    for (size_t i = 0; i < t->n; i++) {
        (void)snprintf(path, sizeof(path), "%s%s.list", folder, t->list[i].name);
        if (t->list[i].used || others++ < DEPOT_OTHERS) {
            depot_read_list(path, &lists);
            continue;
        }
        (void)unlink(path);
        path[strlen(path) - 5] = '\0';
        depot_remove(path);
    }
    (void)snprintf(path, sizeof(path), "%.*s/store", (int)(strlen(folder) - sizeof("/trees/") + 1),
                   folder);
    depot_sweep_store(path, &lists);
    bytes_release(&lists);
    free(t);
}
