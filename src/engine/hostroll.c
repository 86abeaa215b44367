/* The list of hosts, while the system runs: another file, and the command. */
#include "engine/hostroll.h"

#include "config/topofar.h"
#include "engine/clients.h"
#include "engine/control.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "engine/member.h"
#include "model/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static struct host *hostroll_add(struct system *s, const struct topo_host *conf)
{
    struct host **end = &s->hosts, *h = host_new(s, conf);

    while (*end != NULL)
        end = &(*end)->next;
    *end = h;
    if (h != NULL)
        host_begin(h);
    return h;
}

/* --- one that goes --- */

static void hostroll_go(struct host *h)
{
    const struct system *s = h->sys;

    if (h->going)
        return;
    h->going = true;
    event_system(h->sys, "host.leave", "host=%s", h->conf->name);
    for (size_t i = 0; i < s->n_actors; i++) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            struct member *m = s->actors[i]->members[k];
            if (m->host == h && lifecycle_has_process(m->state) && !m->halting &&
                !member_finish(m, true))
                member_stop(m, true);
        }
    }
    loop_task_queue(&h->sys->changed);
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
    host_free(h);
}

void hosts_follow(struct system *s)
{
    struct frame bye = {.kind = FRAME_BYE};
    struct host *next;

    if (!s->stopping)
        hosts_even(s);
    for (struct host *h = s->hosts; h != NULL && !s->stopping; h = next) {
        next = h->next;
        if (!h->going)
            continue;
        if (h->state != HOST_UP) /* what runs there ends by its `alone` */
            host_lose_all(h, "its host has left");
        if (h->n_posts > 0)
            continue;
        if (!h->leaving && trunk_flows(h->trunk))
            (void)trunk_send(h->trunk, 0, &bye);
        h->leaving = true;
        if (!trunk_attached(h->trunk))
            hostroll_drop(h);
    }
}

/* --- another file --- */

static const struct topo_host *hostroll_in(const struct topology *t, const char *name)
{
    for (size_t i = 0; i < t->n_hosts; i++)
        if (strcmp(t->hosts[i].name, name) == 0)
            return &t->hosts[i];
    return NULL;
}

void hosts_adopt(struct system *s)
{
    const struct topology *t = s->topology;

    freights_follow(s);
    for (struct host *h = s->hosts; h != NULL; h = h->next) {
        const struct topo_host *conf = hostroll_in(t, h->conf->name);
        if (conf != NULL && !h->going)
            (void)host_is(h, conf);
        else if (conf == NULL && !h->by_hand)
            hostroll_go(h);
    }
    for (size_t i = 0; i < t->n_hosts; i++) {
        struct host *h = hosts_find(s, t->hosts[i].name);
        if (h == NULL && strcmp(t->hosts[i].name, TOPO_HOME) != 0 &&
            hostroll_add(s, &t->hosts[i]) == NULL)
            event_system(s, "host.unreachable", "host=%s reason=\"out of memory\"",
                         t->hosts[i].name);
    }
}

/* --- the command --- */

static const char *hostroll_state(const struct host *h)
{
    return h->going                     ? "leaving"
           : h->state == HOST_UP        ? "up"
           : h->down                    ? "down"
           : h->state == HOST_LAUNCHING ? "launching"
                                        : "unreachable";
}

static json_t *hostroll_capabilities(const struct topo_capabilities *c)
{
    json_t *all = json_object();

    for (size_t i = 0; i < c->n; i++)
        (void)json_object_set_new(all, c->list[i].key, json_string(c->list[i].value));
    return all;
}

/* null when nothing is on its way there. */
static json_t *hostroll_sending(const struct host *h)
{
    uint64_t sent, total;
    const char *what = host_sends(h, &sent, &total);

    return what == NULL ? json_null()
                        : json_pack("{s:s,s:I,s:I}", "what", what, "bytes", (json_int_t)sent, "of",
                                    (json_int_t)total);
}

static json_t *hostroll_row(const struct host *h)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:i,s:o,s:o}", "name", h->conf->name, "state",
                     hostroll_state(h), "login",
                     h->conf->ssh != NULL    ? h->conf->ssh
                     : h->conf->n_launch > 0 ? h->conf->launch[0]
                                             : "",
                     "reason", h->state == HOST_UP ? "" : h->why, "processes",
                     (json_int_t)h->n_posts, "rtt_us", (json_int_t)h->rtt_us, "cpus", (int)h->cpus,
                     "capabilities", hostroll_capabilities(&h->conf->capabilities), "sending",
                     hostroll_sending(h));
}

void hosts_list(struct client *c, const json_t *req, struct selection *sel)
{
    json_t *rows = json_array();

    (void)req;
    (void)sel;
    for (const struct host *h = client_system(c)->hosts; h != NULL; h = h->next)
        (void)json_array_append_new(rows, hostroll_row(h));
    client_result(c, 0, json_pack("{s:o}", "hosts", rows));
}

static const char *hostroll_fault(struct system *s, const char *name, const char *login, char *buf,
                                  size_t size)
{
    if (name == NULL || !address_name_ok(name, strlen(name)))
        return "a host's name begins with a-z and has only a-z, 0-9, _ and -";
    if (login == NULL)
        return "it needs a login: NAME=[user@]host[:port]";
    const char *why = topofar_check_login(login);
    if (why != NULL)
        return why;
    if (strcmp(name, TOPO_HOME) != 0 && hosts_find(s, name) == NULL)
        return NULL;
    (void)snprintf(buf, size, "there is a host %s already", name);
    return buf;
}

void hosts_add(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);
    const char *name = json_string_value(json_object_get(req, "name"));
    const char *login = json_string_value(json_object_get(req, "login")), *key;
    json_t *value, *given = json_object_get(req, "capabilities");
    struct topo_capability list[HOST_CAPABILITIES_MAX];
    struct topo_host conf = {
        .name = name, .ssh = login, .capabilities = {list, 0}, .down_after_ms = HOST_DOWN_AFTER_MS};
    char text[128];
    const char *why = hostroll_fault(s, name, login, text, sizeof(text));

    (void)sel;
    json_object_foreach(given, key, value) if (conf.capabilities.n < HOST_CAPABILITIES_MAX &&
                                               json_is_string(value)) list[conf.capabilities.n++] =
        (struct topo_capability){key, json_string_value(value)};
    struct host *h = why != NULL ? NULL : hostroll_add(s, &conf);
    if (h == NULL) {
        control_error(c, why != NULL ? ERR_INVALID : ERR_NOMEM,
                      why != NULL ? why : "the supervisor is out of memory");
        return;
    }
    h->by_hand = true;
    client_result(c, 0, json_object());
}

void hosts_remove(struct client *c, const json_t *req, struct selection *sel)
{
    const char *name = json_string_value(json_object_get(req, "name"));
    struct host *h = name == NULL ? NULL : hosts_find(client_system(c), name);
    char text[128];

    (void)sel;
    if (h == NULL || h->going) {
        (void)snprintf(text, sizeof(text), "there is no host %.63s: see `actorsup host`",
                       name == NULL ? "" : name);
        control_error(c, ERR_UNKNOWN, text);
        return;
    }
    hostroll_go(h);
    client_result(c, 0, json_object());
}
