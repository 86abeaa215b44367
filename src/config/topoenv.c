/* The variables of each actor: those of env_file, then of `defaults`, then its own. */
#include "base/err.h"
#include "config/topoload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOPOENV_FEW = 16 };

struct topoenv_list {
    char **items; /* K=V, in the arena of the result */
    size_t n;
};

/* A file read once, however many actors name it. */
struct topoenv_file {
    const char *path;
    struct topoenv_list list;
    const char *why; /* it cannot be used */
    UT_hash_handle hh;
};

struct topoenv {
    struct topo_load *l;
    struct topoenv_file *files;
    struct topoenv_list defaults; /* what `env` of `defaults` says */
};

static char *topoenv_item(struct topo_load *l, const char *name, size_t n, const char *value,
                          size_t len)
{
    char *item = schema_alloc(&l->s, n + len + 2);

    if (item != NULL) {
        memcpy(item, name, n);
        item[n] = '=';
        memcpy(item + n + 1, value, len);
    }
    return item;
}

static struct topoenv_list topoenv_map(struct topo_load *l, const struct ypair *given)
{
    struct topoenv_list list = {NULL, 0};
    const struct ynode *map = given == NULL ? NULL : given->value;

    if (map == NULL || map->kind != YNODE_MAP || map->n > TOPO_ENV_MAX)
        return list;
    list.items = topo_scratch(l, (map->n + 1) * sizeof(*list.items));
    for (size_t i = 0; list.items != NULL && i < map->n; i++) {
        const struct ynode *k = map->pairs[i].key, *v = map->pairs[i].value;
        if (v->kind != YNODE_SCALAR)
            continue;
        bool null = ynode_is_null(v);
        char *item = topoenv_item(l, k->text, k->n, null ? "" : v->text, null ? 0 : v->n);
        if (item != NULL)
            list.items[list.n++] = item;
    }
    return list;
}

static const char *topoenv_why(struct topo_load *l, size_t line, const char *what)
{
    struct bytes b;
    const char *why = NULL;

    bytes_init(&b);
    if (bytes_printf(&b, "line %zu: %s", line, what) == 0 && bytes_cstr(&b) != NULL)
        why = schema_keep(&l->s, (const char *)bytes_at(&b), bytes_len(&b));
    bytes_release(&b);
    return why == NULL ? what : why;
}

/* The value between quotes, or up to a comment; written over text, which it never outgrows. NULL
 * when a quote is not closed. */
static char *topoenv_value(char *text)
{
    char quote = *text, *out = text, *end;

    if (quote != '"' && quote != '\'') {
        for (end = text; *end != '\0'; end++)
            if (*end == '#' && (end == text || end[-1] == ' ' || end[-1] == '\t'))
                break;
        while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
            end--;
        *end = '\0';
        return text;
    }
    for (end = text + 1; *end != quote; end++) {
        if (*end == '\0')
            return NULL;
        if (quote == '"' && *end == '\\' && end[1] != '\0') {
            end++;
            *out++ = *end == 'n' ? '\n' : *end == 't' ? '\t' : *end;
        } else {
            *out++ = *end;
        }
    }
    *out = '\0';
    return text;
}

/* One line: NULL, or why it is none. */
static const char *topoenv_line(struct topo_load *l, char *text, struct topoenv_list *list)
{
    text += strspn(text, " \t\r");
    if (*text == '\0' || *text == '#')
        return NULL;
    if (strncmp(text, "export ", 7) == 0)
        text += 7 + strspn(text + 7, " \t");
    size_t n = strcspn(text, "= \t");
    if (n == 0 || text[n] != '=')
        return "not NAME=VALUE";
    if (list->n == TOPO_ENV_MAX)
        return "too many variables";
    char *value = topoenv_value(text + n + 1 + strspn(text + n + 1, " \t"));
    if (value == NULL)
        return "a quote is not closed";
    char *item = topoenv_item(l, text, n, value, strlen(value));
    if (item != NULL)
        list->items[list->n++] = item;
    return NULL;
}

static void topoenv_lines(struct topo_load *l, struct topoenv_file *f, char *text, size_t len)
{
    size_t line = 0;

    f->list.items = topo_scratch(l, TOPO_ENV_MAX * sizeof(*f->list.items));
    if (f->list.items == NULL)
        return;
    for (char *end = text + len; text < end && f->why == NULL; line++) {
        char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL)
            stop = end;
        *stop = '\0';
        const char *why =
            strlen(text) < (size_t)(stop - text) ? "a NUL byte" : topoenv_line(l, text, &f->list);
        if (why != NULL)
            f->why = topoenv_why(l, line + 1, why);
        text = stop + 1;
    }
}

static const char *topoenv_slurp(const char *path, struct bytes *b)
{
    /* O_NONBLOCK: a pipe that nobody writes to must not hold us. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *why = NULL;
    struct stat st;
    ssize_t n = 1;

    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        why = "not a file";
    while (why == NULL && n > 0) {
        unsigned char *room = bytes_room(b, 64 * 1024);
        n = room == NULL ? -1 : read(fd, room, 64 * 1024);
        if (n < 0)
            why = room == NULL ? "out of memory" : strerror(errno);
        else
            bytes_grew(b, (size_t)n);
        if (bytes_len(b) > YAMLMAP_SIZE_MAX)
            why = "larger than 1 MiB";
    }
    (void)close(fd);
    return why;
}

static struct topoenv_file *topoenv_open(struct topoenv *e, const char *path)
{
    struct topo_load *l = e->l;
    struct topoenv_file *f;
    struct bytes b;

    HASH_FIND_STR(e->files, path, f);
    if (f != NULL || (f = topo_scratch(l, sizeof(*f))) == NULL)
        return f;
    f->path = path;
    bytes_init(&b);
    f->why = topoenv_slurp(path, &b);
    size_t len = bytes_len(&b);
    char *text = bytes_cstr(&b);
    if (f->why == NULL && text != NULL)
        topoenv_lines(l, f, text, len);
    else if (f->why == NULL)
        l->s.nomem = true;
    else
        f->why = schema_keep(&l->s, f->why, strlen(f->why));
    bytes_release(&b);
    HASH_ADD_KEYPTR(hh, e->files, f->path, strlen(f->path), f);
    l->s.nomem = l->s.nomem || f->hh.tbl == NULL;
    return f;
}

static struct topoenv_list topoenv_of_file(struct topoenv *e, const struct topo_draft *d)
{
    struct topoenv_list none = {NULL, 0};
    const struct ynode *at = d->given[KEY_ENV_FILE] == NULL ? NULL : d->given[KEY_ENV_FILE]->value;
    struct topoenv_file *f;
    const char *path;

    if (!e->l->check_files || at == NULL || at->kind != YNODE_SCALAR || at->why != NULL ||
        at->n == 0 || (path = topo_path(e->l, e->l->own->t.dir, at->text)) == NULL ||
        (f = topoenv_open(e, path)) == NULL)
        return none;
    if (f->why != NULL)
        schema_fault(&e->l->s, at, "`env_file`: cannot use `%.*s`: %s", TOPO_SHOWN, at->text,
                     f->why);
    return f->list;
}

struct topoenv_entry {
    char *item;
    size_t order;
};

static int topoenv_compare_name(const char *a, const char *b)
{
    while (*a == *b && *a != '=') {
        a++;
        b++;
    }
    int x = *a == '=' ? 0 : (unsigned char)*a, y = *b == '=' ? 0 : (unsigned char)*b;
    return x - y;
}

/* The last of a name first. */
static int topoenv_by_name(const void *a, const void *b)
{
    const struct topoenv_entry *x = a, *y = b;
    int d = topoenv_compare_name(x->item, y->item);

    return d != 0 ? d : (x->order < y->order) - (x->order > y->order);
}

static int topoenv_by_order(const void *a, const void *b)
{
    const struct topoenv_entry *x = a, *y = b;

    return (x->order > y->order) - (x->order < y->order);
}

/* Joins lists; of each name the last stays. */
static void topoenv_join(struct topo_load *l, struct topo_draft *d,
                         const struct topoenv_list *lists, size_t n_lists)
{
    size_t total = 0, n = 0, kept = 0;

    for (size_t i = 0; i < n_lists; i++)
        total += lists[i].n;
    struct topoenv_entry *all = calloc(total + 1, sizeof(*all));
    char **env = schema_alloc(&l->s, (total + 1) * sizeof(*env));
    if (all == NULL || env == NULL) {
        l->s.nomem = true;
        free(all);
        return;
    }
    for (size_t i = 0; i < n_lists; i++)
        for (size_t k = 0; k < lists[i].n; k++, n++)
            all[n] = (struct topoenv_entry){lists[i].items[k], n};
    qsort(all, n, sizeof(*all), topoenv_by_name);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || topoenv_compare_name(all[kept - 1].item, all[i].item) != 0)
            all[kept++] = all[i];
    qsort(all, kept, sizeof(*all), topoenv_by_order);
    for (size_t i = 0; i < kept; i++)
        env[i] = all[i].item;
    free(all);
    d->a.env = env;
    d->a.n_env = kept;
}

/* A few of an actor's own over many of `defaults`, in which each name is there once. */
static void topoenv_overlay(struct topo_load *l, struct topo_draft *d, const struct topo_actor *all,
                            struct topoenv_list own)
{
    char **env = schema_alloc(&l->s, (all->n_env + own.n + 1) * sizeof(*env));
    size_t n = 0;

    if (env == NULL)
        return;
    for (size_t i = 0; i < all->n_env; i++) {
        size_t k = 0;
        while (k < own.n && topoenv_compare_name(all->env[i], own.items[k]) != 0)
            k++;
        if (k == own.n)
            env[n++] = all->env[i];
    }
    for (size_t k = 0; k < own.n; k++)
        env[n++] = own.items[k];
    d->a.env = env;
    d->a.n_env = n;
}

static void topoenv_one(struct topoenv *e, struct topo_draft *d)
{
    struct topoenv_list lists[3] = {{NULL, 0}, e->defaults, {NULL, 0}};

    if (topo_is_own(d, KEY_ENV))
        lists[2] = topoenv_map(e->l, d->given[KEY_ENV]);
    if (d != &e->l->defaults && !topo_is_own(d, KEY_ENV_FILE) && lists[2].n <= TOPOENV_FEW) {
        topoenv_overlay(e->l, d, &e->l->defaults.a, lists[2]);
        return;
    }
    lists[0] = topoenv_of_file(e, d);
    topoenv_join(e->l, d, lists, 3);
}

void topo_environments(struct topo_load *l)
{
    struct topoenv e = {.l = l};

    e.defaults = topoenv_map(l, l->defaults.given[KEY_ENV]);
    topoenv_one(&e, &l->defaults);
    for (size_t i = 0; i < l->n && !l->s.nomem; i++) {
        struct topo_draft *d = &l->drafts[i];
        if (topo_is_own(d, KEY_ENV) || topo_is_own(d, KEY_ENV_FILE)) {
            topoenv_one(&e, d);
        } else {
            d->a.env = l->defaults.a.env;
            d->a.n_env = l->defaults.a.n_env;
        }
    }
    HASH_CLEAR(hh, e.files);
}

const char *topo_env_get(const struct topo_actor *a, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < a->n_env; i++)
        if (strncmp(a->env[i], name, n) == 0 && a->env[i][n] == '=')
            return a->env[i] + n + 1;
    return NULL;
}
