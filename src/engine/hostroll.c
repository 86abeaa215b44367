/* The list of hosts, while the system runs: another file, and the command. */
#include "base/units.h"
#include "config/topodiff.h"
#include "engine/copies.h"
#include "engine/events.h"
#include "engine/gatehouse.h"
#include "engine/hostparts.h"
#include "engine/member.h"
#include "engine/renewing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTROLL_LEAVE_MS = 5000 };

/* --- what is known of one --- */

static const char *host_text(struct arena *a, const char *text)
{
    return text == NULL ? NULL : arena_text(a, text, strlen(text));
}

/* A copy of conf in the arena: a file goes once no actor is of it. NULL: no memory. */
static struct topo_host *host_copy(struct arena *a, const struct topo_host *conf)
{
    struct topo_host *h = arena_alloc(a, sizeof(*h));
    size_t n = conf->capabilities.n;

    if (h == NULL)
        return NULL;
    *h = *conf;
    h->name = host_text(a, conf->name);
    h->ssh = host_text(a, conf->ssh);
    h->dir = host_text(a, conf->dir);
    h->launch = arena_alloc(a, (conf->n_launch + 1) * sizeof(*h->launch));
    h->capabilities.list = arena_alloc(a, (n + 1) * sizeof(*h->capabilities.list));
    bool whole = h->name != NULL && h->launch != NULL && h->capabilities.list != NULL;
    for (size_t i = 0; whole && i < conf->n_launch; i++)
        whole = (h->launch[i] = arena_text(a, conf->launch[i], strlen(conf->launch[i]))) != NULL;
    for (size_t i = 0; whole && i < n; i++) {
        const struct topo_capability *c = &conf->capabilities.list[i];
        h->capabilities.list[i].key = host_text(a, c->key);
        h->capabilities.list[i].value = host_text(a, c->value);
        whole = h->capabilities.list[i].key != NULL && h->capabilities.list[i].value != NULL;
    }
    return whole ? h : NULL;
}

int host_is(struct host *h, const struct topo_host *conf)
{
    struct arena fresh;

    arena_init(&fresh);
    const struct topo_host *copy = host_copy(&fresh, conf);
    if (copy == NULL) {
        arena_release(&fresh);
        return ERR_NOMEM;
    }
    arena_release(&h->arena);
    h->arena = fresh;
    h->conf = copy;
    return 0;
}

/* To the end of the list. NULL: no memory. */
static struct host *hostroll_append(struct system *s, const struct topo_host *conf)
{
    struct host **end = &s->hosts;

    while (*end != NULL)
        end = &(*end)->next;
    *end = host_new(s, conf);
    s->n_hosts += *end != NULL;
    return *end;
}

struct host *host_add(struct system *s, const struct topo_host *conf)
{
    struct host *h = hostroll_append(s, conf);

    if (h != NULL)
        host_begin(h);
    return h;
}

/* --- from the system's start to its end --- */

int hosts_make(struct system *s, struct err *e)
{
    for (size_t i = 0; i < s->topology->n_hosts; i++)
        if (strcmp(s->topology->hosts[i].name, TOPO_HOME) != 0 &&
            hostroll_append(s, &s->topology->hosts[i]) == NULL)
            return err_set(e, ERR_NOMEM, "out of memory");
    return 0;
}

void hosts_begin(struct system *s)
{
    for (struct host *h = s->hosts; h != NULL; h = h->next)
        host_begin(h);
    hosts_owes_find(s);
    gatehouse_join(s);
}

/* Soon it can be told: its link has just broken; or is yet to come, while something of before runs
 * there; or it is about to say who it is. */
static bool hostroll_blinks(struct host *h)
{
    int64_t now = loop_now(h->sys->loop);
    bool there = h->session != 0 || h->owes || trunk_attached(h->trunk);

    if (!there || h->down || h->leaving || trunk_flows(h->trunk))
        return false;
    if (h->leave_by == 0) {
        h->leave_by = now + HOSTROLL_LEAVE_MS;
        host_launch_now(h);
        (void)loop_timer_start(&h->freight_again, HOSTROLL_LEAVE_MS); /* then this is asked again */
    }
    return now < h->leave_by;
}

/* Told that all ends; one that cannot be comes no more. */
static void hostroll_part(struct host *h)
{
    struct frame bye = {.kind = FRAME_BYE};

    h->leaving = true;
    if (trunk_flows(h->trunk)) {
        (void)trunk_send(h->trunk, 0, &bye);
        (void)loop_timer_start(&h->again, HOSTROLL_LEAVE_MS);
        return;
    }
    trunk_detach(h->trunk);
    host_failed(h, "the system ends");
}

bool hosts_stay(struct system *s)
{
    bool any = false;

    for (struct host *h = s->hosts; h != NULL; h = h->next) {
        if (hostroll_blinks(h)) {
            any = true;
            continue;
        }
        if (!h->leaving)
            hostroll_part(h);
        any = any || (host_ends(h) && loop_timer_armed(&h->again));
    }
    return any;
}

size_t hosts_left(const struct system *s, char *buf, size_t size)
{
    size_t n = 0, at = 0;
    char age[32];

    buf[0] = '\0';
    for (const struct host *h = s->hosts; h != NULL; h = h->next) {
        bool left = h->session != 0 || h->owes;
        n += left;
        if (left && at + 2 < size)
            at +=
                (size_t)snprintf(buf + at, size - at, "%s%s (%s)", at > 0 ? ", " : "",
                                 h->conf->name, units_age_text(host_alone_ms(h), age, sizeof(age)));
    }
    return n;
}

void hosts_free(struct system *s)
{
    struct host *next;

    for (struct host *h = s->hosts; h != NULL; h = next) {
        next = h->next;
        host_free(h);
    }
    s->hosts = NULL;
    farewells_free(s);
    freights_free(s);
}

/* --- one that goes --- */

/* Those members that run there and are to go elsewhere do. h NULL: home. */
static void hostroll_clear(const struct system *s, const struct host *h,
                           bool (*goes)(const struct host *h, const struct member *m))
{
    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            struct member *m = s->actors[i]->members[k];
            if (m->host == h && lifecycle_has_process(m->state) && !m->halting && goes(h, m) &&
                !member_finish(m, true))
                member_stop(m, true);
        }
    }
}

static bool hostroll_any(const struct host *h, const struct member *m)
{
    (void)h;
    (void)m;
    return true;
}

/* One that runs what the file said before is replaced in its turn. */
static bool hostroll_unfit(const struct host *h, const struct member *m)
{
    const struct topo_on *on = &m->actor->conf->on;

    bool fits = h == NULL ? hosts_home_fits(m->actor) : host_fits(h, on);

    return on->kind == TOPO_ON_FITTING && !fits && !renewing_stale(m);
}

void hosts_refit(struct host *h)
{
    hostroll_clear(h->sys, h, hostroll_unfit);
    loop_task_queue(&h->sys->changed);
}

void host_go(struct host *h)
{
    if (h->going)
        return;
    h->going = true;
    event_system(h->sys, "host.leave", "host=%s", h->conf->name);
    hostroll_clear(h->sys, h, hostroll_any);
    loop_task_queue(&h->sys->changed);
}

static void hostroll_come(struct system *s, const struct topo_host *conf)
{
    if (host_add(s, conf) == NULL)
        event_system(s, "host.unreachable", "host=%s reason=\"out of memory\"", conf->name);
}

/* Nobody is to find it behind this. */
static void hostroll_drop(struct host *h)
{
    struct system *s = h->sys;
    struct host **at = &s->hosts;

    for (size_t i = 0; i < s->n_slots; i++)
        for (size_t k = 0; s->slots[i] != NULL && k < s->slots[i]->n_made; k++)
            if (s->slots[i]->members[k]->host == h)
                s->slots[i]->members[k]->host = NULL;
    while (*at != h)
        at = &(*at)->next;
    *at = h->next;
    s->n_hosts--;
    host_owes_nothing(h);
    const struct topo_host *anew = h->returns ? hosts_described(s, h->conf->name) : NULL;
    host_free(h);
    if (anew != NULL)
        hostroll_come(s, anew);
}

void hosts_follow(struct system *s)
{
    struct frame bye = {.kind = FRAME_BYE};
    struct host *next;

    if (!s->stopping)
        hosts_even(s);
    for (struct host *h = s->hosts; h != NULL && !s->stopping; h = next) {
        next = h->next;
        if (!h->going || (h->state != HOST_UP && host_may_run(h)))
            continue;
        if (h->state != HOST_UP) /* what ran there has ended by its `alone` */
            host_lose_all(h, "its host has left");
        if (h->n_posts > 0)
            continue;
        if (!h->leaving && trunk_attached(h->trunk) && !trunk_flows(h->trunk))
            continue; /* it is told once it has said who it is */
        if (!h->leaving && copies_keeps(h))
            continue;
        if (!h->leaving && trunk_attached(h->trunk))
            (void)trunk_send(h->trunk, 0, &bye);
        h->leaving = true;
        if (!host_ends(h))
            hostroll_drop(h);
    }
}

/* --- another file --- */

static const struct topo_host *hostroll_entry(const struct topology *t, const char *name)
{
    for (size_t i = 0; i < t->n_hosts; i++)
        if (strcmp(t->hosts[i].name, name) == 0)
            return &t->hosts[i];
    return NULL;
}

/* As an entry has it, and what it said to have when it joined. list has room for that. */
static struct topo_host hostroll_with(const struct host *h, const struct topo_host *entry,
                                      struct topo_capability *list)
{
    struct topo_host conf = *entry;

    if (h != NULL && h->given != NULL)
        conf.capabilities =
            (struct topo_capabilities){list, hosts_given(h->given, &entry->capabilities, list)};
    return conf;
}

const struct topo_host *hosts_described(const struct system *s, const char *name)
{
    return hostroll_entry(s->topology, name);
}

bool hosts_knows(const struct system *s, const char *name)
{
    return strcmp(name, TOPO_HOME) == 0 || hosts_find(s, name) != NULL ||
           hosts_described(s, name) != NULL || topology_lacks_host(s->topology, name);
}

void hosts_plan(const struct system *s, const struct topology *t,
                void (*tell)(void *arg, const char *name, const struct topo_host *was,
                             const struct topo_host *is),
                void *arg)
{
    for (size_t i = 0; i < t->n_hosts; i++) {
        const char *name = t->hosts[i].name;
        const struct host *h = hosts_find(s, name);
        struct topo_capability list[HOST_CAPABILITIES_ROOM];
        const struct topo_host is = hostroll_with(h, &t->hosts[i], list);
        bool home = strcmp(name, TOPO_HOME) == 0;
        tell(arg, name,
             home                    ? hosts_described(s, name)
             : h == NULL || h->going ? NULL
                                     : h->conf,
             &is);
    }
    for (const struct host *h = s->hosts; h != NULL; h = h->next)
        if (!h->going && !h->by_hand && hostroll_entry(t, h->conf->name) == NULL)
            tell(arg, h->conf->name, h->conf, NULL);
    if (hosts_described(s, TOPO_HOME) != NULL && hostroll_entry(t, TOPO_HOME) == NULL)
        tell(arg, TOPO_HOME, hosts_described(s, TOPO_HOME), NULL);
}

/* One that cannot be reached as it was is from now on as the file says. */
static void hostroll_redirect(struct host *h, const struct topo_host *conf)
{
    if (host_is(h, conf) != 0)
        return;
    trunk_detach(h->trunk);
    h->tries = 0;
    host_failed(h, "it is launched in another way now");
    hosts_refit(h);
}

/* One that is there, as the file has it. */
static void hostroll_adopt(struct host *h, const struct topo_host *entry)
{
    struct topo_capability list[HOST_CAPABILITIES_ROOM];
    const struct topo_host conf = hostroll_with(h, entry, list);
    struct topodiff d;

    topodiff_host(h->conf, &conf, &d);
    h->by_hand = false;
    if (d.change == CHANGE_REPLACE && host_redirects(h, &conf)) {
        hostroll_redirect(h, &conf);
    } else if (h->going || d.change == CHANGE_REPLACE) { /* it comes anew, once it has left */
        h->returns = true;
        host_go(h);
    } else if (host_is(h, &conf) == 0) {
        host_tell_orders(h);
        host_launch_now(h);
        hosts_refit(h);
    }
}

void hosts_adopt(struct system *s)
{
    const struct topology *t = s->topology;

    freights_follow(s);
    for (struct host *h = s->hosts; h != NULL; h = h->next) {
        const struct topo_host *conf = hosts_described(s, h->conf->name);
        h->returns = false;
        if (conf != NULL)
            hostroll_adopt(h, conf);
        else if (!h->by_hand)
            host_go(h);
    }
    for (size_t i = 0; i < t->n_hosts; i++)
        if (hosts_find(s, t->hosts[i].name) == NULL && strcmp(t->hosts[i].name, TOPO_HOME) != 0)
            hostroll_come(s, &t->hosts[i]);
    hostroll_clear(s, NULL, hostroll_unfit);
}
