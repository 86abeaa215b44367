#include "config/topodiff.h"

#include <stdlib.h>
#include <string.h>

/* --- values that are no plain fields --- */

static bool topodiff_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool topodiff_texts(char *const *a, size_t n, char *const *b, size_t m)
{
    if (n != m)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool topodiff_run(const struct topo_actor *a, const struct topo_actor *b)
{
    /* It is looked for only where it may run here. */
    bool program = a->here != b->here || topodiff_text(a->program, b->program);

    return program && a->object == b->object && topodiff_texts(a->argv, a->argc, b->argv, b->argc);
}

/* A filter without `to` owes a line for each message, by which asks are answered; with it, none.
 * (With `ack: line` it always does.) */
static bool topodiff_owes(const struct topo_actor *a, const struct topo_actor *b)
{
    return a->speaks != SPEAKS_LINES || a->ack != ACK_READ || (a->n_to == 0) == (b->n_to == 0);
}

static bool topodiff_to(const struct topo_actor *a, const struct topo_actor *b)
{
    return topodiff_texts(a->to, a->n_to, b->to, b->n_to);
}

static bool topodiff_probe(const struct topo_probe *a, const struct topo_probe *b)
{
    return a->how == b->how && topodiff_texts(a->argv, a->argc, b->argv, b->argc) &&
           topodiff_text(a->program, b->program) && topodiff_text(a->host, b->host) &&
           a->port == b->port && a->every_ms == b->every_ms && a->timeout_ms == b->timeout_ms &&
           a->failures == b->failures;
}

static bool topodiff_ready(const struct topo_actor *a, const struct topo_actor *b)
{
    return a->ready == b->ready && topodiff_text(a->ready_log, b->ready_log) &&
           topodiff_probe(&a->ready_probe, &b->ready_probe);
}

static bool topodiff_health(const struct topo_actor *a, const struct topo_actor *b)
{
    return topodiff_probe(&a->health, &b->health);
}

static bool topodiff_in_host(const struct topo_actor *a, const struct topo_actor *b)
{
    return topodiff_text(a->host, b->host);
}

/* The last that an actor in a host waits for is that, which its file does not say. */
static bool topodiff_after(const struct topo_actor *a, const struct topo_actor *b)
{
    size_t n = a->n_after - (a->host != NULL), m = b->n_after - (b->host != NULL);

    if (n != m)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a->after[i].actor, b->after[i].actor) != 0 ||
            a->after[i].when != b->after[i].when)
            return false;
    return true;
}

static bool topodiff_init(const struct topo_actor *a, const struct topo_actor *b)
{
    const struct initial_rule *x = &a->init, *y = &b->init;

    return topodiff_texts(x->from, x->n_from, y->from, y->n_from) &&
           topodiff_texts(x->headers, x->n_headers, y->headers, y->n_headers);
}

static bool topodiff_capabilities(const struct topo_capabilities *a,
                                  const struct topo_capabilities *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->list[i].key, b->list[i].key) != 0 ||
            strcmp(a->list[i].value, b->list[i].value) != 0)
            return false;
    return true;
}

static bool topodiff_on(const struct topo_actor *a, const struct topo_actor *b)
{
    return a->on.kind == b->on.kind && topodiff_text(a->on.host, b->on.host) &&
           topodiff_capabilities(&a->on.needs, &b->on.needs);
}

static int topodiff_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool topodiff_files(const struct topo_actor *a, const struct topo_actor *b)
{
    bool moves = (a->on.kind == TOPO_ON_HERE) != (b->on.kind == TOPO_ON_HERE);

    return moves || topodiff_texts(a->files, a->n_files, b->files, b->n_files);
}

/* The order in which variables stand in the file means nothing. Without memory they differ. */
static bool topodiff_env(const struct topo_actor *a, const struct topo_actor *b)
{
    if (a->n_env != b->n_env)
        return false;
    if (topodiff_texts(a->env, a->n_env, b->env, b->n_env))
        return true;
    char **both = calloc(2 * a->n_env, sizeof(*both));
    if (both == NULL)
        return false;
    memcpy(both, a->env, a->n_env * sizeof(*both));
    memcpy(both + a->n_env, b->env, a->n_env * sizeof(*both));
    qsort(both, a->n_env, sizeof(*both), topodiff_order);
    qsort(both + a->n_env, a->n_env, sizeof(*both), topodiff_order);
    bool same = topodiff_texts(both, a->n_env, both + a->n_env, a->n_env);
    free(both);
    return same;
}

static bool topodiff_cwd(const struct topo_actor *a, const struct topo_actor *b)
{
    return topodiff_text(a->cwd, b->cwd);
}

static bool topodiff_user(const struct topo_actor *a, const struct topo_actor *b)
{
    const struct topo_identity *i = &a->identity, *j = &b->identity;

    return topodiff_text(i->user, j->user) && topodiff_text(i->login, j->login) &&
           topodiff_text(i->home, j->home) && topodiff_text(i->shell, j->shell) && i->uid == j->uid;
}

static bool topodiff_group_of(const struct topo_actor *a, const struct topo_actor *b)
{
    return topodiff_text(a->identity.group, b->identity.group) &&
           a->identity.gid == b->identity.gid;
}

static bool topodiff_backoff(const struct topo_actor *a, const struct topo_actor *b)
{
    const struct topo_backoff *x = &a->backoff, *y = &b->backoff;

    return x->min_ms == y->min_ms && x->max_ms == y->max_ms && x->reset_ms == y->reset_ms &&
           !(x->factor < y->factor) && !(x->factor > y->factor) && !(x->jitter < y->jitter) &&
           !(x->jitter > y->jitter);
}

/* The number of a pool that is no elastic one; the bounds of one that is. */
static bool topodiff_pool(const struct topo_actor *a, const struct topo_actor *b)
{
    return a->is_elastic || b->is_elastic || a->pool == b->pool;
}

static bool topodiff_pool_min(const struct topo_actor *a, const struct topo_actor *b)
{
    return !b->is_elastic || a->elastic.min == b->elastic.min;
}

static bool topodiff_pool_max(const struct topo_actor *a, const struct topo_actor *b)
{
    return !b->is_elastic || a->elastic.max == b->elastic.max;
}

static bool topodiff_pool_idle(const struct topo_actor *a, const struct topo_actor *b)
{
    return !b->is_elastic || a->elastic.idle_ms == b->elastic.idle_ms;
}

static bool topodiff_pool_route(const struct topo_actor *a, const struct topo_actor *b)
{
    return a->route == b->route && topodiff_text(a->route_header, b->route_header);
}

/* --- the keys --- */

#define FIELD(key_, change_, field)                              \
    {                                                            \
        key_, change_, NULL, offsetof(struct topo_actor, field), \
            sizeof(((struct topo_actor *)NULL)->field)           \
    }
#define VALUE(key_, change_, same_) \
    {                               \
        key_, change_, same_, 0, 0  \
    }

const struct topodiff_row topodiff_rows[] = {
    VALUE("run", CHANGE_RESTART, topodiff_run),
    FIELD("in", CHANGE_RESTART, in),
    VALUE("host", CHANGE_RESTART, topodiff_in_host),
    VALUE("on", CHANGE_RESTART, topodiff_on),
    FIELD("failover", CHANGE_LIVE, failover_ms),
    VALUE("files", CHANGE_RESTART, topodiff_files),
    VALUE("env", CHANGE_RESTART, topodiff_env),
    VALUE("cwd", CHANGE_RESTART, topodiff_cwd),
    VALUE("user", CHANGE_RESTART, topodiff_user),
    VALUE("group", CHANGE_RESTART, topodiff_group_of),
    FIELD("umask", CHANGE_RESTART, identity.umask),
    FIELD("nice", CHANGE_RESTART, identity.nice),
    FIELD("limits.memory", CHANGE_RESTART, limits.memory),
    FIELD("limits.files", CHANGE_RESTART, limits.files),
    FIELD("limits.processes", CHANGE_RESTART, limits.processes),
    FIELD("limits.cpu", CHANGE_RESTART, limits.cpu_ms),
    FIELD("limits.core", CHANGE_RESTART, limits.core),
    FIELD("speaks", CHANGE_REPLACE, speaks),
    FIELD("ack", CHANGE_REPLACE, ack),
    FIELD("delimiter", CHANGE_REPLACE, delimiter),
    FIELD("concurrency", CHANGE_REPLACE, concurrency),
    FIELD("transport", CHANGE_REPLACE, transport),
    FIELD("pool", CHANGE_REPLACE, is_pool),
    FIELD("pool", CHANGE_LIVE, is_elastic),
    VALUE("pool", CHANGE_LIVE, topodiff_pool),
    VALUE("pool.min", CHANGE_LIVE, topodiff_pool_min),
    VALUE("pool.max", CHANGE_LIVE, topodiff_pool_max),
    VALUE("pool.idle", CHANGE_LIVE, topodiff_pool_idle),
    VALUE("pool.route", CHANGE_LIVE, topodiff_pool_route),
    FIELD("template", CHANGE_REPLACE, template),
    FIELD("orphans", CHANGE_LIVE, orphans),
    FIELD("dead", CHANGE_LIVE, dead),
    FIELD("hosts", CHANGE_LIVE, hosts),
    VALUE("to", CHANGE_REPLACE, topodiff_owes),
    VALUE("to", CHANGE_LIVE, topodiff_to),
    FIELD("eof", CHANGE_LIVE, eof),
    FIELD("restart", CHANGE_LIVE, restart),
    VALUE("backoff", CHANGE_LIVE, topodiff_backoff),
    FIELD("limit.restarts", CHANGE_LIVE, limit.restarts),
    FIELD("limit.within", CHANGE_LIVE, limit.within_ms),
    FIELD("stop.signal", CHANGE_LIVE, stop.signal),
    FIELD("stop.grace", CHANGE_LIVE, stop.grace_ms),
    VALUE("ready", CHANGE_LIVE, topodiff_ready),
    VALUE("health", CHANGE_LIVE, topodiff_health),
    VALUE("after", CHANGE_LIVE, topodiff_after),
    FIELD("mailbox.messages", CHANGE_LIVE, mailbox.messages),
    FIELD("mailbox.bytes", CHANGE_LIVE, mailbox.bytes),
    FIELD("mailbox.full", CHANGE_LIVE, mailbox.full),
    FIELD("mailbox.in_hand", CHANGE_LIVE, mailbox.in_hand),
    FIELD("mailbox.retry", CHANGE_LIVE, mailbox.retry),
    FIELD("mailbox.expire", CHANGE_LIVE, mailbox.expire_ms),
    FIELD("mailbox.keep", CHANGE_LIVE, mailbox.keep),
    VALUE("init", CHANGE_LIVE, topodiff_init),
    FIELD("log.max", CHANGE_LIVE, log.max_bytes),
    FIELD("log.keep", CHANGE_LIVE, log.keep),
};
const size_t topodiff_n_rows = sizeof(topodiff_rows) / sizeof(topodiff_rows[0]);

const char *topodiff_effect(enum topo_change change)
{
    static const char *const effects[] = {
        [CHANGE_NONE] = "none",
        [CHANGE_LIVE] = "in place",
        [CHANGE_RESTART] = "restart",
        [CHANGE_REPLACE] = "replace",
    };
    return effects[change];
}

/* --- comparing --- */

static void topodiff_found(struct topodiff *d, const char *key, enum topo_change change)
{
    d->change = change > d->change ? change : d->change;
    if (d->n > 0 && strcmp(d->keys[d->n - 1], key) == 0) /* rows of one key are neighbours */
        return;
    if (d->n < TOPODIFF_KEYS)
        d->keys[d->n++] = key;
}

void topodiff_actor(const struct topo_actor *was, const struct topo_actor *is, struct topodiff *d)
{
    *d = (struct topodiff){.change = CHANGE_NONE};
    for (size_t i = 0; i < topodiff_n_rows; i++) {
        const struct topodiff_row *r = &topodiff_rows[i];
        bool same = r->same != NULL ? r->same(was, is)
                                    : memcmp((const char *)was + r->offset,
                                             (const char *)is + r->offset, r->size) == 0;
        if (!same)
            topodiff_found(d, r->key, r->change);
    }
}

bool topodiff_has(const struct topodiff *d, const char *key)
{
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->keys[i], key) == 0)
            return true;
    return false;
}

static bool topodiff_members(const struct topology *was, const struct topo_group *g,
                             const struct topology *is, const struct topo_group *h)
{
    if (g->n != h->n)
        return false;
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(was->actors[was->order[g->first + i]].name,
                   is->actors[is->order[h->first + i]].name) != 0)
            return false;
    return strcmp(was->groups[g->parent].name, is->groups[h->parent].name) == 0;
}

void topodiff_group(const struct topology *was, const struct topo_group *g,
                    const struct topology *is, const struct topo_group *h, struct topodiff *d)
{
    *d = (struct topodiff){.change = CHANGE_NONE};
    if (g->strategy != h->strategy || g->acts != h->acts)
        topodiff_found(d, "strategy", CHANGE_LIVE);
    if (g->limit.restarts != h->limit.restarts || g->limit.within_ms != h->limit.within_ms)
        topodiff_found(d, "limit", CHANGE_LIVE);
    /* The root has all: who came and went is told of each. */
    if (g != was->groups && !topodiff_members(was, g, is, h))
        topodiff_found(d, "members", CHANGE_LIVE);
}

bool topodiff_own_log(const struct topo_own_log *was, const struct topo_own_log *is)
{
    return was->json == is->json && was->log.max_bytes == is->log.max_bytes &&
           was->log.keep == is->log.keep;
}

bool topodiff_tls(const struct topo_tls *was, const struct topo_tls *is)
{
    return topodiff_text(was->cert, is->cert) && topodiff_text(was->key, is->key) &&
           topodiff_text(was->ca, is->ca) &&
           (was->cert == NULL || topodiff_text(was->name, is->name));
}

void topodiff_host(const struct topo_host *was, const struct topo_host *is, struct topodiff *d)
{
    const struct {
        const char *key;
        enum topo_change change;
        bool same;
    } rows[] = {
        {"ssh", CHANGE_REPLACE, topodiff_text(was->ssh, is->ssh)},
        {"launch", CHANGE_REPLACE,
         topodiff_texts(was->launch, was->n_launch, is->launch, is->n_launch)},
        {"join", CHANGE_REPLACE, was->join == is->join},
        {"capabilities", CHANGE_LIVE, topodiff_capabilities(&was->capabilities, &is->capabilities)},
        {"dir", CHANGE_LIVE, topodiff_text(was->dir, is->dir)},
        {"alone", CHANGE_LIVE, was->alone_ms == is->alone_ms},
        {"down_after", CHANGE_LIVE, was->down_after_ms == is->down_after_ms},
    };

    *d = (struct topodiff){.change = CHANGE_NONE};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!rows[i].same)
            topodiff_found(d, rows[i].key, rows[i].change);
}

bool topodiff_join(const struct topo_join *was, const struct topo_join *is)
{
    return topodiff_text(was->address, is->address) && was->port == is->port &&
           topodiff_text(was->token, is->token);
}
