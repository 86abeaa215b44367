/* Faults that lie between the keys of one actor. */
#include "config/topoload.h"

#include <string.h>
#include <sys/stat.h>

static void topo_check_command(struct topo_load *l, const struct topo_draft *d)
{
    const struct ypair *run = d->given[KEY_RUN], *shell = d->given[KEY_SHELL];

    if (topo_is_own(d, KEY_RUN) && topo_is_own(d, KEY_SHELL)) {
        const struct ynode *a = run->key, *b = shell->key;
        bool later = a->line > b->line || (a->line == b->line && a->col > b->col);
        schema_fault(&l->s, later ? a : b,
                     "`run` and `shell` are both given: one of them is enough");
    } else if (run == NULL && shell == NULL) {
        schema_fault(&l->s, d->entry, "the actor `%s` needs `run` or `shell`", d->a.name);
    }
}

/* Keys that only one way of speaking has. */
static void topo_check_speaks(struct topo_load *l, const struct topo_draft *d)
{
    static const struct {
        enum topo_key key;
        enum topo_speaks speaks;
        const char *name;
    } only[] = {
        {KEY_ACK, SPEAKS_LINES, "lines"},
        {KEY_DELIMITER, SPEAKS_LINES, "lines"},
        {KEY_CONCURRENCY, SPEAKS_ONCE, "once"},
        {KEY_TRANSPORT, SPEAKS_FRAMES, "frames"},
    };

    for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++) {
        const struct ypair *p = d->given[only[i].key];
        if (p != NULL && d->a.speaks != only[i].speaks)
            schema_fault(&l->s, p->key, "`%s` is only for an actor that speaks %s", p->key->text,
                         only[i].name);
    }
    if (d->a.speaks == SPEAKS_NONE && d->given[KEY_MAILBOX] != NULL)
        schema_fault(&l->s, d->given[KEY_MAILBOX]->key, "an actor that speaks none has no mailbox");
    if (d->a.speaks == SPEAKS_NONE && d->a.n_to > 0)
        schema_fault(&l->s, d->given[KEY_TO]->key,
                     "an actor that speaks none sends nothing: its output is its log");
}

static void topo_check_once(struct topo_load *l, const struct topo_draft *d)
{
    if (d->a.speaks != SPEAKS_ONCE)
        return;
    if (d->given[KEY_POOL] != NULL)
        schema_fault(&l->s, d->given[KEY_POOL]->key,
                     "an actor that speaks once has no pool (did you mean `concurrency`?)");
    if (d->a.ready != READY_START)
        schema_fault(&l->s, d->given[KEY_READY]->key,
                     "an actor that speaks once has no process that could get ready");
}

/* Was `min` or `max` given, by the actor or by `defaults`? */
static const struct ynode *topo_backoff_given(const struct topo_load *l, const struct topo_draft *d,
                                              const char *key)
{
    const struct ypair *own = d->given[KEY_BACKOFF], *all = l->defaults.given[KEY_BACKOFF];
    const struct ynode *n = own == NULL ? NULL : ynode_get(own->value, key);

    return n == NULL && all != NULL ? ynode_get(all->value, key) : n;
}

/* A bound that nobody gave gives way to the one that was given. */
static void topo_check_backoff(struct topo_load *l, struct topo_draft *d)
{
    const struct ynode *min, *max;

    if (d->a.backoff.min_ms <= d->a.backoff.max_ms)
        return;
    min = topo_backoff_given(l, d, "min");
    max = topo_backoff_given(l, d, "max");
    if (max == NULL)
        d->a.backoff.max_ms = d->a.backoff.min_ms;
    else if (min == NULL)
        d->a.backoff.min_ms = d->a.backoff.max_ms;
    else
        schema_fault(&l->s, topo_is_own(d, KEY_BACKOFF) ? d->given[KEY_BACKOFF]->key : min,
                     "`min` of `backoff` is more than its `max`");
}

static void topo_check_cwd(struct topo_load *l, const struct topo_draft *d)
{
    struct stat st;

    if (!l->check_files || !d->a.here || d->given[KEY_CWD] == NULL || d->a.cwd == NULL)
        return;
    const struct ynode *at = d->given[KEY_CWD]->value;
    if (at->kind != YNODE_SCALAR || at->why != NULL ||
        !faults_fresh(l->s.faults, at->line, at->col))
        return;
    if (stat(d->a.cwd, &st) != 0)
        schema_fault(&l->s, at, "`cwd`: there is no folder `%.*s`", TOPO_SHOWN, at->text);
    else if (!S_ISDIR(st.st_mode))
        schema_fault(&l->s, at, "`cwd`: `%.*s` is no folder", TOPO_SHOWN, at->text);
}

static void topo_check_pool(struct topo_load *l, const struct topo_draft *d)
{
    static const char *const elastic[] = {"min", "max", "idle"};
    const struct ypair *pool = d->given[KEY_POOL];

    if (d->a.is_elastic && d->a.elastic.min > d->a.elastic.max)
        schema_fault(&l->s, pool->key, "`min` of `pool` is more than its `max`: %u, %u",
                     d->a.elastic.min, d->a.elastic.max);
    for (size_t i = 0; i < 3 && pool != NULL && !d->a.is_elastic; i++)
        if (pool->value->kind == YNODE_MAP && ynode_get(pool->value, elastic[i]) != NULL)
            schema_fault(&l->s, pool->key, "`%s` of `pool` is for one without `size`", elastic[i]);
    if (pool != NULL && d->a.speaks == SPEAKS_NONE && d->a.route != ROUTE_LEAST_LOADED)
        schema_fault(&l->s, pool->key,
                     "`route` is for mail, and one that speaks none has no mailbox");
}

/* Templates: what cannot be where nobody knows beforehand who there will be. */
static void topo_check_roles(struct topo_load *l, const struct topo_draft *d)
{
    if (topo_is_own(d, KEY_ORPHANS) && !d->a.template)
        schema_fault(&l->s, d->given[KEY_ORPHANS]->key, "`orphans` is only for a template");
    if (d->a.dead && d->a.speaks != SPEAKS_JSON && d->a.speaks != SPEAKS_FRAMES)
        schema_fault(&l->s, d->given[KEY_DEAD]->key,
                     "`dead` is only for an actor that speaks json or frames");
    if (d->a.hosts && d->a.speaks != SPEAKS_JSON && d->a.speaks != SPEAKS_FRAMES)
        schema_fault(&l->s, d->given[KEY_HOSTS]->key,
                     "`hosts` is only for an actor that speaks json or frames");
    if (!d->a.template)
        return;
    if (d->a.eof == EOF_UPSTREAM)
        schema_fault(&l->s, d->given[KEY_EOF]->key, "a template has nobody upstream");
    if (d->a.mailbox.keep == KEEP_DISK)
        schema_fault(&l->s, d->given[KEY_MAILBOX]->key,
                     "`keep: disk` is not for a template: what is spawned is gone with the system");
}

/* With templates alone nothing would ever run. */
static void topo_check_any(struct topo_load *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!l->drafts[i].a.template && !l->drafts[i].a.is_host)
            return;
    if (l->n > 0)
        schema_fault(&l->s, l->drafts[0].entry, "all actors are templates: none would be started");
}

void topo_check(struct topo_load *l)
{
    topo_check_any(l);
    for (size_t i = 0; i < l->n; i++) {
        struct topo_draft *d = &l->drafts[i];
        if (d->a.is_host)
            continue;
        topo_check_command(l, d);
        topo_check_speaks(l, d);
        topo_check_once(l, d);
        topo_check_backoff(l, d);
        topo_check_probes(l, d);
        topo_check_cwd(l, d);
        topo_check_roles(l, d);
        topo_check_pool(l, d);
        topo_check_init(l, d);
    }
}
