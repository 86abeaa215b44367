#include "io/procowner.h"

#include <stdlib.h>

enum { PROCOWNER_OPEN = -2L /* not looked at yet */ };

static int procowner_order(const void *a, const void *b)
{
    const struct procowner *x = a, *y = b;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

void procowner_sort(struct procowner *known, size_t n)
{
    if (n > 0)
        qsort(known, n, sizeof *known, procowner_order);
}

long procowner_of(const struct procowner_rules *rules, pid_t pid)
{
    struct procowner key = {.pid = pid};
    const struct procowner *found =
        rules->n_known == 0
            ? NULL
            : bsearch(&key, rules->known, rules->n_known, sizeof key, procowner_order);
    return found != NULL ? found->owner : PROCOWNER_NONE;
}

/* What is told by the process itself, without its ancestors; else PROCOWNER_OPEN. */
static long procowner_own(const struct proc *p, const struct procowner_rules *rules)
{
    long owner = procowner_of(rules, p->pid);
    if (owner != PROCOWNER_NONE)
        return owner;
    if (p->parent == rules->supervisor)
        return rules->stray(rules->arg, p);
    return p->pid == rules->supervisor || p->parent <= 1 ? PROCOWNER_NONE : PROCOWNER_OPEN;
}

void procowner_find(const struct proctable *t, const struct procowner_rules *rules, long *owner)
{
    for (size_t i = 0; i < t->n; i++)
        owner[i] = procowner_own(&t->list[i], rules);
    for (size_t i = 0; i < t->n; i++) {
        const struct proc *p = &t->list[i];
        /* The bound is for a table in which pids were used again while it was read. */
        for (size_t steps = 0; p != NULL && owner[p - t->list] == PROCOWNER_OPEN; steps++)
            p = steps <= t->n ? proctable_find(t, p->parent) : NULL;
        long found = p != NULL ? owner[p - t->list] : PROCOWNER_NONE;
        p = &t->list[i];
        for (; p != NULL && owner[p - t->list] == PROCOWNER_OPEN; p = proctable_find(t, p->parent))
            owner[p - t->list] = found;
    }
}

static int64_t procowner_ticks(const struct proc *p)
{
    return p != NULL ? (int64_t)(p->cpu + p->waited) : 0;
}

static const struct proc *procowner_same(const struct proctable *t, const struct proc *p)
{
    const struct proc *found = proctable_find(t, p->pid);
    return found != NULL && found->start == p->start ? found : NULL;
}

void procowner_spent(const struct proctable *before, const struct proctable *now, const long *owner,
                     int64_t *ticks, size_t n)
{
    for (size_t i = 0; i < now->n; i++) {
        const struct proc *p = &now->list[i], *old = procowner_same(before, p);
        if (owner[i] >= 0 && (size_t)owner[i] < n)
            ticks[owner[i]] += procowner_ticks(p) - procowner_ticks(old);
    }
    for (size_t i = 0; i < before->n; i++) {
        const struct proc *p = &before->list[i];
        if (procowner_same(now, p) != NULL)
            continue;
        /* It ended. Its parent, when that waited for it, has all of its ticks now. */
        const struct proc *parent = proctable_find(before, p->parent);
        parent = parent != NULL ? procowner_same(now, parent) : NULL;
        long whose = parent != NULL ? owner[parent - now->list] : PROCOWNER_NONE;
        if (whose >= 0 && (size_t)whose < n)
            ticks[whose] -= procowner_ticks(p);
    }
    for (size_t i = 0; i < n; i++)
        if (ticks[i] < 0)
            ticks[i] = 0;
}
