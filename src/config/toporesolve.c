/* The actors that `to`, `after` and `init` name. */
#include "config/topoload.h"
#include "model/address.h"

#include <string.h>

static bool topo_fresh(const struct topo_load *l, const struct ynode *at)
{
    return faults_fresh(l->s.faults, at->line, at->col);
}

static void topo_unknown(struct topo_load *l, const struct ynode *at, const char *name)
{
    const char *near = topo_fresh(l, at) ? topo_near(l, name) : NULL;
    struct topo_name *found;

    HASH_FIND_STR(l->own->names, name, found);
    if (found != NULL)
        schema_fault(&l->s, at, "`%.*s` is a group: name the actor that is meant", TOPO_SHOWN,
                     name);
    else if (near != NULL)
        schema_fault(&l->s, at, "no actor `%.*s` (did you mean `%s`?)", TOPO_SHOWN, name, near);
    else
        schema_fault(&l->s, at, "no actor `%.*s`", TOPO_SHOWN, name);
}

static bool topo_is_template(struct topo_load *l, const struct ynode *at, long i)
{
    if (!l->drafts[i].a.template)
        return false;
    schema_fault(&l->s, at, "`%s` is a template: actors are spawned of it", l->drafts[i].a.name);
    return true;
}

/* The actor that an address leads to, or -1 after a fault. */
static long topo_target(struct topo_load *l, const struct ynode *at, const char *text)
{
    struct address a;
    char parent[ADDRESS_MAX + 1];

    if (address_parse(text, strlen(text), &a, NULL) < 0)
        return -1;
    if (address_is_client(text)) {
        schema_fault(&l->s, at, "`%s` is an outside client, which `to` cannot name", text);
        return -1;
    }
    if (a.host[0] != '\0' && !topo_is_host(l, a.host)) {
        schema_fault(&l->s, at, "`@%s`: no such host: `hosts` names them", a.host);
        return -1;
    }
    size_t n = strcspn(a.name, ".");
    memcpy(parent, a.name, n);
    parent[n] = '\0';
    long i = topo_index(l, parent);
    if (i < 0) {
        topo_unknown(l, at, parent);
    } else if (a.name[n] != '\0') {
        schema_fault(&l->s, at, "`%s` is spawned, if at all: `to` names actors of the file",
                     a.name);
        i = -1;
    } else if (topo_is_template(l, at, i)) {
        i = -1;
    } else if (l->drafts[i].a.speaks == SPEAKS_NONE) {
        schema_fault(&l->s, at, "`%s` speaks none: it has no mailbox", a.name);
        i = -1;
    } else if (a.member > 0 && (unsigned)a.member > l->drafts[i].a.pool) {
        schema_fault(&l->s, at, "`%s` has no member %d: its pool has %u", a.name, a.member,
                     l->drafts[i].a.pool);
        i = -1;
    }
    return i;
}

/* The most members that its pool may have. */
static unsigned topo_most(const struct topo_actor *a)
{
    return a->is_elastic ? a->elastic.max : a->pool;
}

static bool topo_repeated(const struct topo_draft *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (d->to_index[k] == d->to_index[i] && strcmp(d->a.to[k], d->a.to[i]) == 0)
            return true;
    return false;
}

static void topo_resolve_to(struct topo_load *l, struct topo_draft *d)
{
    if ((d->to_index = topo_scratch(l, (d->a.n_to + 1) * sizeof(*d->to_index))) == NULL)
        return;
    for (size_t i = 0; i < d->a.n_to; i++) {
        d->to_index[i] = (size_t)topo_target(l, d->to_at[i], d->a.to[i]);
        if (d->to_index[i] != SIZE_MAX && topo_repeated(d, i))
            schema_fault(&l->s, d->to_at[i], "`%s` is named twice", d->a.to[i]);
    }
}

static void topo_resolve_after(struct topo_load *l, struct topo_draft *d)
{
    if ((d->after_index = topo_scratch(l, (d->a.n_after + 1) * sizeof(*d->after_index))) == NULL)
        return;
    for (size_t i = 0; i < d->a.n_after; i++) {
        long found = topo_index(l, d->a.after[i].actor);
        d->after_index[i] = (size_t)found;
        if (found < 0)
            topo_unknown(l, d->after_at[i], d->a.after[i].actor);
        else if (topo_is_template(l, d->after_at[i], found))
            d->after_index[i] = SIZE_MAX;
    }
}

/* Of one that is spawned only its parent can be known. */
static void topo_resolve_sender(struct topo_load *l, const struct ynode *at, const char *text)
{
    struct address a;
    char parent[ADDRESS_MAX + 1];

    if (address_is_client(text) || address_parse(text, strlen(text), &a, NULL) < 0)
        return;
    size_t n = strcspn(a.name, ".");
    memcpy(parent, a.name, n);
    parent[n] = '\0';
    long i = topo_index(l, parent);
    if (i < 0)
        topo_unknown(l, at, parent);
    else if (topo_is_template(l, at, i) || a.name[n] != '\0')
        return;
    else if (a.member > 0 && (unsigned)a.member > topo_most(&l->drafts[i].a))
        schema_fault(&l->s, at, "`%s` has no member %d: its pool has %u", a.name, a.member,
                     topo_most(&l->drafts[i].a));
}

static void topo_resolve_init(struct topo_load *l, const struct topo_draft *d)
{
    for (size_t i = 0; i < d->a.init.n_from; i++)
        topo_resolve_sender(l, d->init_at[i], d->a.init.from[i]);
}

void topo_resolve(struct topo_load *l)
{
    /* Those who have just what `defaults` gave share what it led to. */
    topo_resolve_to(l, &l->defaults);
    topo_resolve_after(l, &l->defaults);
    topo_resolve_init(l, &l->defaults);
    for (size_t i = 0; i < l->n && !l->s.nomem; i++) {
        struct topo_draft *d = &l->drafts[i];
        if (d->a.to == l->defaults.a.to && d->a.n_to == l->defaults.a.n_to)
            d->to_index = l->defaults.to_index;
        else
            topo_resolve_to(l, d);
        if (d->a.after == l->defaults.a.after && d->a.n_after == l->defaults.a.n_after)
            d->after_index = l->defaults.after_index;
        else
            topo_resolve_after(l, d);
        if (topo_is_own(d, KEY_INIT))
            topo_resolve_init(l, d);
    }
}
