/* Hosts: processes that run several actors, each a thread or all in sequence. Who names one makes
 * it: it is one more actor, without a mailbox, and those in it wait for it to be ready. */
#include "config/topodiff.h"
#include "config/topoload.h"

#include <signal.h>
#include <string.h>

enum { TOPOHOSTS_PAUSE_MS = 100 };

static const char *topohosts_way(const struct topo_draft *d)
{
    return d->a.in == IN_THREAD ? "thread" : "sequence";
}

static const struct ynode *topohosts_at(const struct topo_draft *d, enum topo_key key)
{
    return d->given[key] == NULL ? d->entry : d->given[key]->key;
}

/* What only a process of its own can have. */
static void topohosts_check(struct topo_load *l, const struct topo_draft *d)
{
    const char *in = topohosts_way(d);

    if (d->a.host == NULL)
        schema_fault(&l->s, topohosts_at(d, KEY_IN),
                     "`in: %s` needs `host: NAME`: actors that name the same one share a process",
                     in);
    if (d->a.speaks != SPEAKS_FRAMES)
        schema_fault(&l->s, topohosts_at(d, KEY_IN), "`in: %s` is for an actor that speaks frames",
                     in);
    if (d->a.transport == TRANSPORT_STDIO)
        schema_fault(&l->s, topohosts_at(d, KEY_TRANSPORT),
                     "`in: %s`: it has no standard input of its own for `transport: stdio`", in);
    if (d->a.ready == READY_LOG)
        schema_fault(&l->s, topohosts_at(d, KEY_READY),
                     "`in: %s`: it has no standard error of its own (did you mean `ready: "
                     "notify`, and actor_ready()?)",
                     in);
}

/* A host as it is before anybody is in it. */
static void topohosts_new(struct topo_load *l, const struct topo_draft *guest)
{
    struct topo_draft *h = &l->drafts[l->n];

    *h = (struct topo_draft){.entry = guest->given[KEY_HOST]->value};
    schema_defaults(&l->s, &topo_actor_table, &h->a);
    h->a.name = guest->a.host;
    h->a.line = h->entry->line;
    h->a.is_host = true;
    h->a.in = guest->a.in;
    h->a.speaks = SPEAKS_NONE;
    h->a.restart = RESTART_ALWAYS;
    h->a.backoff.min_ms = h->a.backoff.max_ms = TOPOHOSTS_PAUSE_MS;
    h->a.stop.grace_ms = 0;
    topo_add_name(l, h->entry, h->a.name, l->n, false);
    l->n++;
}

/* The host that d names; NULL after a fault. */
static struct topo_draft *topohosts_of(struct topo_load *l, const struct topo_draft *d)
{
    const struct ynode *at = d->given[KEY_HOST]->value;
    long i = topo_index(l, d->a.host);

    if (i < 0 && !topo_read_name(l, at))
        return NULL;
    if (strcmp(d->a.host, "root") == 0) {
        schema_fault(&l->s, at, "`root` is the name of the group that all actors stand in");
        return NULL;
    }
    if (i < 0) {
        topohosts_new(l, d);
        return l->s.nomem ? NULL : &l->drafts[l->n - 1];
    }
    if (!l->drafts[i].a.is_host) {
        schema_fault(&l->s, at, "`%s` is the name of an actor: a host needs one of its own",
                     d->a.host);
        return NULL;
    }
    if (l->drafts[i].a.in != d->a.in) {
        schema_fault(&l->s, topohosts_at(d, KEY_IN),
                     "the host `%s` runs its actors in %s, by line %d: they must all be the same",
                     d->a.host, topohosts_way(&l->drafts[i]), l->drafts[i].a.line);
        return NULL;
    }
    return &l->drafts[i];
}

/* Behind whatever it waits for by its own entry. */
static void topohosts_await(struct topo_load *l, struct topo_draft *d, const struct topo_draft *h)
{
    size_t n = d->a.n_after;
    struct topo_after *after = schema_alloc(&l->s, (n + 1) * sizeof(*after));
    const struct ynode **at = topo_scratch(l, (n + 1) * sizeof(*at));

    if (after == NULL || at == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        after[i] = d->a.after[i];
        at[i] = d->after_at[i];
    }
    after[n] = (struct topo_after){h->a.name, AFTER_READY};
    at[n] = h->entry;
    d->a.after = after;
    d->a.n_after = n + 1;
    d->after_at = at;
}

static void topohosts_enter(struct topo_load *l, struct topo_draft *d)
{
    struct topo_draft *h;

    if (d->a.in == IN_PROCESS) {
        if (d->a.host != NULL)
            schema_fault(&l->s, topohosts_at(d, KEY_HOST),
                         "`host` is only for `in: thread` and `in: sequence`");
        d->a.host = NULL;
        return;
    }
    topohosts_check(l, d);
    h = d->a.host == NULL ? NULL : topohosts_of(l, d);
    if (h == NULL) {
        d->a.host = NULL;
        return;
    }
    topohosts_await(l, d, h);
    if (d->a.stop.grace_ms > h->a.stop.grace_ms)
        h->a.stop.grace_ms = d->a.stop.grace_ms;
}

void topo_read_hosts(struct topo_load *l)
{
    size_t n = l->n, named = 0;

    for (size_t i = 0; i < n; i++)
        named += l->drafts[i].a.host != NULL || l->drafts[i].a.in != IN_PROCESS;
    if (named == 0)
        return;
    struct topo_draft *grown = topo_scratch(l, (n + named) * sizeof(*grown));
    if (grown == NULL)
        return;
    memcpy(grown, l->drafts, n * sizeof(*grown));
    l->drafts = grown;
    for (size_t i = 0; i < n && !l->s.nomem; i++)
        topohosts_enter(l, &l->drafts[i]);
}

/* --- what a host is held to --- */

/* What the kernel knows of a process, and not of a thread. */
static void topohosts_agree(struct topo_load *l, const struct topo_draft *d,
                            const struct topo_draft *first)
{
    static const struct {
        const char *name;
        enum topo_key key;
    } shared[] = {
        {"cwd", KEY_CWD},
        {"user", KEY_USER},
        {"group", KEY_GROUP},
        {"umask", KEY_UMASK},
        {"nice", KEY_NICE},
        {"limits.memory", KEY_LIMITS},
        {"limits.files", KEY_LIMITS},
        {"limits.processes", KEY_LIMITS},
        {"limits.cpu", KEY_LIMITS},
        {"limits.core", KEY_LIMITS},
    };
    struct topodiff differ;

    topodiff_actor(&first->a, &d->a, &differ);
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        if (topodiff_has(&differ, shared[i].name))
            schema_fault(&l->s, topohosts_at(d, shared[i].key),
                         "`%s` is not that of `%s`, with which it shares the host `%s`: give both "
                         "the same, or this one another host",
                         shared[i].name, first->a.name, d->a.host);
}

static void topohosts_object(struct topo_load *l, const struct topo_draft *d)
{
    if (d->a.argv != NULL && !d->a.object)
        schema_fault(&l->s, topohosts_at(d, topo_is_own(d, KEY_SHELL) ? KEY_SHELL : KEY_RUN),
                     "`in: %s` needs a shared object, such as `run: ./%s.so`, built by `cc -shared "
                     "-fPIC`: see actorhost(1)",
                     topohosts_way(d), d->a.name);
}

void topo_finish_hosts(struct topo_load *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct topo_draft *d = &l->drafts[i];
        long at = d->a.host == NULL ? -1 : topo_index(l, d->a.host);
        if (at < 0)
            continue;
        struct topo_draft *h = &l->drafts[at];
        topohosts_object(l, d);
        if (h->first == NULL) {
            h->first = d;
            h->a.cwd = d->a.cwd;
            h->a.identity = d->a.identity;
            h->a.limits = d->a.limits;
        } else {
            topohosts_agree(l, d, h->first);
        }
    }
}
