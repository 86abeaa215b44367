#include "cmd/topowner.h"

#include <stdlib.h>

enum { TOPOWNER_OPEN = -2L /* not looked at yet */ };

static int topowner_order(const void *a, const void *b)
{
    const struct topowner *x = a, *y = b;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static long topowner_known(const struct topowner_rules *rules, pid_t pid)
{
    struct topowner key = {.pid = pid};
    const struct topowner *found = rules->n_known == 0 ? NULL
                                                       : bsearch(&key, rules->known, rules->n_known,
                                                                 sizeof key, topowner_order);
    return found != NULL ? found->owner : TOPOWNER_NONE;
}

/* What is told by the process itself, without its ancestors; else TOPOWNER_OPEN. */
static long topowner_own(const struct proc *p, const struct topowner_rules *rules)
{
    long owner = topowner_known(rules, p->pid);
    if (owner != TOPOWNER_NONE)
        return owner;
    if (p->parent == rules->supervisor)
        return rules->stray(rules->arg, p);
    return p->pid == rules->supervisor || p->parent <= 1 ? TOPOWNER_NONE : TOPOWNER_OPEN;
}

void topowner_find(const struct proctable *t, const struct topowner_rules *rules, long *owner)
{
    for (size_t i = 0; i < t->n; i++)
        owner[i] = topowner_own(&t->list[i], rules);
    for (size_t i = 0; i < t->n; i++) {
        const struct proc *p = &t->list[i];
        /* The bound is for a table in which pids were used again while it was read. */
        for (size_t steps = 0; p != NULL && owner[p - t->list] == TOPOWNER_OPEN; steps++)
            p = steps <= t->n ? proctable_find(t, p->parent) : NULL;
        long found = p != NULL ? owner[p - t->list] : TOPOWNER_NONE;
        p = &t->list[i];
        for (; p != NULL && owner[p - t->list] == TOPOWNER_OPEN; p = proctable_find(t, p->parent))
            owner[p - t->list] = found;
    }
}

static int64_t topowner_ticks(const struct proc *p)
{
    return p != NULL ? (int64_t)(p->cpu + p->waited) : 0;
}

static const struct proc *topowner_same(const struct proctable *t, const struct proc *p)
{
    const struct proc *found = proctable_find(t, p->pid);
    return found != NULL && found->start == p->start ? found : NULL;
}

void topowner_spent(const struct proctable *before, const struct proctable *now, const long *owner,
                    int64_t *ticks, size_t n)
{
    for (size_t i = 0; i < now->n; i++) {
        const struct proc *p = &now->list[i], *old = topowner_same(before, p);
        if (owner[i] >= 0 && (size_t)owner[i] < n)
            ticks[owner[i]] += topowner_ticks(p) - topowner_ticks(old);
    }
    for (size_t i = 0; i < before->n; i++) {
        const struct proc *p = &before->list[i];
        if (topowner_same(now, p) != NULL)
            continue;
        /* It ended. Its parent, when that waited for it, has all of its ticks now. */
        const struct proc *parent = proctable_find(before, p->parent);
        parent = parent != NULL ? topowner_same(now, parent) : NULL;
        long whose = parent != NULL ? owner[parent - now->list] : TOPOWNER_NONE;
        if (whose >= 0 && (size_t)whose < n)
            ticks[whose] -= topowner_ticks(p);
    }
    for (size_t i = 0; i < n; i++)
        if (ticks[i] < 0)
            ticks[i] = 0;
}
