#include "engine/hosts.h"

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
    if (host_again_ms(h) >= 0)
        (void)loop_timer_start(&h->again, 0);
}

int64_t host_again_ms(const struct host *h)
{
    int64_t ms = h->again.due - loop_now(h->sys->loop);

    return h->leaving || h->state != HOST_OFF || !loop_timer_armed(&h->again) ? -1
           : ms < 0                                                           ? 0
                                                                              : ms;
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
    h->state = HOST_LAUNCHING;
    if (launch_begin(h, &e) != 0)
        host_failed(h, e.text);
}

void host_failed(struct host *h, const char *why)
{
    bool told = strcmp(h->why, why) == 0;

    launch_end(h);
    h->state = HOST_OFF;
    (void)snprintf(h->why, sizeof(h->why), "%s", why);
    if (!told && !h->leaving && !h->conf->join)
        event_system(h->sys, "host.unreachable", "host=%s reason=\"%s\"", h->conf->name, why);
    if (!h->leaving && !h->conf->join)
        host_again(h);
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

/* --- its node says who it is --- */

static void host_is_up(struct host *h)
{
    bool back = h->down, told = h->told;

    host_owes_keep(h);
    h->state = HOST_UP;
    h->told = true;
    h->why[0] = '\0';
    h->tries = 0;
    h->down = false;
    event_system(h->sys, "host.up", "host=%s%s", h->conf->name, back ? " again=yes" : "");
    if (back || !told)
        hosts_tell(h, MSG_HOST_UP, "");
    host_changed(h);
}

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

static uint64_t host_new_session(void)
{
    uint64_t id = 0;

    while (id == 0)
        if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
            id = (uint64_t)loop_clock();
    return id;
}

static char *host_orders(const struct host *h)
{
    json_t *all = json_pack(
        "{s:s,s:s,s:s,s:I,s:I,s:s}", "system", h->sys->topology->system, "host", h->conf->name,
        "run", h->sys->run, "alone_ms", (json_int_t)h->conf->alone_ms, "down_after_ms",
        (json_int_t)h->conf->down_after_ms, "dir", h->conf->dir == NULL ? "" : h->conf->dir);
    char *text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);

    json_decref(all);
    return text;
}

static void host_take(struct host *h, uint8_t how)
{
    char *orders = how == TRUNK_ENDS ? NULL : host_orders(h);
    struct frame f = {.kind = FRAME_TAKEN,
                      .version = FRAME_VERSION,
                      .flags = how,
                      .id = h->session,
                      .number = trunk_received(h->trunk),
                      .body = span_of(orders, orders == NULL ? 0 : strlen(orders))};

    trunk_open(h->trunk, &f);
    free(orders);
}

void host_tell_orders(struct host *h)
{
    if (trunk_flows(h->trunk))
        host_take(h, TRUNK_ORDERS);
}

static void host_facts(struct host *h, const json_t *facts)
{
    const char *place = json_string_value(json_object_get(facts, "place"));

    h->cpus = (unsigned)json_integer_value(json_object_get(facts, "cpus"));
    free(h->place);
    h->place = place == NULL ? NULL : strdup(place);
}

/* It has a session that is not ours. Of the supervisor before it may go on with what it runs; but
 * what we gave up must end, and in a sequential run nothing may have begun before. */
static void host_other(struct host *h)
{
    bool takes = !h->told && h->sys->sequencer == NULL;

    h->holds = takes;
    h->session = takes ? host_new_session() : 0;
    host_take(h, takes ? TRUNK_TAKES : TRUNK_ENDS);
    if (takes)
        (void)trunk_resume(h->trunk, 0); /* HELD comes next */
}

/* Another machine than before: what runs on that ends first. */
static bool host_is_elsewhere(struct host *h, const struct frame *f, const json_t *facts)
{
    const char *place = json_string_value(json_object_get(facts, "place"));

    if (h->session == 0 || f->id == h->session || place == NULL || h->place == NULL ||
        strcmp(place, h->place) == 0 || !host_may_run(h))
        return false;
    trunk_detach(h->trunk);
    host_failed(h, "it is another machine than before: what runs on that ends first");
    return true;
}

/* Whose session is it? */
static void host_session(struct host *h, const struct frame *f)
{
    if (f->id != 0 && f->id == h->session && !h->holds) {
        host_take(h, TRUNK_RESUMES);
        if (trunk_resume(h->trunk, f->number) == 0)
            host_is_up(h);
        return;
    }
    if (h->session != 0 && !h->holds)
        host_lose_all(h, "the supervisor of its host has ended");
    h->session = 0;
    h->replay = 0;
    h->measures = false;
    trunk_reset(h->trunk);
    if (f->id != 0) {
        host_other(h);
        return;
    }
    h->holds = false;
    h->session = host_new_session();
    host_take(h, TRUNK_ANEW);
    if (trunk_resume(h->trunk, 0) == 0)
        host_is_up(h);
}

/* NODE: what is there. */
static void host_node(struct host *h, const struct frame *f)
{
    json_t *facts = json_loadb(f->body.data, f->body.len, 0, NULL);

    if (!host_is_elsewhere(h, f, facts)) {
        h->contact = loop_now(h->sys->loop);
        host_facts(h, facts);
        host_session(h, f);
    }
    json_decref(facts);
}

static void host_opened(void *arg, const struct frame *f)
{
    struct host *h = arg;

    if (f->kind == FRAME_HELD && h->holds) {
        h->holds = false;
        if (hosts_held(h, f))
            host_is_up(h);
        else
            host_give_up(h, "what it says to run makes no sense");
        return;
    }
    if (f->kind == FRAME_NODE && f->version == FRAME_VERSION)
        host_node(h, f);
    else
        host_give_up(h, "it is not of this version");
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
