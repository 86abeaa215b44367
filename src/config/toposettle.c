/* `defaults` speaks to all actors at once: what one of them cannot have does not apply to it, and
 * it makes none send to itself or wait for itself. What an actor says itself stays, and is a fault
 * where it cannot be. */
#include "config/topoload.h"

#include <string.h>

static bool topo_inherits(const struct topo_draft *d, enum topo_key k)
{
    return d->given[k] != NULL && !topo_is_own(d, k);
}

/* The same of one entry of a map, which are taken one by one. */
static bool topo_inherits_entry(const struct topo_draft *d, enum topo_key k, const char *entry)
{
    return d->given[k] != NULL &&
           (!topo_is_own(d, k) || ynode_get(d->given[k]->value, entry) == NULL);
}

static void topo_forget(struct topo_draft *d, enum topo_key k)
{
    d->given[k] = NULL;
}

static void topo_settle_after(struct topo_load *l, struct topo_draft *d)
{
    size_t kept = 0, n = d->a.n_after;
    struct topo_after *after;
    const struct ynode **at;

    for (size_t i = 0; i < n; i++)
        kept += strcmp(d->a.after[i].actor, d->a.name) != 0;
    if (kept == n)
        return;
    after = schema_alloc(&l->s, n * sizeof(*after));
    at = topo_scratch(l, n * sizeof(*at));
    if (after == NULL || at == NULL)
        return;
    kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(d->a.after[i].actor, d->a.name) != 0) {
            at[kept] = d->after_at[i];
            after[kept++] = d->a.after[i];
        }
    }
    d->a.after = after;
    d->a.n_after = kept;
    d->after_at = at;
}

/* Is the address that of the actor itself, or of a member of it? */
static bool topo_is_self(const struct topo_draft *d, const char *address)
{
    size_t n = strlen(d->a.name);

    return strncmp(address, d->a.name, n) == 0 && (address[n] == '\0' || address[n] == '/');
}

static void topo_settle_to(struct topo_load *l, struct topo_draft *d)
{
    size_t kept = 0, n = d->a.n_to;
    const struct ynode **at;
    char **to;

    for (size_t i = 0; i < n; i++)
        kept += !topo_is_self(d, d->a.to[i]);
    if (kept == n)
        return;
    to = schema_alloc(&l->s, (n + 1) * sizeof(*to));
    at = topo_scratch(l, n * sizeof(*at));
    if (to == NULL || at == NULL)
        return;
    kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!topo_is_self(d, d->a.to[i])) {
            at[kept] = d->to_at[i];
            to[kept++] = d->a.to[i];
        }
    }
    d->a.to = to;
    d->a.n_to = kept;
    d->to_at = at;
}

static void topo_settle_init(struct topo_load *l, struct topo_draft *d)
{
    struct initial_rule *init = &d->a.init;
    size_t n = init->n_from;
    char **from = schema_alloc(&l->s, (n + 1) * sizeof(*from));
    const struct ynode **at = topo_scratch(l, (n + 1) * sizeof(*at));

    if (from == NULL || at == NULL)
        return;
    init->n_from = 0;
    for (size_t i = 0; i < n; i++) {
        if (!topo_is_self(d, init->from[i])) {
            at[init->n_from] = d->init_at[i];
            from[init->n_from++] = init->from[i];
        }
    }
    init->from = from;
    d->init_at = at;
}

/* The pool that an actor gives itself is all that there is: nothing of `defaults` is in it. */
static void topo_settle_pool(struct topo_load *l, struct topo_draft *d)
{
    const struct ynode *value = d->given[KEY_POOL] == NULL ? NULL : d->given[KEY_POOL]->value;
    bool map = value != NULL && value->kind == YNODE_MAP;

    if (topo_is_own(d, KEY_POOL) && l->defaults.given[KEY_POOL] != NULL) {
        schema_defaults(&l->s, &topo_pool_table, d);
        d->a.route = ROUTE_LEAST_LOADED;
        d->a.route_header = NULL;
        if (map)
            (void)schema_apply(&l->s, &topo_pool_table, value, d, NULL);
    }
    if (d->a.speaks == SPEAKS_NONE && !topo_is_own(d, KEY_POOL))
        d->a.route = ROUTE_LEAST_LOADED;
    d->a.is_pool = value != NULL;
    d->a.is_elastic = map && ynode_get(value, "size") == NULL;
    if (d->a.is_elastic)
        d->a.pool = d->a.elastic.min;
}

/* What it says of its process itself and only one of its own on this host can have. */
static bool topo_needs_process(const struct topo_draft *d)
{
    return (topo_is_own(d, KEY_TRANSPORT) && d->a.transport == TRANSPORT_STDIO) ||
           (d->a.ready == READY_LOG && !topo_inherits_entry(d, KEY_READY, "log")) ||
           (topo_is_own(d, KEY_ON) && d->a.on.kind != TOPO_ON_HERE);
}

static void topo_settle_in(struct topo_draft *d)
{
    if (topo_inherits(d, KEY_IN) &&
        (d->a.speaks != SPEAKS_FRAMES || d->given[KEY_RUN] == NULL || topo_needs_process(d))) {
        d->a.in = IN_PROCESS;
        topo_forget(d, KEY_IN);
    }
    if (d->a.in == IN_PROCESS && topo_inherits(d, KEY_HOST)) {
        d->a.host = NULL;
        topo_forget(d, KEY_HOST);
    }
    if (d->a.in != IN_PROCESS && topo_inherits_entry(d, KEY_READY, "log") &&
        d->a.ready == READY_LOG)
        d->a.ready = READY_START;
}

static bool topo_goes_far(const struct topo_draft *d)
{
    return d->a.speaks != SPEAKS_FRAMES || d->a.transport == TRANSPORT_IPC ||
           d->a.transport == TRANSPORT_STDIO;
}

/* Where it runs, and how it is reached there. */
static void topo_settle_place(struct topo_draft *d)
{
    bool carried = topo_is_own(d, KEY_TRANSPORT) && !topo_goes_far(d);

    if (topo_inherits(d, KEY_ON) && (d->a.in != IN_PROCESS || carried)) {
        d->a.on = (struct topo_on){TOPO_ON_HERE, NULL, {NULL, 0}};
        topo_forget(d, KEY_ON);
    }
    if (topo_inherits(d, KEY_TRANSPORT) &&
        (d->a.speaks != SPEAKS_FRAMES ||
         (d->a.in != IN_PROCESS && d->a.transport == TRANSPORT_STDIO) ||
         (d->a.on.kind != TOPO_ON_HERE && !topo_goes_far(d)))) {
        d->a.transport = TRANSPORT_IPC;
        topo_forget(d, KEY_TRANSPORT);
    }
}

/* What is for a pool of processes that stay, and not for one process a message. */
static void topo_settle_once(struct topo_draft *d)
{
    if (topo_inherits(d, KEY_POOL)) {
        d->a.pool = 1;
        d->a.route = ROUTE_LEAST_LOADED;
        topo_forget(d, KEY_POOL);
    }
    if (topo_inherits(d, KEY_READY)) {
        d->a.ready = READY_START;
        topo_forget(d, KEY_READY);
    }
    if (topo_inherits(d, KEY_HEALTH)) {
        d->a.health.how = PROBE_NONE;
        topo_forget(d, KEY_HEALTH);
    }
}

/* What only one way of speaking has. */
static void topo_settle_speaks(struct topo_draft *d)
{
    bool typed = d->a.speaks == SPEAKS_JSON || d->a.speaks == SPEAKS_FRAMES;

    if (topo_inherits(d, KEY_CONCURRENCY) && d->a.speaks != SPEAKS_ONCE) {
        d->a.concurrency = 1;
        topo_forget(d, KEY_CONCURRENCY);
    }
    if (topo_inherits(d, KEY_ACK) && d->a.speaks != SPEAKS_LINES) {
        d->a.ack = ACK_READ;
        topo_forget(d, KEY_ACK);
    }
    if (topo_inherits(d, KEY_DELIMITER) && d->a.speaks != SPEAKS_LINES) {
        d->a.delimiter = '\n';
        topo_forget(d, KEY_DELIMITER);
    }
    if (topo_inherits(d, KEY_DEAD) && !typed)
        d->a.dead = false;
    if (topo_inherits(d, KEY_HOSTS) && !typed)
        d->a.hosts = false;
    if (topo_inherits(d, KEY_MAILBOX) && d->a.speaks == SPEAKS_NONE)
        topo_forget(d, KEY_MAILBOX);
}

static void topo_settle_template(struct topo_draft *d)
{
    if (topo_inherits(d, KEY_EOF)) {
        d->a.eof = EOF_NEVER;
        topo_forget(d, KEY_EOF);
    }
    if (topo_inherits_entry(d, KEY_MAILBOX, "keep"))
        d->a.mailbox.keep = KEEP_MEMORY;
}

void topo_settle(struct topo_load *l, struct topo_draft *d)
{
    bool once = d->a.speaks == SPEAKS_ONCE, none = d->a.speaks == SPEAKS_NONE;

    if (topo_inherits(d, KEY_AFTER))
        topo_settle_after(l, d);
    if (topo_inherits(d, KEY_TO) && none)
        d->a.n_to = 0;
    else if (topo_inherits(d, KEY_TO))
        topo_settle_to(l, d);
    if (topo_inherits(d, KEY_INIT) && (none || once))
        d->a.init = (struct initial_rule){.n_from = 0};
    else if (topo_inherits(d, KEY_INIT))
        topo_settle_init(l, d);
    if (once)
        topo_settle_once(d);
    topo_settle_speaks(d);
    topo_settle_in(d);
    topo_settle_place(d);
    if (d->a.template)
        topo_settle_template(d);
    topo_settle_pool(l, d);
}
