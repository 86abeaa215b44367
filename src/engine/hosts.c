#include "engine/hosts.h"

#include "engine/copies.h"
#include "engine/events.h"
#include "engine/hostparts.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    HOST_AGAIN_MS = 200,       /* before the second launch; then twice as long each time, up to */
    HOST_AGAIN_MAX_MS = 10000, /* but not when all ends, as that waits for a moment only */
    HOST_ENDS_MS = 5000,       /* for what was launched to end behind its node */
    HOST_LAUNCHES = 32,        /* at a time; one that takes longer than this is no burden, as */
    HOST_SLOW_MS = 5000,       /* where a scheduler has to find room first, and does not count */
};

static void host_changed(struct host *h)
{
    loop_task_queue(&h->sys->changed);
}

/* --- launching, and again --- */

static void host_again(struct host *h)
{
    int64_t ms = HOST_AGAIN_MS;

    for (unsigned i = 1; i < h->tries && ms < HOST_AGAIN_MAX_MS && !h->sys->stopping; i++)
        ms *= 2;
    ms = ms < HOST_AGAIN_MAX_MS ? ms : HOST_AGAIN_MAX_MS;
    (void)loop_timer_start(&h->again, h->tries == 0 ? 0 : ms);
    h->tries++;
}

void host_launch_now(struct host *h)
{
    if (host_again_ms(h) >= 0 || (h->queued > 0 && h->sys->stopping))
        (void)loop_timer_start(&h->again, 0);
}

int64_t host_again_ms(const struct host *h)
{
    int64_t ms = h->again.due - loop_now(h->sys->loop);

    if (h->leaving || h->queued > 0 || h->state != HOST_OFF || !loop_timer_armed(&h->again))
        return -1;
    return ms < 0 ? 0 : ms;
}

const char *host_why(const struct host *h)
{
    return h->queued > 0 && h->why[0] == '\0' ? "others are launched first" : h->why;
}

/* For how long h is to wait for its turn at most. */
static int64_t host_turn_ms(const struct host *h)
{
    int64_t now = loop_now(h->sys->loop), left = HOST_SLOW_MS;
    unsigned n = 0;

    for (const struct host *o = h->sys->hosts; o != NULL; o = o->next) {
        int64_t takes = now - o->launched;
        if (o->state != HOST_LAUNCHING || o->launch.pid <= 0 || takes >= HOST_SLOW_MS)
            continue;
        n++;
        left = HOST_SLOW_MS - takes < left ? HOST_SLOW_MS - takes : left;
    }
    return n < HOST_LAUNCHES ? 0 : left;
}

void hosts_turn(struct system *s)
{
    struct host *next = NULL;

    for (struct host *h = s->hosts; h != NULL; h = h->next)
        if (h->queued > 0 && (next == NULL || h->queued < next->queued))
            next = h;
    if (next == NULL)
        return;
    next->queued = 0;
    (void)loop_timer_start(&next->again, 0);
}

static void host_launch(void *arg)
{
    struct host *h = arg;
    struct err e = {0, ""};

    if (h->leaving) { /* it was given time for that */
        host_changed(h);
        return;
    }
    if (h->conf->join) {
        if (h->why[0] == '\0')
            (void)snprintf(h->why, sizeof(h->why), "it has not joined");
        return;
    }
    int64_t turn = h->sys->stopping ? 0 : host_turn_ms(h);
    if (turn > 0) {
        h->queued = h->queued > 0 ? h->queued : loop_now(h->sys->loop);
        (void)loop_timer_start(&h->again, turn);
        return;
    }
    h->queued = 0;
    h->launched = loop_now(h->sys->loop);
    h->state = HOST_LAUNCHING;
    if (launch_begin(h, &e) != 0)
        host_failed(h, e.text);
}

void host_failed(struct host *h, const char *why)
{
    bool told = strcmp(h->why, why) == 0;

    launch_end(h);
    h->state = HOST_OFF;
    h->queued = 0;
    h->undecided = h->gives = false;
    (void)snprintf(h->why, sizeof(h->why), "%s", why);
    if (!told && !h->leaving && !h->conf->join)
        event_system(h->sys, "host.unreachable", "host=%s reason=\"%s\"", h->conf->name, why);
    if (!h->leaving && !h->conf->join)
        host_again(h);
    hosts_turn(h->sys);
    host_changed(h);
}

bool host_ends(const struct host *h)
{
    return trunk_attached(h->trunk) || (h->launch.pid > 0 && loop_timer_armed(&h->again));
}

/* Its node ends as it was told to. */
static void host_parts(struct host *h, const char *why)
{
    h->session = 0;
    host_owes_nothing(h);
    if (h->launch.pid > 0) { /* that tells when nothing of the node is left */
        h->state = HOST_OFF;
        (void)loop_timer_start(&h->again, HOST_ENDS_MS);
    } else {
        host_failed(h, why);
    }
}

static void host_lost(void *arg, const char *why)
{
    struct host *h = arg;

    if (h->leaving && (h->parted || h->conf->join)) {
        host_parts(h, why);
        return;
    }
    h->leaving = false; /* it may not have got that */
    event_system(h->sys, "host.lost", "host=%s reason=\"%s\"", h->conf->name, why);
    (void)snprintf(h->why, sizeof(h->why), "%s", why); /* told already */
    h->tries = 0;
    host_failed(h, why);
}

void host_give_up(struct host *h, const char *why)
{
    trunk_detach(h->trunk);
    host_lost(h, why);
}

/* --- what its node says --- */

/* What ran there is gone. */
void host_lose_all(struct host *h, const char *why)
{
    struct post *p = NULL, *next = NULL;

    tunnels_drop(h);
    freight_lost(h);
    HASH_ITER (hh, h->posts, p, next) {
        if (p->process == NULL)
            post_free(p);
        else
            post_lost(p, why);
    }
}

static void host_frame(void *arg, const struct frame *f)
{
    struct host *h = arg;
    uint64_t channel = trunk_channel(h->trunk);

    h->contact = loop_now(h->sys->loop);
    struct post *p = channel >= TRUNK_FREIGHT ? NULL : post_find(h, channel);

    held_replayed(h);
    if (channel & TRUNK_TUNNEL)
        tunnel_frame(h, channel, f);
    else if (channel == 0 && f->kind == FRAME_BYE)
        h->parted = true;
    else if (channel == 0 && f->kind == FRAME_USAGE)
        host_usage(h, f);
    else if (channel == 0 && f->kind == FRAME_COPIED)
        copies_copied(h, f);
    else if (channel == TRUNK_FREIGHT)
        freight_frame(h, f);
    else if (p != NULL && !post_frame(p, f))
        host_give_up(h, "it sends more than it may");
}

static const struct trunk_ops host_ops = {
    .frame = host_frame, .opening = host_opened, .lost = host_lost, .beat = host_answered};

void host_connected(struct host *h, int in, int out, const void *rest, size_t len)
{
    if (trunk_attach(h->trunk, in, out, rest, len) != 0)
        host_failed(h, "out of memory");
}

/* --- from its beginning to its end --- */

struct host *host_new(struct system *s, const struct topo_host *conf)
{
    struct host *h = calloc(1, sizeof(*h));

    if (h == NULL || (h->trunk = trunk_new(s->loop, &host_ops, h)) == NULL) {
        free(h);
        return NULL;
    }
    h->sys = s;
    arena_init(&h->arena);
    if (host_is(h, conf) != 0) {
        trunk_free(h->trunk);
        free(h);
        return NULL;
    }
    h->launch.in = h->launch.out = h->launch.err = h->launch.push = -1;
    h->launch.host = h;
    loop_timer_init(&h->again, s->loop, host_launch, h);
    loop_timer_init(&h->beat, s->loop, host_beat, h);
    freight_begin(h);
    return h;
}

void host_begin(struct host *h)
{
    h->contact = loop_now(h->sys->loop);
    host_owes_begin(h);
    host_launch(h);
    (void)loop_timer_start(&h->beat, host_beat_ms(h));
}

void host_free(struct host *h)
{
    struct post *p = NULL, *next = NULL;

    loop_timer_stop(&h->again);
    loop_timer_stop(&h->beat);
    copies_lose(h);
    launch_end(h);
    tunnels_drop(h);
    freight_lost(h);
    HASH_ITER (hh, h->posts, p, next) {
        if (p->process != NULL)
            p->process->post = NULL;
        post_free(p);
    }
    trunk_free(h->trunk);
    json_decref(h->given);
    free(h->place);
    host_owes_free(h);
    arena_release(&h->arena);
    free(h);
}

bool host_redirects(const struct host *h, const struct topo_host *conf)
{
    return !h->going && h->state != HOST_UP && !conf->join && !h->conf->join;
}

const char *hosts_replaced(const struct system *s, const char *name, const struct topo_host *is,
                           bool *goes_on)
{
    const struct host *h = hosts_find(s, name);

    *goes_on = h != NULL && h->state != HOST_UP && host_may_run(h);
    return h != NULL && host_redirects(h, is) ? "launch" : "replace";
}
