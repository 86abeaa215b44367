#include "cmd/topusage.h"

#include "cmd/topowner.h"
#include "io/procs.h"
#include "io/proctable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#define TOPUSAGE_MARK 256

/* What a child of the supervisor is marked with; "" for none. Read once in its life. */
struct topusage_stray {
    struct {
        pid_t pid;
        unsigned long long start;
    } key;
    char mark[TOPUSAGE_MARK];
    pid_t group;
    unsigned seen; /* the look in which it was there */
    UT_hash_handle hh;
};

struct topusage {
    struct proctable before;
    int64_t before_ms;
    struct topusage_stray *strays;
    unsigned looks;
    double tick_ms, page;
};

/* What one look has in hand. */
struct topusage_turn {
    struct topusage *u;
    const struct topsample *sample;
    struct topowner_rules rules;
    struct topowner *known;
};

struct topusage *topusage_new(void)
{
    struct topusage *u = calloc(1, sizeof *u);
    if (u == NULL)
        return NULL;
    proctable_init(&u->before);
    u->tick_ms = 1000.0 / (double)sysconf(_SC_CLK_TCK);
    u->page = (double)sysconf(_SC_PAGESIZE);
    return u;
}

/* Of those that were not there in the last look; all: of every one. */
static void topusage_forget(struct topusage *u, bool all)
{
    struct topusage_stray *next = NULL;
    for (struct topusage_stray *s = u->strays; s != NULL; s = next) {
        next = s->hh.next;
        if (!all && s->seen == u->looks)
            continue;
        HASH_DEL(u->strays, s); // NOLINT(clang-analyzer-unix.Malloc): none of it is freed yet
        free(s);
    }
}

void topusage_free(struct topusage *u)
{
    if (u == NULL)
        return;
    topusage_forget(u, true);
    proctable_release(&u->before);
    free(u);
}

/* A name may have points in it, the parts around it have none. */
long topusage_marked(const struct topsample *s, const char *mark)
{
    size_t run = strlen(s->run);
    if (strncmp(mark, s->run, run) != 0 || mark[run] != '.')
        return TOPOWNER_NONE;
    const char *name = mark + run + 1, *generation = strrchr(name, '.');
    const char *member =
        generation != NULL ? memrchr(name, '.', (size_t)(generation - name)) : NULL;
    if (member == NULL)
        return TOPOWNER_NONE;
    size_t len = (size_t)(member - name);
    unsigned long index = strtoul(member + 1, NULL, 10);
    for (size_t i = 0; i < s->n; i++) {
        const struct topmember *m = &s->members[i];
        if (m->index == index && strlen(m->name) == len && strncmp(m->name, name, len) == 0)
            return (long)i;
    }
    return TOPOWNER_NONE;
}

static struct topusage_stray *topusage_read(struct topusage *u, const struct proc *p)
{
    struct topusage_stray *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->key.pid = p->pid;
    s->key.start = p->start;
    s->group = procs_group(p->pid);
    if (!procs_mark(p->pid, s->mark, sizeof s->mark))
        s->mark[0] = '\0';
    HASH_ADD(hh, u->strays, key, sizeof s->key, s);
    return s;
}

static long topusage_by_pid(const struct topusage_turn *t, pid_t pid)
{
    for (size_t i = 0; i < t->rules.n_known; i++) {
        if (t->known[i].pid == pid)
            return t->known[i].owner;
    }
    return TOPOWNER_NONE;
}

static long topusage_stray(void *arg, const struct proc *p)
{
    const struct topusage_turn *t = arg;
    struct topusage_stray *s = NULL, key;
    memset(&key, 0, sizeof key);
    key.key.pid = p->pid;
    key.key.start = p->start;
    HASH_FIND(hh, t->u->strays, &key.key, sizeof key.key, s);
    if (s == NULL && (s = topusage_read(t->u, p)) == NULL)
        return TOPOWNER_NONE;
    s->seen = t->u->looks;
    long owner = topusage_marked(t->sample, s->mark);
    return owner != TOPOWNER_NONE ? owner : topusage_by_pid(t, s->group);
}

static int topusage_order(const void *a, const void *b)
{
    const struct topowner *x = a, *y = b;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* The process of each member that is here, sorted. */
static void topusage_known(struct topusage_turn *t)
{
    for (size_t i = 0; i < t->sample->n; i++) {
        const struct topmember *m = &t->sample->members[i];
        if (m->figure[TOP_PID] > 0 && strcmp(m->host, t->sample->host) == 0)
            t->known[t->rules.n_known++] = (struct topowner){(pid_t)m->figure[TOP_PID], (long)i};
    }
    qsort(t->known, t->rules.n_known, sizeof *t->known, topusage_order);
    t->rules.known = t->known;
}

static void topusage_memory(const struct topusage *u, struct topsample *s,
                            const struct proctable *now, const long *owner)
{
    for (size_t i = 0; i < s->n; i++) {
        bool here = strcmp(s->members[i].host, s->host) == 0;
        s->members[i].figure[TOP_MEMORY] = here ? 0 : TOP_UNKNOWN;
    }
    for (size_t i = 0; i < now->n; i++)
        if (owner[i] >= 0)
            s->members[owner[i]].figure[TOP_MEMORY] += (double)now->list[i].rss * u->page;
}

static void topusage_cpu(const struct topusage *u, struct topsample *s, const struct proctable *now,
                         const long *owner, int64_t *ticks, double ms)
{
    topowner_spent(&u->before, now, owner, ticks, s->n);
    for (size_t i = 0; i < s->n; i++)
        if (s->members[i].figure[TOP_MEMORY] >= 0)
            s->members[i].figure[TOP_CPU] = (double)ticks[i] * u->tick_ms * 100 / ms;
}

/* Its own, without what it has waited for: that was the actors'. */
static void topusage_supervisor(const struct topusage *u, struct topsample *s,
                                const struct proctable *now, double ms)
{
    const struct proc *p = proctable_find(now, s->pid);
    const struct proc *old = proctable_find(&u->before, s->pid);
    if (p == NULL)
        return;
    s->memory = (double)p->rss * u->page;
    if (old != NULL && old->start == p->start && ms > 0)
        s->cpu = (double)(p->cpu - old->cpu) * u->tick_ms * 100 / ms;
}

void topusage_look(struct topusage *u, struct topsample *s, int64_t now_ms)
{
    struct topusage_turn t = {.u = u, .sample = s};
    struct proctable now;
    proctable_init(&now);
    if (proctable_read(&now) != 0)
        return;
    long *owner = calloc(now.n + 1, sizeof *owner);
    int64_t *ticks = calloc(s->n + 1, sizeof *ticks);
    t.known = calloc(s->n + 1, sizeof *t.known);
    if (owner != NULL && ticks != NULL && t.known != NULL) {
        u->looks++;
        t.rules = (struct topowner_rules){.supervisor = s->pid, .stray = topusage_stray, .arg = &t};
        topusage_known(&t);
        topowner_find(&now, &t.rules, owner);
        double ms = u->before.n > 0 ? (double)(now_ms - u->before_ms) : 0;
        topusage_memory(u, s, &now, owner);
        topusage_supervisor(u, s, &now, ms);
        if (ms > 0)
            topusage_cpu(u, s, &now, owner, ticks, ms);
        topusage_forget(u, false);
        proctable_release(&u->before);
        u->before = now;
        u->before_ms = now_ms;
    } else {
        proctable_release(&now);
    }
    free(owner);
    free(ticks);
    free(t.known);
}
