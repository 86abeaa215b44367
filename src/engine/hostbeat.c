/* Is another host there? It is asked again and again, and what may go elsewhere does when it is
 * not.
 */
#include "engine/copies.h"
#include "engine/events.h"
#include "engine/hostparts.h"

enum { HOST_BEATS = 4 }; /* in the time after which a host is down */

static void host_down(struct host *h)
{
    if (h->down)
        return;
    const char *why = h->why[0] != '\0' ? h->why : "nothing is heard of it";
    h->down = true;
    event_system(h->sys, "host.down", "host=%s reason=\"%s\"", h->conf->name, why);
    hosts_tell(h, MSG_HOST_DOWN, why);
    loop_task_queue(&h->sys->changed);
}

/* Those there end a little after `alone`: they have heard later from here than we from them. */
bool host_may_run(const struct host *h)
{
    int64_t silent = loop_now(h->sys->loop) - h->contact;

    return h->owes ||
           (h->session != 0 && silent < host_alone_ms(h) + h->conf->down_after_ms / HOST_BEATS);
}

void host_may_not_run(struct host *h)
{
    host_owes_nothing(h);
    h->session = 0;
    loop_task_queue(&h->sys->changed);
}

/* What may go elsewhere does. */
static void host_failover(struct host *h, int64_t silent)
{
    struct post *p = NULL, *next = NULL;

    HASH_ITER (hh, h->posts, p, next) {
        if (p->process != NULL && silent >= post_failover(p))
            post_give_up(p);
    }
}

int64_t hosts_patience(const struct system *s)
{
    int64_t least = TOPO_FOREVER;

    for (size_t i = 0; i < s->n_actors; i++)
        if (s->actors[i]->conf->failover_ms < least)
            least = s->actors[i]->conf->failover_ms;
    return least;
}

/* Until the next beat: often enough that no time-out is over only for want of a question, and no
 * later than when the host would be down. */
int64_t host_beat_ms(const struct host *h)
{
    int64_t least = h->conf->down_after_ms, patience = hosts_patience(h->sys);
    int64_t left = h->contact + least - loop_now(h->sys->loop);

    least = (patience < least ? patience : least) / HOST_BEATS;
    return !h->down && left > 0 && left < least ? left : least;
}

void host_beat(void *arg)
{
    struct host *h = arg;
    int64_t now = loop_now(h->sys->loop);

    if (trunk_flows(h->trunk) && trunk_heard(h->trunk) > h->contact)
        h->contact = trunk_heard(h->trunk);
    int64_t silent = now - h->contact;
    if (silent >= h->conf->down_after_ms)
        host_down(h);
    host_owes_look(h);
    if (h->down && h->sys->stopping) /* what runs there ends by its `alone` */
        host_lose_all(h, "its host is down");
    if (h->state != HOST_UP && (h->n_strays > 0 || (h->going && !host_may_run(h))))
        loop_task_queue(&h->sys->changed);
    host_failover(h, silent);
    copies_look(h->sys);
    if (trunk_attached(h->trunk) && now - trunk_heard(h->trunk) >= h->conf->down_after_ms) {
        host_give_up(h, "nothing is heard of it");
    } else if (trunk_flows(h->trunk)) {
        h->beat_at = loop_clock();
        trunk_beat(h->trunk, ++h->beats);
    }
    (void)loop_timer_start(&h->beat, host_beat_ms(h));
}

void host_answered(void *arg, uint64_t number)
{
    struct host *h = arg;

    h->contact = loop_now(h->sys->loop);
    if (number == h->beats)
        h->rtt_us = loop_clock() - h->beat_at;
}
