#include "io/looptimers.h"

#include <string.h>

void loop_timer_init(struct loop_timer *t, struct loop *l, loop_timer_cb *cb, void *arg)
{
    memset(t, 0, sizeof(*t));
    t->loop = l;
    t->cb = cb;
    t->arg = arg;
    t->at = -1;
}

void loop_timer_init_timed(struct loop_timer *t, struct loop *l, loop_timer_cb *cb, void *arg)
{
    loop_timer_init(t, l, cb, arg);
    t->timed = true;
}

static struct timerheap *timer_heap(const struct loop_timer *t)
{
    struct looptimers *all = loop_timers(t->loop);

    return t->timed && all->stands ? &all->standing : &all->running;
}

int loop_timer_start(struct loop_timer *t, int64_t ms)
{
    int64_t now = t->timed ? loop_time(t->loop) : loop_now(t->loop);

    loop_timer_stop(t);
    if (ms < 0)
        ms = 0;
    t->due = ms > INT64_MAX - now ? INT64_MAX : now + ms;
    struct looptimers *all = loop_timers(t->loop);
    if (t->timed && all->stands)
        all->armed(all->arg);
    return timerheap_add(timer_heap(t), t);
}

void loop_timer_stop(struct loop_timer *t)
{
    if (t->loop != NULL)
        timerheap_remove(timer_heap(t), t);
}

int64_t loop_time(struct loop *l)
{
    const struct looptimers *all = loop_timers(l);

    return all->stands ? all->time : loop_now(l);
}

void loop_stand(struct loop *l, void (*armed)(void *arg), void *arg)
{
    struct looptimers *all = loop_timers(l);

    all->stands = true;
    all->armed = armed;
    all->arg = arg;
}

int64_t loop_left(struct loop *l)
{
    const struct looptimers *all = loop_timers(l);
    const struct loop_timer *first = timerheap_first(&all->standing);

    if (first == NULL)
        return -1;
    return first->due > all->time ? first->due - all->time : 0;
}

void loop_pass(struct loop *l)
{
    struct looptimers *all = loop_timers(l);
    struct loop_timer *first = timerheap_first(&all->standing);

    if (first == NULL)
        return;
    if (first->due > all->time)
        all->time = first->due;
    loop_timer_stop(first);
    first->cb(first->arg);
}
