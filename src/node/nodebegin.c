/* A post begins: its entry is read, and an actor made of it. */
#include "config/topology.h"
#include "engine/adopt.h"
#include "engine/events.h"
#include "engine/member.h"
#include "engine/roster.h"
#include "node/nodeparts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NODEPOST_WHY = 1000 };

static void nodepost_faults(const struct faults *faults, const struct err *e, char *why,
                            size_t size)
{
    if (faults->n > 0)
        (void)snprintf(why, size, "%s", faults->list[0].text);
    else
        (void)snprintf(why, size, "%s", e->text);
}

/* What its relative paths are below: the files that were brought for it, or what its host has. */
static void nodepost_folder(const struct node *n, const json_t *order, char *buf, size_t size)
{
    const char *tree = json_string_value(json_object_get(order, "tree"));

    if (tree != NULL && *tree != '\0')
        nodefreight_path(n, tree, buf, size);
    else
        (void)snprintf(buf, size, "%s", n->dir);
}

void nodeentry_free(struct nodeentry *e)
{
    if (e == NULL)
        return;
    topology_free(e->topology);
    free(e);
}

static int nodeentry_parse(struct nodeentry *n, const char *folder, const json_t *order, char *why,
                           size_t size)
{
    const char *entry = json_string_value(json_object_get(order, "entry"));
    char path[4096];
    struct faults faults;
    struct err e = {0, ""};

    (void)snprintf(path, sizeof(path), "%s/actorsup.yaml", folder);
    faults_init(&faults);
    int rc = topology_parse(path, entry, strlen(entry), true, &n->topology, &faults, &e);
    if (rc != 0)
        nodepost_faults(&faults, &e, why, size);
    faults_release(&faults);
    return rc;
}

/* Its files are to be reached by whom it becomes. */
static void nodeentry_open(const struct node *n, const struct topo_actor *conf, const json_t *order)
{
    const struct topo_identity *id = &conf->identity;
    const char *tree = json_string_value(json_object_get(order, "tree"));

    if (tree != NULL && *tree != '\0' && (id->user != NULL || id->group != NULL))
        nodefreight_open(n, tree);
}

/* What an order says of a post. NULL, with why. */
static struct nodeentry *nodeentry_new(const struct node *n, const json_t *order, char *why,
                                       size_t size)
{
    const char *name = json_string_value(json_object_get(order, "name"));
    struct nodeentry *e = calloc(1, sizeof(*e));
    char folder[4000];
    struct stat st;

    if (e == NULL || name == NULL || strlen(name) >= sizeof(e->name) ||
        !json_is_string(json_object_get(order, "entry"))) {
        free(e);
        return NULL;
    }
    nodepost_folder(n, order, folder, sizeof(folder));
    bool there = stat(folder, &st) == 0 && S_ISDIR(st.st_mode);
    if (!there)
        (void)snprintf(why, size, "there is no folder %.500s on this host (its `dir`)", folder);
    if (!there || nodeentry_parse(e, folder, order, why, size) != 0) {
        nodeentry_free(e);
        return NULL;
    }
    nodeentry_open(n, &e->topology->actors[0], order);
    json_int_t n_to = json_integer_value(json_object_get(order, "to"));
    (void)snprintf(e->name, sizeof(e->name), "%s", name);
    e->conf = e->topology->actors[0];
    e->conf.name = e->name;
    e->conf.restart = RESTART_NEVER;
    e->conf.to = e->to;
    e->to[0] = e->to[1] = e->name; /* of which nothing is made: whether there is one, or several */
    e->conf.n_to = n_to > 2 ? 2 : (size_t)n_to;
    e->lease_ms = json_integer_value(json_object_get(order, "lease_ms"));
    return e;
}

static int nodepost_make(struct nodepost *p, const json_t *order, struct err *e)
{
    struct system *s = p->node->sys;

    if (roster_room(s, 1, e) != 0)
        return e->code;
    p->actor = roster_new(s, &p->entry->conf, e);
    if (p->actor == NULL)
        return e->code;
    p->actor->relayed = p;
    mailbox_bound(p->actor->shared, UINT32_MAX, UINT64_MAX / 4);
    p->actor->members[0]->index = (unsigned)json_integer_value(json_object_get(order, "index"));
    p->actor->members[0]->restarts =
        (uint64_t)json_integer_value(json_object_get(order, "restarts"));
    if (roster_join(p->actor, e) != 0) {
        roster_drop(p->actor);
        p->actor = NULL;
    }
    return p->actor == NULL ? e->code : 0;
}

static void nodepost_refuse(struct node *n, uint64_t channel, const char *why)
{
    struct frame f = {.kind = FRAME_GONE, .text = span_of(why, strlen(why))};

    (void)trunk_send(n->trunk, channel, &f);
}

static struct nodepost *nodepost_new(struct node *n, uint64_t channel, const struct frame *f)
{
    struct nodepost *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->node = n;
    p->channel = channel;
    p->order = strndup(f->body.data, f->body.len);
    (void)snprintf(p->token, sizeof(p->token), "%.*s", (int)f->text.len,
                   (const char *)f->text.data);
    loop_task_init(&p->task, n->sys->loop, nodepost_task, p);
    HASH_ADD(hh, n->by_channel, channel, sizeof(p->channel), p);
    p->next = n->posts;
    if (p->next != NULL)
        p->next->prev = p;
    n->posts = p;
    return p;
}

/* With a lease, it must not begin before it is known that the home has heard of this node lately:
 * else it would be over at once, or there might be another by now. */
static void nodepost_go(struct nodepost *p)
{
    struct node *n = p->node;

    p->awaits =
        p->entry->lease_ms > 0 && 2 * (loop_now(n->sys->loop) - n->contact) >= p->entry->lease_ms;
    if (!p->awaits)
        member_start(p->actor->members[0]);
    if (p->entry->lease_ms > 0)
        node_lease(n);
}

/* The order of p with what another says that may change while it runs. NULL: no memory. */
static char *nodepost_merged(const struct nodepost *p, const json_t *order)
{
    static const char *const keys[] = {"entry", "to", "lease_ms"};
    json_t *all = p->order == NULL ? NULL : json_loads(p->order, 0, NULL);

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        (void)json_object_set(all, keys[i], json_object_get(order, keys[i]));
    char *text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}

/* Its process stays. What it is started from, the tree of its files among it, stays as it was. */
static void nodepost_change(struct nodepost *p, const struct frame *f)
{
    json_t *order = json_loadb(f->body.data, f->body.len, 0, NULL), *all = NULL;
    char *text = nodepost_merged(p, order), why[NODEPOST_WHY] = "out of memory";
    struct nodeentry *was = p->entry, *is = NULL;
    struct topodiff diff;

    if (text != NULL && (all = json_loads(text, 0, NULL)) != NULL)
        is = nodeentry_new(p->node, all, why, sizeof(why));
    json_decref(all);
    json_decref(order);
    if (is == NULL) {
        event_member(p->actor->members[0], "actor.unchanged", "reason=\"%s\"", why);
        free(text);
        return;
    }
    free(p->order);
    p->order = text;
    p->entry = is;
    topodiff_actor(&was->conf, &is->conf, &diff);
    adopt_live(p->actor, &is->conf, &diff);
    nodeentry_free(was);
    /* The home counts on it once it has heard that this came: later than now. */
    p->lease_from = loop_now(p->node->sys->loop);
    if (is->lease_ms > 0)
        node_lease(p->node);
}

static void nodepost_anew(struct node *n, const struct frame *f, uint64_t channel)
{
    struct nodepost *p = nodepost_new(n, channel, f);
    json_t *order = json_loadb(f->body.data, f->body.len, 0, NULL);
    char why[NODEPOST_WHY] = "out of memory";
    struct err e = {0, ""};

    if (p != NULL && order != NULL)
        p->entry = nodeentry_new(n, order, why, sizeof(why));
    if (p == NULL || p->entry == NULL) {
        nodepost_refuse(n, channel, why);
    } else if (nodepost_make(p, order, &e) != 0) {
        nodepost_refuse(n, channel, e.text);
    } else {
        json_decref(order);
        nodepost_go(p);
        return;
    }
    json_decref(order);
    if (p != NULL)
        nodepost_free(p);
}

void nodepost_begin(struct node *n, const struct frame *f, uint64_t channel)
{
    struct nodepost *p = nodepost_find(n, channel);

    if (p == NULL)
        nodepost_anew(n, f, channel);
    else if (!p->settled)
        nodepost_change(p, f);
}
