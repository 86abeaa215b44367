#include "engine/waiting.h"

#include "engine/boxes.h"
#include "engine/router.h"

void waiting_on(struct waiter *w, struct actor *on)
{
    if (w->on == on)
        return;
    waiting_end(w);
    w->on = on;
    w->since = loop_now(on->sys->loop);
    w->next = NULL;
    w->prev = on->waiters_last;
    if (w->prev != NULL)
        w->prev->next = w;
    else
        on->waiters = w;
    on->waiters_last = w;
    loop_task_queue(&on->press);
}

void waiting_end(struct waiter *w)
{
    struct actor *on = w->on;

    if (on == NULL)
        return;
    if (w->prev != NULL)
        w->prev->next = w->next;
    else
        on->waiters = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    else
        on->waiters_last = w->prev;
    w->on = NULL;
    w->prev = w->next = NULL;
}

static bool waiting_may_end(const struct actor *a)
{
    if (a->conf->mailbox.full != FULL_BLOCK || a->sys->stopping || actor_is_done(a) ||
        actor_is_past(a))
        return true;
    for (size_t i = 0; i < boxes_end(a); i++)
        if (*boxes_at(a, i) != NULL && mailbox_fits(*boxes_at(a, i), 0))
            return true;
    return false;
}

void waiting_turn(void *actor)
{
    struct actor *a = actor;
    struct waiter *w = a->waiters;

    if (a->turns == 0 || w == NULL || !waiting_may_end(a))
        return;
    a->turns--;
    waiting_end(w);
    w->wake(w);
    if (a->turns > 0)
        loop_task_queue(&a->turn);
}

/* One at a time, so that none takes all the room there is, again and again: who finds none waits
 * behind the others, and the next is woken only by room that the one before has left. */
void waiting_room(struct actor *a)
{
    a->turns = 0;
    for (const struct waiter *w = a->waiters; w != NULL; w = w->next)
        a->turns++;
    waiting_turn(a);
}
