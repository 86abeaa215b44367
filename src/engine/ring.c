/* Actors that wait for each other: a ring of full mailboxes through which nothing moves. */
#include "base/text.h"
#include "base/units.h"
#include "engine/attach.h"
#include "engine/carrier.h"
#include "engine/children.h"
#include "engine/events.h"
#include "engine/hosts.h"
#include "engine/init.h"
#include "engine/keeping.h"
#include "engine/member.h"
#include "engine/probe.h"
#include "engine/renewing.h"
#include "engine/router.h"
#include "engine/sending.h"
#include "engine/sequencer.h"

#include <stdio.h>
#include <string.h>

enum { RING_MAX = 64, RING_LOOK_MS = 200 };

/* The member of an actor whose output waits the longest; NULL when one of them could still move. */
static struct member *ring_waiting(const struct actor *a)
{
    struct member *oldest = NULL;

    for (size_t i = 0; i < a->n_members; i++) {
        struct member *m = a->members[i];
        if (m->waiter.on == NULL)
            return NULL;
        if (oldest == NULL || m->waiter.since < oldest->waiter.since)
            oldest = m;
    }
    return oldest;
}

/* Follows who waits for whom from m until it comes back to it. Returns the number of actors in the
 * ring, 0: none. */
static size_t ring_follow(struct member *m, const struct actor *ring[RING_MAX])
{
    struct member *at = m;
    size_t n = 0;

    while (at != NULL && at->waiter.on != NULL && n < RING_MAX && !keeping_waits(at->waiter.on)) {
        ring[n++] = at->actor;
        if (at->waiter.on == m->actor)
            return at == m && sending_reserved(m) ? 0 : n;
        at = ring_waiting(at->waiter.on);
    }
    return 0;
}

bool member_ring(struct member *m, char *buf, size_t size)
{
    const struct actor *ring[RING_MAX];
    size_t n = ring_follow(m, ring), at = 0;

    for (size_t i = 0; i < n && at < size; i++) {
        int w = snprintf(buf + at, size - at, "%s%s", i > 0 ? ", " : "", ring[i]->conf->name);
        at += w > 0 ? (size_t)w : 0;
    }
    return n > 0;
}

void member_ring_look(void *system)
{
    struct system *s = system;
    char names[256];
    bool young = false;

    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            struct member *m = s->actors[i]->members[k];
            if (m->waiter.on == NULL || m->ring_said == m->waiter.since ||
                !member_ring(m, names, sizeof(names)))
                continue;
            if (loop_now(s->loop) - m->waiter.since < RING_LOOK_MS) {
                young = true;
                continue;
            }
            m->ring_said = m->waiter.since;
            event_member(m, "ring.blocked", "actors=\"%s\"", names);
        }
    }
    if (young)
        (void)loop_timer_start(&s->ring, RING_LOOK_MS + 1);
}

/* Acks that are read past a blocked send may still undo it: it is a ring only if it lasts. */
void member_ring_check(struct member *m)
{
    const struct actor *ring[RING_MAX];

    if (!loop_timer_armed(&m->actor->sys->ring) && ring_follow(m, ring) > 0)
        (void)loop_timer_start(&m->actor->sys->ring, RING_LOOK_MS + 1);
}

/* Its process runs, and has not opened the connection by which it would get its mail. */
static bool member_unheard(const struct member *m)
{
    const struct topo_actor *c = m->actor->conf;

    return c->speaks == SPEAKS_FRAMES && c->transport != TRANSPORT_STDIO && m->host == NULL &&
           (m->state == LIFE_READY || m->state == LIFE_RUNNING) && m->reason[0] == '\0' &&
           m->speak->in < 0 && (mailbox_queued(m->actor->shared) > 0 || m->state == LIFE_RUNNING);
}

static void member_backoff_reason(const struct member *m, char *buf, size_t size)
{
    int64_t left = m->backoff.due - system_now(m->actor->sys);
    char age[32];
    int n = snprintf(buf, size, "%s left; ", units_age_text(left > 0 ? left : 0, age, sizeof(age)));

    (void)text_cut(m->reason, buf + n, size - (size_t)n);
}

const char *member_reason(struct member *m, char *buf, size_t size)
{
    char ring[256];

    if (m->state == LIFE_BACKOFF)
        member_backoff_reason(m, buf, size);
    else if (m->waiter.on != NULL && m->ring_said == m->waiter.since &&
             member_ring(m, ring, sizeof(ring)))
        (void)snprintf(buf, size, "a ring of full mailboxes: %.120s", ring);
    else if (m->waiter.on != NULL && m->waiter.on == m->actor && sending_reserved(m))
        (void)snprintf(buf, size, "it waits for answers to its asks: %llu are open",
                       (unsigned long long)m->asking);
    else if (m->waiter.on != NULL && keeping_waits(m->waiter.on))
        (void)snprintf(buf, size, "its output waits until another host can have a copy, for %.64s",
                       m->waiter.on->conf->name);
    else if (m->waiter.on != NULL)
        (void)snprintf(buf, size, "its output waits for room in %.64s", m->waiter.on->conf->name);
    else if (sequencer_held_by(m) != NULL)
        (void)snprintf(buf, size, "the sequential run waits for it: %s", sequencer_held_by(m));
    else if (!m->actor->enabled)
        (void)snprintf(buf, size, "left out by --only");
    else if (member_unheard(m))
        (void)snprintf(buf, size, "it has not connected yet");
    else if (!hosts_reason(m, buf, size) && !children_reason(m, buf, size) &&
             !renewing_reason(m, buf, size) && !init_reason(m, buf, size) &&
             !probe_reason(m, buf, size) && !carrier_reason(m, buf, size) &&
             !attach_reason(m, buf, size) && !member_host_reason(m, buf, size))
        (void)text_shown(m->reason, strlen(m->reason), buf, size);
    return buf;
}
