/* Rings: `after` that goes round, and what `eof: upstream` cannot have above it. */
#include "base/bytes.h"
#include "config/topoload.h"

#include <string.h>

enum { TOPORING_SHOWN = 8 };

/* The actors as a graph, along `to` or along `after`. */
struct toporing {
    struct topo_load *l;
    bool after;
    size_t *low, *number; /* Tarjan's; number 0: not visited */
    size_t *part;         /* the strongly connected part of each; 0: not known yet */
    size_t *stack, *path, *edge;
    size_t n_stack, n_path, count, parts;
    bool *ring;   /* in a ring? */
    size_t *from; /* for the search of the shortest way round */
};

/* The e-th that i leads to, TOPO_NOBODY for one that is not known; false: there are no more. Behind
 * those that it waits for comes the one before it in its group. */
static bool toporing_edge(const struct toporing *r, size_t i, size_t e, size_t *to)
{
    const struct topo_draft *d = &r->l->drafts[i];
    const size_t *index = r->after ? d->after_index : d->to_index;
    size_t n = index == NULL ? 0 : r->after ? d->a.n_after : d->a.n_to;

    *to = e < n ? index[e] : d->a.before;
    return e < n + (r->after ? 1 : 0);
}

static void toporing_enter(struct toporing *r, size_t i)
{
    r->number[i] = r->low[i] = ++r->count;
    r->stack[r->n_stack++] = i;
    r->path[r->n_path++] = i;
    r->edge[i] = 0;
}

/* All ways from i are walked: is it the first of a part? */
static void toporing_leave(struct toporing *r, size_t i)
{
    size_t size = 0, k;

    r->n_path--;
    if (r->n_path > 0 && r->low[i] < r->low[r->path[r->n_path - 1]])
        r->low[r->path[r->n_path - 1]] = r->low[i];
    if (r->low[i] != r->number[i])
        return;
    r->parts++;
    do {
        k = r->stack[--r->n_stack];
        r->part[k] = r->parts;
        r->ring[k] = r->ring[k] || size > 0 || k != i;
        size++;
    } while (k != i);
}

/* Tarjan's strongly connected parts, without recursion: a chain of 20,000 is allowed. */
static void toporing_walk(struct toporing *r, size_t root)
{
    toporing_enter(r, root);
    while (r->n_path > 0) {
        size_t i = r->path[r->n_path - 1], k;
        if (!toporing_edge(r, i, r->edge[i], &k)) {
            toporing_leave(r, i);
            continue;
        }
        r->edge[i]++;
        if (k == SIZE_MAX)
            continue;
        if (k == i)
            r->ring[i] = true;
        if (r->number[k] == 0)
            toporing_enter(r, k);
        else if (r->part[k] == 0 && r->number[k] < r->low[i])
            r->low[i] = r->number[k];
    }
}

static bool toporing_init(struct toporing *r, struct topo_load *l, bool after)
{
    size_t **all[] = {&r->low, &r->number, &r->part, &r->stack, &r->path, &r->edge, &r->from};

    memset(r, 0, sizeof(*r));
    r->l = l;
    r->after = after;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if ((*all[i] = topo_scratch(l, (l->n + 1) * sizeof(**all[i]))) == NULL)
            return false;
    r->ring = topo_scratch(l, l->n + 1);
    for (size_t i = 0; r->ring != NULL && i < l->n; i++)
        if (r->number[i] == 0)
            toporing_walk(r, i);
    return r->ring != NULL;
}

/* The shortest way from start round to start: fills path with it, and returns its length. */
static size_t toporing_round(struct toporing *r, size_t start)
{
    size_t head = 0, tail = 0, n = 0;

    for (size_t i = 0; i < r->l->n; i++)
        r->from[i] = SIZE_MAX;
    r->stack[tail++] = start;
    while (head < tail && r->from[start] == SIZE_MAX) {
        size_t i = r->stack[head++], k;
        for (size_t e = 0; toporing_edge(r, i, e, &k); e++) {
            if (k == SIZE_MAX || r->part[k] != r->part[start] || r->from[k] != SIZE_MAX)
                continue;
            r->from[k] = i;
            if (k != start)
                r->stack[tail++] = k;
        }
    }
    for (size_t i = r->from[start]; i != start && i != SIZE_MAX; i = r->from[i])
        r->path[n++] = i;
    r->path[n++] = start;
    for (size_t i = 0; i < n / 2; i++) {
        size_t other = r->path[i];
        r->path[i] = r->path[n - 1 - i];
        r->path[n - 1 - i] = other;
    }
    return n;
}

/* "a -> b -> a" of the n actors in path. */
static const char *toporing_text(struct toporing *r, size_t n, struct bytes *b)
{
    const char *name = r->l->drafts[r->path[0]].a.name, *text;

    for (size_t i = 0; i < n; i++) {
        if (i == TOPORING_SHOWN - 1 && n > TOPORING_SHOWN) {
            (void)bytes_printf(b, "… (%zu more) -> ", n - TOPORING_SHOWN);
            i = n - 1;
        }
        (void)bytes_printf(b, "%s -> ", r->l->drafts[r->path[i]].a.name);
    }
    (void)bytes_str(b, name);
    text = bytes_cstr(b);
    return text == NULL ? name : text;
}

static void toporing_fault(struct toporing *r, size_t i, const struct ynode *at, const char *words)
{
    struct bytes b;

    if (!faults_fresh(r->l->s.faults, at->line, at->col)) {
        schema_fault(&r->l->s, at, "%s", words);
        return;
    }
    bytes_init(&b);
    schema_fault(&r->l->s, at, "%s: %s", words, toporing_text(r, toporing_round(r, i), &b));
    bytes_release(&b);
}

/* The place in `after` of i that leads on in its ring; false: its group's order does. */
static bool toporing_leads(const struct toporing *r, size_t i, size_t *e)
{
    const struct topo_draft *d = &r->l->drafts[i];

    for (*e = 0; d->after_index != NULL && *e < d->a.n_after; (*e)++)
        if (d->after_index[*e] != SIZE_MAX && r->part[d->after_index[*e]] == r->part[i])
            return true;
    return false;
}

/* Does the ring that i stands in go along the order of a group? */
static bool toporing_grouped(const struct toporing *r, size_t i)
{
    for (size_t k = 0; k < r->l->n; k++)
        if (r->part[k] == r->part[i] && r->l->drafts[k].a.before != TOPO_NOBODY &&
            r->part[r->l->drafts[k].a.before] == r->part[i])
            return true;
    return false;
}

/* One fault a ring, at the entry of its first actor that leads into it. */
static void toporing_after(struct topo_load *l)
{
    struct toporing r;
    bool *told = topo_scratch(l, l->n + 2);

    if (told == NULL || !toporing_init(&r, l, true))
        return;
    for (size_t i = 0; i < l->n; i++) {
        size_t e;
        if (!r.ring[i] || told[r.part[i]] || !toporing_leads(&r, i, &e))
            continue;
        told[r.part[i]] = true;
        toporing_fault(&r, i, l->drafts[i].after_at[e],
                       toporing_grouped(&r, i)
                           ? "`after` goes against the order of a group's `members`, so that none "
                             "could start"
                           : "`after` goes round, so that none could start");
    }
}

/* For each actor: does one send to it, and the first of these that is always restarted. */
static bool toporing_upstreams(struct topo_load *l, bool **fed, size_t **always)
{
    *fed = topo_scratch(l, l->n + 1);
    *always = topo_scratch(l, (l->n + 1) * sizeof(**always));
    if (*fed == NULL || *always == NULL)
        return false;
    for (size_t i = 0; i < l->n; i++) {
        const struct topo_draft *d = &l->drafts[i];
        for (size_t e = 0; d->to_index != NULL && e < d->a.n_to; e++) {
            size_t k = d->to_index[e];
            if (k == SIZE_MAX)
                continue;
            (*fed)[k] = true;
            if (d->a.restart == RESTART_ALWAYS && (*always)[k] == 0)
                (*always)[k] = i + 1;
        }
    }
    return true;
}

static void toporing_eof(struct topo_load *l)
{
    struct toporing r;
    size_t *always;
    bool *fed;

    if (!toporing_upstreams(l, &fed, &always) || !toporing_init(&r, l, false))
        return;
    for (size_t i = 0; i < l->n; i++) {
        struct topo_draft *d = &l->drafts[i];
        if (d->a.eof != EOF_UPSTREAM || d->given[KEY_EOF] == NULL)
            continue;
        const struct ynode *at = d->given[KEY_EOF]->value;
        if ((!fed[i] || r.ring[i] || always[i] > 0) && !topo_is_own(d, KEY_EOF))
            d->a.eof = EOF_NEVER; /* `defaults` means those whose input can end */
        else if (!fed[i])
            schema_fault(&l->s, at, "`eof: upstream` of `%s`, but no actor's `to` names it",
                         d->a.name);
        else if (r.ring[i])
            toporing_fault(&r, i, at, "`eof: upstream` in a ring would wait for its own end");
        else if (always[i] > 0)
            schema_fault(&l->s, at,
                         "`eof: upstream` of `%s`, but `%s` sends to it and never ends: "
                         "its `restart` is always",
                         d->a.name, l->drafts[always[i] - 1].a.name);
    }
}

void topo_check_rings(struct topo_load *l)
{
    toporing_after(l);
    toporing_eof(l);
}
