#include "engine/meter.h"

#include "engine/calls.h"
#include "engine/hosts.h"
#include "engine/relay.h"
#include "io/procowner.h"
#include "io/procs.h"
#include "io/work.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    METER_FRESH_MS = 100,   /* a look is not repeated so soon */
    METER_BASE_MS = 30000,  /* over a longer time than this no mean is told */
    METER_KNOWN_MS = 10000, /* nor is what was found so long ago */
    METER_WAIT_MS = 300,    /* for hosts */
    METER_MARK = 256,
};

static const struct used meter_unknown = {.cpu = -1, .memory = -1};

/* A process of a member, and what was found of it and of all that it started. */
struct meter_one {
    pid_t pid; /* 0: it has ended, and something that it started has not */
    uint64_t generation;
    struct used used;
};

/* What the thread has in hand while it looks, and else nobody but the loop. */
struct meter {
    struct system *sys; /* not for the thread */
    struct work *work;  /* NULL: no look is under way */
    char run[17];
    pid_t self;
    double tick_ms, page;
    struct proctable before, now;
    int64_t before_us, now_us; /* when they were read; 0: before is none */
    struct meter_one *list;    /* sorted by generation */
    size_t n;
    bool done; /* the look has found something */
    struct used own;
    int64_t looked; /* loop_now of the last look, 0: there was none */
    bool threads;   /* there are some */
    struct loop_timer wait;
    unsigned awaits; /* so many hosts */
};

/* --- the look: in a thread, of the above alone --- */

static int meter_order(const void *a, const void *b)
{
    const struct meter_one *x = a, *y = b;

    return x->generation < y->generation ? -1 : x->generation > y->generation;
}

/* Its place in the list, or PROCOWNER_NONE. */
static long meter_by_generation(const struct meter *mt, uint64_t generation)
{
    const struct meter_one key = {.generation = generation};
    const struct meter_one *found =
        mt->n == 0 ? NULL : bsearch(&key, mt->list, mt->n, sizeof(key), meter_order);

    return found == NULL ? PROCOWNER_NONE : found - mt->list;
}

struct meter_turn {
    const struct meter *mt;
    struct procowner_rules rules;
};

/* The mark is "RUN.ACTOR.MEMBER.GENERATION"; a name may have points in it. */
static long meter_stray(void *arg, const struct proc *p)
{
    const struct meter_turn *t = arg;
    size_t run = strlen(t->mt->run);
    char mark[METER_MARK];

    if (procs_mark(p->pid, mark, sizeof(mark)) && strncmp(mark, t->mt->run, run) == 0 &&
        mark[run] == '.') {
        long owner = meter_by_generation(t->mt, strtoull(strrchr(mark, '.') + 1, NULL, 10));
        if (owner != PROCOWNER_NONE)
            return owner;
    }
    return procowner_of(&t->rules, procs_group(p->pid));
}

static double meter_percent(const struct meter *mt, double ticks)
{
    double ms = (double)(mt->now_us - mt->before_us) / 1000;

    return mt->before_us == 0 || ms <= 0 ? -1 : ticks * mt->tick_ms * 100 / ms;
}

/* Its own, without what it has waited for: that was the actors'. */
static void meter_find_own(struct meter *mt)
{
    const struct proc *p = proctable_find(&mt->now, mt->self);
    const struct proc *old = proctable_find(&mt->before, mt->self);

    mt->own = meter_unknown;
    if (p == NULL)
        return;
    mt->own.memory = (double)p->rss * mt->page;
    if (old != NULL)
        mt->own.cpu = meter_percent(mt, (double)(p->cpu - old->cpu));
}

static void meter_find(struct meter *mt, const long *owner, int64_t *ticks)
{
    procowner_spent(&mt->before, &mt->now, owner, ticks, mt->n);
    for (size_t i = 0; i < mt->n; i++)
        mt->list[i].used = (struct used){.cpu = meter_percent(mt, (double)ticks[i])};
    for (size_t i = 0; i < mt->now.n; i++)
        if (owner[i] >= 0)
            mt->list[owner[i]].used.memory += (double)mt->now.list[i].rss * mt->page;
    meter_find_own(mt);
}

static void meter_run(void *arg)
{
    struct meter *mt = arg;
    struct meter_turn t = {.mt = mt};
    struct procowner *known = calloc(mt->n + 1, sizeof(*known));
    int64_t *ticks = calloc(mt->n + 1, sizeof(*ticks));
    long *owner = NULL;

    mt->now_us = loop_clock();
    if (known != NULL && ticks != NULL && proctable_read(&mt->now) == 0 &&
        (owner = calloc(mt->now.n + 1, sizeof(*owner))) != NULL) {
        t.rules = (struct procowner_rules){
            .supervisor = mt->self, .known = known, .stray = meter_stray, .arg = &t};
        for (size_t i = 0; i < mt->n; i++)
            if (mt->list[i].pid > 0)
                known[t.rules.n_known++] = (struct procowner){mt->list[i].pid, (long)i};
        procowner_sort(known, t.rules.n_known);
        procowner_find(&mt->now, &t.rules, owner);
        meter_find(mt, owner, ticks);
        mt->done = true;
    }
    free(known);
    free(ticks);
    free(owner);
}

/* --- what it finds --- */

static void meter_settled(void *system)
{
    struct system *s = system;

    s->meter->awaits = 0;
    calls_check(s);
}

static struct meter *meter_get(struct system *s)
{
    struct meter *mt = s->meter;

    if (mt != NULL || (mt = calloc(1, sizeof(*mt))) == NULL)
        return mt;
    mt->sys = s;
    memcpy(mt->run, s->run, sizeof(mt->run));
    mt->self = getpid();
    mt->tick_ms = 1000.0 / (double)sysconf(_SC_CLK_TCK);
    mt->page = (double)sysconf(_SC_PAGESIZE);
    mt->own = meter_unknown;
    proctable_init(&mt->before);
    proctable_init(&mt->now);
    loop_timer_init(&mt->wait, s->loop, meter_settled, s);
    s->meter = mt;
    return mt;
}

static void meter_check(struct system *s)
{
    struct meter *mt = s->meter;

    if (mt->work == NULL && mt->awaits == 0) {
        loop_timer_stop(&mt->wait);
        calls_check(s);
    }
}

void meter_add(struct member *m, double cpu, double memory)
{
    struct used *to = &m->used;

    to->memory += memory;
    to->cpu = to->cpu < 0 || cpu < 0 ? -1 : to->cpu + cpu;
}

/* What runs as part of the process of a host is not known by itself. */
static bool meter_is_guest(const struct member *m)
{
    return m->actor->conf->in != IN_PROCESS && !m->actor->conf->is_host;
}

void meter_begin(struct system *s, const struct host *h)
{
    int64_t now = loop_now(s->loop);

    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            struct member *m = s->actors[i]->members[k];
            if (m->host == h)
                m->used = meter_is_guest(m) ? meter_unknown : (struct used){.at = now};
        }
    }
}

static void meter_give(struct system *s)
{
    struct meter *mt = s->meter;

    meter_begin(s, NULL);
    for (const struct process *p = s->processes; p != NULL; p = p->next) {
        long i = p->post == NULL ? meter_by_generation(mt, p->generation) : PROCOWNER_NONE;
        if (i >= 0)
            meter_add(p->member, mt->list[i].used.cpu, mt->list[i].used.memory);
    }
    mt->own.at = loop_now(s->loop);
}

static void meter_over(void *arg)
{
    struct meter *mt = arg;
    struct system *s = mt->sys;

    mt->work = NULL;
    mt->looked = loop_now(s->loop);
    if (mt->done) {
        meter_give(s);
        proctable_release(&mt->before);
        mt->before = mt->now;
        mt->before_us = mt->now_us;
        proctable_init(&mt->now);
    }
    free(mt->list);
    mt->list = NULL;
    mt->n = 0;
    if (s->relay != NULL)
        s->relay->measured(s);
    else
        meter_check(s);
}

/* --- asking --- */

/* Those that run here, each with what it is known by. False: no memory. */
static bool meter_list(const struct system *s, struct meter *mt)
{
    size_t n = 0;

    for (const struct process *p = s->processes; p != NULL; p = p->next)
        n++;
    mt->list = calloc(n + 1, sizeof(*mt->list));
    mt->n = 0;
    for (const struct process *p = s->processes; mt->list != NULL && p != NULL; p = p->next)
        if (p->post == NULL && !meter_is_guest(p->member))
            mt->list[mt->n++] =
                (struct meter_one){.pid = p->gone ? 0 : p->pid, .generation = p->generation};
    if (mt->n > 0)
        qsort(mt->list, mt->n, sizeof(*mt->list), meter_order);
    return mt->list != NULL;
}

bool meter_look(struct system *s)
{
    struct meter *mt = meter_get(s);
    struct err e;

    if (mt == NULL || mt->work != NULL)
        return mt != NULL;
    if (mt->looked != 0 && loop_now(s->loop) - mt->looked < METER_FRESH_MS)
        return false;
    if (!mt->threads && work_ready(s->loop, &e) != 0)
        return false;
    mt->threads = true;
    if (!meter_list(s, mt))
        return false;
    if (loop_clock() - mt->before_us > (int64_t)METER_BASE_MS * 1000) {
        proctable_release(&mt->before);
        mt->before_us = 0;
    }
    mt->done = false;
    mt->work = work_start(s->loop, meter_run, meter_over, mt);
    return mt->work != NULL;
}

void meter_ask(struct system *s)
{
    struct meter *mt = meter_get(s);

    if (mt == NULL || !meter_told(s))
        return;
    (void)meter_look(s);
    mt->awaits = hosts_measure(s);
    if (mt->awaits > 0)
        (void)loop_timer_start(&mt->wait, METER_WAIT_MS);
}

void meter_host_told(struct system *s)
{
    if (s->meter == NULL || s->meter->awaits == 0)
        return;
    s->meter->awaits--;
    meter_check(s);
}

bool meter_told(const struct system *s)
{
    return s->meter == NULL || (s->meter->work == NULL && s->meter->awaits == 0);
}

static struct used meter_known(const struct system *s, struct used mt)
{
    return mt.at == 0 || loop_now(s->loop) - mt.at > METER_KNOWN_MS ? meter_unknown : mt;
}

struct used meter_of(const struct system *s, const struct member *m)
{
    return meter_known(s, m->used);
}

struct used meter_own(const struct system *s)
{
    return s->meter == NULL ? meter_unknown : meter_known(s, s->meter->own);
}

void meter_free(struct system *s)
{
    struct meter *mt = s->meter;

    if (mt == NULL)
        return;
    loop_timer_stop(&mt->wait);
    work_join(mt->work);
    proctable_release(&mt->before);
    proctable_release(&mt->now);
    free(mt->list);
    free(mt);
    s->meter = NULL;
}
