/* `files`: what goes along to other hosts. */
#include "config/topoload.h"
#include "freight/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { TOPOFREIGHT_MAX = 1000 };

/* Without `./` in front, `/` behind and double ones: as a path of a tree. */
static void topofreight_plain(char *path)
{
    char *to = path;

    for (const char *from = path; *from != '\0';) {
        while (from[0] == '.' && from[1] == '/')
            from += 2;
        while (*from == '/' && to > path && to[-1] == '/')
            from++;
        size_t n = strcspn(from, "/");
        memmove(to, from, n);
        to += n;
        from += n;
        if (*from == '/')
            *to++ = *from++;
    }
    while (to > path + 1 && to[-1] == '/')
        to--;
    if (to == path)
        *to++ = '.';
    *to = '\0';
}

static void topofreight_check(struct topo_load *l, const struct ynode *at, const char *path)
{
    const char *why = strcmp(path, ".") == 0 ? NULL : manifest_path_fault(path);
    const char *full = topo_path(l, l->own->t.dir, path);
    struct stat st;

    if (*path == '/')
        schema_fault(&l->s, at, "`files`: `%.*s` must be relative to the file's folder", TOPO_SHOWN,
                     path);
    else if (why != NULL)
        schema_fault(&l->s, at, "`files`: `%.*s`: %s; it must be in or below the file's folder",
                     TOPO_SHOWN, path, why);
    else if (full != NULL && l->check_files && stat(full, &st) != 0)
        schema_fault(&l->s, at, "`files`: `%.*s`: %s", TOPO_SHOWN, path, strerror(errno));
}

/* False after a fault. */
static bool topofreight_list(struct topo_load *l, const struct ypair *pair, char ***files,
                             size_t *n_files)
{
    const struct ynode **at = NULL;
    struct bytes texts;

    bytes_init(&texts);
    long n = topo_texts(&l->s, "files", pair->value, TOPOFREIGHT_MAX, &texts, &at);
    char **list = n > 0 ? schema_alloc(&l->s, (size_t)n * sizeof(*list)) : NULL;
    char *p = (char *)bytes_at(&texts);
    for (long i = 0; list != NULL && i < n; i++) {
        size_t len = strlen(p) + 1;
        topofreight_plain(p);
        list[i] = schema_keep(&l->s, p, strlen(p));
        if (list[i] != NULL)
            topofreight_check(l, at[i], list[i]);
        p += len;
    }
    bytes_release(&texts);
    *files = list;
    *n_files = list == NULL ? 0 : (size_t)n;
    return list != NULL;
}

void topo_parse_files(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                      void *target)
{
    struct topo_load *l = (struct topo_load *)c;
    struct topo_draft *d = target;

    (void)row;
    (void)topofreight_list(l, pair, &d->a.files, &d->a.n_files);
}

void topo_read_files(struct topo_load *l)
{
    if (l->top[TOP_FILES] != NULL && !ynode_is_null(l->top[TOP_FILES]->value))
        (void)topofreight_list(l, l->top[TOP_FILES], &l->files, &l->n_files);
}

void topo_add_files(struct topo_load *l, struct topo_actor *a)
{
    size_t n = a->n_files + l->n_files;
    char **all;

    if (l->n_files == 0)
        return;
    if (a->n_files == 0) {
        a->files = l->files;
        a->n_files = l->n_files;
        return;
    }
    if ((all = schema_alloc(&l->s, n * sizeof(*all))) == NULL)
        return;
    memcpy(all, l->files, l->n_files * sizeof(*all));
    memcpy(all + l->n_files, a->files, a->n_files * sizeof(*all));
    a->files = all;
    a->n_files = n;
}

bool topo_brings(const struct topo_actor *a, const char *word)
{
    char path[4096];

    if (strlen(word) >= sizeof(path) || strstr(word, "..") != NULL)
        return true; /* who knows */
    (void)snprintf(path, sizeof(path), "%s", word);
    topofreight_plain(path);
    for (size_t i = 0; i < a->n_files; i++) {
        size_t n = strlen(a->files[i]);
        if (strcmp(a->files[i], ".") == 0 ||
            (strncmp(path, a->files[i], n) == 0 && (path[n] == '\0' || path[n] == '/')))
            return true;
    }
    return false;
}
