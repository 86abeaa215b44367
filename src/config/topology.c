#include "config/topology.h"

#include "base/text.h"
#include "config/topoload.h"
#include "model/address.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *topo_scratch(struct topo_load *l, size_t size)
{
    void *p = arena_alloc(&l->scratch, size);

    l->s.nomem = l->s.nomem || p == NULL;
    return p;
}

long topo_index(const struct topo_load *l, const char *name)
{
    struct topo_name *found;

    HASH_FIND_STR(l->own->names, name, found);
    return found == NULL || found->group ? -1 : (long)found->index;
}

const char *topo_near(struct topo_load *l, const char *name)
{
    if (l->near == NULL) {
        const char **names = topo_scratch(l, (l->n + 1) * sizeof(*names));
        for (size_t i = 0; names != NULL && i < l->n; i++)
            names[i] = l->drafts[i].a.name;
        l->near = names;
    }
    return l->near == NULL ? NULL : text_nearest(name, l->near);
}

const char *topo_path(struct topo_load *l, const char *dir, const char *path)
{
    struct bytes b;
    const char *whole = NULL;

    while (path[0] == '.' && path[1] == '/') {
        for (path += 2; *path == '/'; path++)
            ;
    }
    if (*path == '\0' || strcmp(path, ".") == 0)
        return dir;
    if (*path == '/')
        return schema_keep(&l->s, path, strlen(path));
    bytes_init(&b);
    if (bytes_printf(&b, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, path) < 0)
        l->s.nomem = true;
    else
        whole = schema_keep(&l->s, (const char *)bytes_at(&b), bytes_len(&b));
    bytes_release(&b);
    return whole;
}

/* path and dir of the topology, and its name by default. */
static void topo_place(struct topo_load *l, const char *path)
{
    struct topology *t = &l->own->t;
    const char *slash = strrchr(path, '/');
    char cwd[PATH_MAX], real[PATH_MAX], name[ADDRESS_NAME_MAX + 1];
    const char *dir;

    if (getcwd(cwd, sizeof(cwd)) == NULL)
        (void)snprintf(cwd, sizeof(cwd), "/");
    dir = schema_keep(&l->s, path, slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path));
    if (dir == NULL || (dir = topo_path(l, schema_keep(&l->s, cwd, strlen(cwd)), dir)) == NULL)
        return;
    if (l->check_files && realpath(dir, real) != NULL)
        dir = schema_keep(&l->s, real, strlen(real));
    t->dir = dir;
    if (dir == NULL)
        return;
    t->path = topo_path(l, dir, slash == NULL ? path : slash + 1);
    slash = strrchr(dir, '/');
    address_normalise(slash == NULL ? dir : slash + 1, name, sizeof(name));
    t->system = schema_keep(&l->s, name, strlen(name));
}

static void topo_read_defaults(struct topo_load *l)
{
    struct topo_draft *d = &l->defaults;

    schema_defaults(&l->s, &topo_actor_table, &d->a);
    d->a.cwd = l->own->t.dir;
    d->a.here = true;
    d->a.failover_ms = TOPO_FOREVER;
    d->a.identity.umask = -1;
    d->a.identity.nice = TOPO_NO_NICE;
    if (l->top[TOP_DEFAULTS] != NULL)
        (void)schema_apply(&l->s, &topo_actor_table, l->top[TOP_DEFAULTS]->value, d, d->given);
}

bool topo_read_name(struct topo_load *l, const struct ynode *key)
{
    if (!address_name_ok(key->text, key->n)) {
        schema_fault(&l->s, key, "`%.*s` is no name: " ADDRESS_NAME_RULE, TOPO_SHOWN, key->text);
        return false;
    }
    return true;
}

void topo_add_name(struct topo_load *l, const struct ynode *key, const char *name, size_t index,
                   bool group)
{
    struct topo_name *n = NULL;

    if (name != NULL && strcmp(name, "actorsup") == 0) /* from whom an end or a timer is told */
        schema_fault(&l->s, key, "`%s` is a name of the supervisor's own", name);
    if (name != NULL)
        HASH_FIND_STR(l->own->names, name, n);
    if (n != NULL && n->group == group)
        return; /* a repeated key, which was told */
    if (n != NULL) {
        schema_fault(&l->s, key, "`%s` is the name of an actor: groups need names of their own",
                     name);
        return;
    }
    n = schema_alloc(&l->s, sizeof(*n));
    if (n == NULL || name == NULL)
        return;
    *n = (struct topo_name){.name = name, .index = index, .group = group};
    HASH_ADD_KEYPTR(hh, l->own->names, n->name, strlen(n->name), n);
    if (n->hh.tbl == NULL)
        l->s.nomem = true;
}

static void topo_read_actor(struct topo_load *l, const struct ypair *pair)
{
    struct topo_draft *d = &l->drafts[l->n];
    const struct ypair *given[KEY_KEYS] = {NULL};

    if (!topo_read_name(l, pair->key))
        return;
    if (strcmp(pair->key->text, "root") == 0) {
        schema_fault(&l->s, pair->key, "`root` is the name of the group that all actors stand in");
        return;
    }
    *d = l->defaults;
    d->entry = pair->key;
    d->a.line = pair->key->line;
    d->a.name = schema_keep(&l->s, pair->key->text, pair->key->n);
    topo_add_name(l, pair->key, d->a.name, l->n, false);
    l->n++;
    if (pair->value->kind != YNODE_MAP && !ynode_is_null(pair->value)) {
        schema_fault(&l->s, pair->value, "the actor `%s` must be a map of keys", pair->key->text);
        d->a.argv = NULL;
        return;
    }
    (void)schema_apply(&l->s, &topo_actor_table, pair->value, d, given);
    for (size_t k = 0; k < KEY_KEYS; k++) {
        if (given[k] != NULL) {
            d->given[k] = given[k];
            d->own |= UINT64_C(1) << k;
        }
    }
    if (!l->s.nomem)
        topo_settle(l, d);
}

static void topo_read_actors(struct topo_load *l, const struct ynode *root)
{
    const struct ypair *pair = l->top[TOP_ACTORS];
    const struct ynode *map = pair == NULL ? NULL : pair->value;

    if (map == NULL) {
        schema_fault(&l->s, root,
                     "`actors` is missing: it must be a map of actors, each by its name");
    } else if (map->kind != YNODE_MAP && !ynode_is_null(map)) {
        schema_fault(&l->s, map, "`actors` must be a map of actors, each by its name");
    } else if (map->kind != YNODE_MAP || map->n == 0) {
        schema_fault(&l->s, pair->key, "`actors` is empty");
    } else if (map->n > TOPO_ACTORS_MAX) {
        schema_fault(&l->s, pair->key, "more than %d actors", TOPO_ACTORS_MAX);
    } else if ((l->drafts = topo_scratch(l, map->n * sizeof(*l->drafts))) != NULL) {
        for (size_t i = 0; i < map->n && !l->s.nomem; i++)
            topo_read_actor(l, &map->pairs[i]);
    }
}

static void topo_read(struct topo_load *l, const struct ynode *root)
{
    static void (*const steps[])(struct topo_load *) = {
        topo_read_groups, topo_place_actors, topo_single,     topo_resolve,
        topo_check,       topo_check_rings,  topo_identities, topo_environments,
        topo_programs,    topo_tls,          topo_join,       topo_finish_hosts,
    };

    schema_defaults(&l->s, &schema_file, l);
    if (!schema_apply(&l->s, &schema_file, root, l, l->top))
        return;
    topo_read_defaults(l);
    topo_read_far(l);
    topo_read_actors(l, root);
    topo_read_hosts(l);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !l->s.nomem; i++)
        steps[i](l);
}

static int topo_finish(struct topo_load *l)
{
    struct topology *t = &l->own->t;

    topo_finish_groups(l);
    topo_finish_far(l);
    t->actors = schema_alloc(&l->s, l->n * sizeof(*t->actors));
    if (t->actors == NULL || l->s.nomem)
        return ERR_NOMEM;
    for (size_t i = 0; i < l->n; i++)
        t->actors[i] = l->drafts[i].a;
    t->n_actors = l->n;
    t->own_log = l->own_log;
    t->tls = l->tls;
    topo_finish_single(l);
    return l->s.nomem ? ERR_NOMEM : 0;
}

static int topo_build(struct topo_load *l, const char *path)
{
    static const struct ynode empty = {.kind = YNODE_MAP, .line = 1, .col = 1};
    struct yamlmap y = {.arena = &l->scratch, .faults = l->s.faults, .in = l->s.in};
    int rc;

    topo_place(l, path);
    if (l->s.nomem)
        return ERR_NOMEM;
    if (y.in.len > YAMLMAP_SIZE_MAX) {
        y.in.text = NULL;
        faults_add(y.faults, y.in, 1, 1, "larger than %d KiB", YAMLMAP_SIZE_MAX / 1024);
        return ERR_INVALID;
    }
    rc = yamlmap_read(&y);
    if (rc < 0)
        return rc;
    if (y.root == NULL) { /* no line of it is at fault */
        faults_add(y.faults, (struct faults_text){NULL, 0}, 1, 1, "the file is empty");
        return ERR_INVALID;
    }
    topo_read(l, ynode_is_null(y.root) ? &empty : y.root);
    if (l->s.nomem)
        return ERR_NOMEM;
    return l->s.faults->n + l->s.faults->more > 0 ? ERR_INVALID : topo_finish(l);
}

/* l is all zero, but for check_files and single. */
static int topo_parse(struct topo_load *l, const char *path, struct faults_text in,
                      struct topology **out, struct faults *faults, struct err *e)
{
    struct topo_own *own = calloc(1, sizeof(*own));
    int rc = own == NULL ? ERR_NOMEM : faults_name(faults, path);

    arena_init(&l->scratch);
    if (rc == 0) {
        arena_init(&own->arena);
        l->own = own;
        l->s.faults = faults;
        l->s.in = in;
        l->s.keep = &own->arena;
        rc = topo_build(l, path);
    }
    arena_release(&l->scratch);
    if (rc < 0) {
        if (own != NULL)
            topology_free(&own->t);
        if (rc == ERR_INVALID)
            return err_set(e, rc, "%s has faults", path);
        return err_set(e, rc, "cannot read %s: %s", path, err_name(rc));
    }
    *out = &own->t;
    return 0;
}

int topology_parse(const char *path, const char *text, size_t len, bool check_files,
                   struct topology **out, struct faults *faults, struct err *e)
{
    struct topo_load l = {.check_files = check_files};

    return topo_parse(&l, path, (struct faults_text){text, len}, out, faults, e);
}

int topology_parse_single(const char *path, const char *text, size_t len, bool check_files,
                          struct topology **out, struct faults *faults, struct err *e)
{
    struct topo_load l = {.check_files = check_files, .single = true};

    return topo_parse(&l, path, (struct faults_text){text, len}, out, faults, e);
}

void topology_free(struct topology *t)
{
    struct topo_own *own = (struct topo_own *)(void *)t;

    if (own == NULL)
        return;
    HASH_CLEAR(hh, own->names);
    arena_release(&own->arena);
    free(own);
}

/* What `system:` says, as the arena's text; NULL when it is not given. */
static int topo_peek(struct bytes *b, struct arena *arena, const char **name)
{
    struct faults faults;
    struct yamlmap y = {
        .arena = arena, .faults = &faults, .in = {(const char *)bytes_at(b), bytes_len(b)}};
    const struct ynode *value = NULL;
    int rc;

    faults_init(&faults);
    rc = yamlmap_peek(&y, "system", &value);
    faults_release(&faults);
    if (rc > 0 && (value->why != NULL || !address_name_ok(value->text, value->n)))
        return ERR_INVALID;
    *name = rc > 0 ? value->text : NULL;
    return rc == ERR_NOMEM ? rc : 0;
}

int topology_system_name(const char *path, char *buf, size_t size, struct err *e)
{
    struct topo_own own = {.names = NULL};
    struct topo_load l = {.check_files = true, .own = &own};
    const char *name = NULL;
    struct bytes b;
    int rc;

    bytes_init(&b);
    arena_init(&own.arena);
    l.s.keep = &own.arena;
    rc = topo_slurp(path, &b, e);
    if (rc < 0)
        goto out;
    topo_place(&l, path);
    rc = l.s.nomem ? ERR_NOMEM : topo_peek(&b, &own.arena, &name);
    if (rc == ERR_INVALID)
        (void)err_set(e, rc, "%s: `system` is no name", path);
    else if (rc < 0)
        (void)err_set(e, rc, "cannot read %s: %s", path, err_name(rc));
    else
        (void)snprintf(buf, size, "%s", name == NULL ? own.t.system : name);
out:
    arena_release(&own.arena);
    bytes_release(&b);
    return rc;
}

static const struct topo_name *topo_named(const struct topology *t, const char *name)
{
    const struct topo_own *own = (const struct topo_own *)(const void *)t;
    struct topo_name *found;

    HASH_FIND_STR(own->names, name, found);
    return found;
}

const struct topo_actor *topology_find(const struct topology *t, const char *name)
{
    const struct topo_name *found = topo_named(t, name);

    return found == NULL || found->group ? NULL : &t->actors[found->index];
}

const struct topo_group *topology_group(const struct topology *t, const char *name)
{
    const struct topo_name *found = topo_named(t, name);

    return found == NULL || !found->group ? NULL : &t->groups[found->index];
}
