/* The keys whose values are more than one scalar of a type. */
#include "base/err.h"
#include "base/text.h"
#include "config/topoload.h"
#include "model/address.h"

#include <stdio.h>
#include <string.h>

static struct topo_load *topo_of(struct schema_ctx *c)
{
    return (struct topo_load *)(void *)c;
}

void topo_parse_system(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                       void *target)
{
    const char *text = schema_text(c, row->key, pair->value);

    (void)target;
    if (text == NULL)
        return;
    if (address_name_ok(text, strlen(text)))
        topo_of(c)->own->t.system = schema_keep(c, text, strlen(text));
    else
        schema_fault(c, pair->value, "`%.*s` is no name: " ADDRESS_NAME_RULE, TOPO_SHOWN, text);
}

/* `defaults` must be read before `actors`, whatever their order in the file. */
void topo_parse_later(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                      void *target)
{
    (void)c;
    (void)row;
    (void)pair;
    (void)target;
}

/* argv of n words that follow each other in `words`, each with its NUL; NULL without memory. */
static char **topo_argv(struct schema_ctx *c, const char *words, size_t n)
{
    char **argv = schema_alloc(c, (n + 1) * sizeof(*argv));

    for (size_t i = 0; argv != NULL && i < n; i++) {
        size_t len = strlen(words);
        if ((argv[i] = schema_keep(c, words, len)) == NULL)
            return NULL;
        words += len + 1;
    }
    return argv;
}

long topo_texts(struct schema_ctx *c, const char *key, const struct ynode *value, size_t most,
                struct bytes *out, const struct ynode ***at)
{
    struct topo_load *l = topo_of(c);
    bool list = value->kind == YNODE_LIST, failed = false;
    size_t n = list ? value->n : 1;

    if (n == 0) {
        schema_fault(c, value, "`%s` is an empty list", key);
        return -1;
    }
    if (n > most) {
        schema_fault(c, value, "`%s` has more than %zu entries", key, most);
        return -1;
    }
    const struct ynode **places = topo_scratch(l, n * sizeof(*places));
    for (size_t i = 0; places != NULL && i < n; i++) {
        places[i] = list ? value->items[i] : value;
        const char *text = NULL;
        if (places[i]->kind == YNODE_SCALAR && places[i]->why == NULL && places[i]->n == 0 &&
            most == TOPO_WORDS_MAX && !places[i]->plain)
            text = ""; /* an empty word of a command, in quotes */
        else
            text = schema_text(c, key, places[i]);
        failed = failed || text == NULL;
        if (text != NULL && bytes_append(out, text, strlen(text) + 1) < 0)
            c->nomem = true;
    }
    if (failed || places == NULL || c->nomem)
        return -1;
    if (at != NULL)
        *at = places;
    return (long)n;
}

/* The words of a text, each with a NUL, to out. Their number, or what is below 1 after a fault. */
static long topo_split(struct schema_ctx *c, const char *key, const struct ynode *value,
                       struct bytes *out)
{
    const char *text = schema_text(c, key, value), *why = NULL;

    if (text == NULL)
        return -1;
    long n = topowords_split(text, out, &why);
    if (n == ERR_NOMEM)
        c->nomem = true;
    else if (n == ERR_REFUSED)
        schema_fault(c, value,
                     "`%s` is not given to a shell, to which `%.*s` would mean something: use "
                     "%s instead, or quote it",
                     key, (int)strcspn(why, " \t\r\n"), why,
                     strcmp(key, "run") == 0 ? "`shell`" : "`sh -c '...'`");
    else if (why != NULL)
        schema_fault(c, value, "`%s` cannot be split into words: %s", key, why);
    else if (n == 0)
        schema_fault(c, value, "`%s` is empty", key);
    else if (n > TOPO_WORDS_MAX)
        schema_fault(c, value, "`%s` has more than %d words", key, TOPO_WORDS_MAX);
    return n <= TOPO_WORDS_MAX ? n : -1;
}

bool topo_command(struct schema_ctx *c, const char *key, const struct ynode *value, char ***argv,
                  size_t *argc)
{
    char **made = NULL;
    struct bytes words;

    bytes_init(&words);
    long n = value->kind == YNODE_LIST ? topo_texts(c, key, value, TOPO_WORDS_MAX, &words, NULL)
                                       : topo_split(c, key, value, &words);
    if (n > 0 && *bytes_at(&words) == '\0')
        schema_fault(c, value, "the first word of `%s` is empty", key);
    if (n > 0 && (made = topo_argv(c, (const char *)bytes_at(&words), (size_t)n)) != NULL) {
        *argv = made;
        *argc = (size_t)n;
    }
    bytes_release(&words);
    return made != NULL;
}

void topo_parse_run(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                    void *target)
{
    struct topo_draft *d = target;

    (void)topo_command(c, row->key, pair->value, &d->a.argv, &d->a.argc);
}

void topo_parse_shell(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                      void *target)
{
    static const char *const before[] = {"/bin/sh", "-c"};
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_draft *d = target;
    char **argv;

    if (text == NULL || (argv = schema_alloc(c, 4 * sizeof(*argv))) == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        argv[i] = schema_keep(c, before[i], strlen(before[i]));
    argv[2] = schema_keep(c, text, strlen(text));
    d->a.argv = argv;
    d->a.argc = 3;
}

void topo_parse_to(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                   void *target)
{
    struct topo_draft *d = target;
    const struct ynode **at = NULL;
    struct bytes texts;
    long n;

    bytes_init(&texts);
    n = topo_texts(c, row->key, pair->value, TOPO_LIST_MAX, &texts, &at);
    char **to = n > 0 ? schema_alloc(c, ((size_t)n + 1) * sizeof(*to)) : NULL;
    const char *p = (const char *)bytes_at(&texts);
    for (long i = 0; to != NULL && i < n; i++, p += strlen(p) + 1) {
        struct address a;
        const char *why = NULL;
        to[i] = schema_keep(c, p, strlen(p));
        if (address_parse(p, strlen(p), &a, &why) < 0)
            schema_fault(c, at[i], "`%.*s` is no address: %s", TOPO_SHOWN, p, why);
    }
    bytes_release(&texts);
    if (to != NULL) {
        d->a.to = to;
        d->a.n_to = (size_t)n;
        d->to_at = at;
    }
}

static void topo_when(struct schema_ctx *c, const struct ynode *value, enum topo_when *when)
{
    static const struct schema_word words[] = {
        {"start", AFTER_START},
        {"ready", AFTER_READY},
        {"done", AFTER_DONE},
        {NULL, 0},
    };
    static const struct schema_row row = {.type = SCHEMA_WORD, .words = words};
    static const char *const names[] = {"start", "ready", "done", NULL};
    const char *text = schema_text(c, "after", value);

    if (text == NULL)
        return;
    for (const struct schema_word *w = words; w->text != NULL; w++) {
        if (strcmp(w->text, text) == 0) {
            *when = (enum topo_when)w->value;
            return;
        }
    }
    char expects[64];
    const char *near = text_nearest(text, names);
    schema_expects(&row, expects, sizeof(expects));
    schema_fault(c, value, "`after` takes %s, not `%.*s`%s%s%s", expects, TOPO_SHOWN, text,
                 near == NULL ? "" : " (did you mean `", near == NULL ? "" : near,
                 near == NULL ? "" : "`?)");
}

static void topo_after_map(struct schema_ctx *c, struct topo_draft *d, const struct ynode *map)
{
    struct topo_after *after = schema_alloc(c, (map->n + 1) * sizeof(*after));
    const struct ynode **at = topo_scratch(topo_of(c), (map->n + 1) * sizeof(*at));

    if (map->n > TOPO_LIST_MAX) {
        schema_fault(c, map, "`after` has more than %d entries", TOPO_LIST_MAX);
        return;
    }
    if (after == NULL || at == NULL)
        return;
    for (size_t i = 0; i < map->n; i++) {
        const struct ynode *key = map->pairs[i].key;
        at[i] = key;
        after[i].actor = schema_keep(c, key->text, key->n);
        topo_when(c, map->pairs[i].value, &after[i].when);
    }
    d->a.after = after;
    d->a.n_after = map->n;
    d->after_at = at;
}

void topo_parse_after(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                      void *target)
{
    struct topo_draft *d = target;
    const struct ynode **at = NULL;
    struct bytes texts;

    if (pair->value->kind == YNODE_MAP) {
        topo_after_map(c, d, pair->value);
        return;
    }
    bytes_init(&texts);
    long n = topo_texts(c, row->key, pair->value, TOPO_LIST_MAX, &texts, &at);
    struct topo_after *after = n > 0 ? schema_alloc(c, (size_t)n * sizeof(*after)) : NULL;
    const char *p = (const char *)bytes_at(&texts);
    for (long i = 0; after != NULL && i < n; i++, p += strlen(p) + 1) {
        after[i].actor = schema_keep(c, p, strlen(p));
        after[i].when = AFTER_READY;
    }
    bytes_release(&texts);
    if (after != NULL) {
        d->a.after = after;
        d->a.n_after = (size_t)n;
        d->after_at = at;
    }
}

/* What the supervisor sets itself. */
static const char *const topo_env_taken[] = {
    "ACTOR_NAME",      "ACTOR_INDEX",       "ACTOR_HOST",           "ACTOR_RESTARTS",
    "ACTOR_SYSTEM",    "ACTOR_URL",         "ACTOR_TOKEN",          "ACTOR_READY_FD",
    "ACTORSUP_SYSTEM", "ACTORSUP_INSTANCE", "ACTORSUP_RUNTIME_DIR",
};

bool topology_sets(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(topo_env_taken) / sizeof(topo_env_taken[0]); i++)
        if (strlen(topo_env_taken[i]) == len && memcmp(topo_env_taken[i], name, len) == 0)
            return true;
    return false;
}

void topo_parse_env(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                    void *target)
{
    const struct ynode *map = pair->value;

    (void)target;
    if (map->kind != YNODE_MAP) {
        if (!ynode_is_null(map))
            schema_fault(c, map, "`env` takes a map of names and values");
        return;
    }
    if (map->n > TOPO_ENV_MAX)
        schema_fault(c, map, "`env` has more than %d variables", TOPO_ENV_MAX);
    for (size_t i = 0; i < map->n; i++) {
        const struct ynode *key = map->pairs[i].key, *value = map->pairs[i].value;
        if (key->n == 0 || memchr(key->text, '=', key->n) != NULL)
            schema_fault(c, key, "`%.*s` cannot be the name of a variable", TOPO_SHOWN, key->text);
        if (topology_sets(key->text, key->n))
            schema_fault(c, key, "`%s` is set by the supervisor", key->text);
        if (value->kind != YNODE_SCALAR || value->why != NULL)
            (void)schema_text(c, row->key, value);
    }
}

void topo_parse_env_file(struct schema_ctx *c, const struct schema_row *row,
                         const struct ypair *pair, void *target)
{
    (void)target;
    (void)schema_text(c, row->key, pair->value);
}

void topo_parse_cwd(struct schema_ctx *c, const struct schema_row *row, const struct ypair *pair,
                    void *target)
{
    const char *text = schema_text(c, row->key, pair->value);
    struct topo_draft *d = target;

    if (text != NULL)
        d->a.cwd = topo_path(topo_of(c), topo_of(c)->own->t.dir, text);
}
