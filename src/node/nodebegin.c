/* A post begins: its entry is read, and an actor made of it. */
#include "config/topology.h"
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

static int nodepost_read(struct nodepost *p, const json_t *order, char *why, size_t size)
{
    const char *entry = json_string_value(json_object_get(order, "entry"));
    const char *name = json_string_value(json_object_get(order, "name"));
    char folder[4000], path[4096];
    struct stat st;
    struct faults faults;
    struct err e = {0, ""};

    if (entry == NULL || name == NULL || strlen(name) >= sizeof(p->name))
        return ERR_PROTOCOL;
    nodepost_folder(p->node, order, folder, sizeof(folder));
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        (void)snprintf(why, size, "there is no folder %.500s on this host (its `dir`)", folder);
        return ERR_SYSTEM;
    }
    (void)snprintf(p->name, sizeof(p->name), "%s", name);
    (void)snprintf(path, sizeof(path), "%s/actorsup.yaml", folder);
    faults_init(&faults);
    int rc = topology_parse(path, entry, strlen(entry), true, &p->topology, &faults, &e);
    if (rc != 0)
        nodepost_faults(&faults, &e, why, size);
    faults_release(&faults);
    if (rc != 0)
        return rc;
    p->conf = p->topology->actors[0];
    p->conf.name = p->name;
    p->conf.restart = RESTART_NEVER;
    p->conf.to = p->to;
    p->to[0] = p->to[1] = p->name; /* of which nothing is made: whether there is one, or several */
    p->conf.n_to = (size_t)json_integer_value(json_object_get(order, "to"));
    p->conf.n_to = p->conf.n_to > 2 ? 2 : p->conf.n_to;
    p->lease_ms = json_integer_value(json_object_get(order, "lease_ms"));
    return 0;
}

static int nodepost_make(struct nodepost *p, const json_t *order, struct err *e)
{
    struct system *s = p->node->sys;

    if (roster_room(s, 1, e) != 0)
        return e->code;
    p->actor = roster_new(s, &p->conf, e);
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
    loop_timer_init(&p->look, n->sys->loop, nodepost_look, p);
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

    p->awaits = p->lease_ms > 0 && 2 * (loop_now(n->sys->loop) - n->contact) >= p->lease_ms;
    if (!p->awaits)
        member_start(p->actor->members[0]);
    if (p->lease_ms > 0)
        node_lease(n);
}

void nodepost_begin(struct node *n, const struct frame *f, uint64_t channel)
{
    struct nodepost *p = nodepost_find(n, channel) != NULL ? NULL : nodepost_new(n, channel, f);
    json_t *order = json_loadb(f->body.data, f->body.len, 0, NULL);
    char why[NODEPOST_WHY] = "out of memory";
    struct err e = {0, ""};

    if (p == NULL || order == NULL || nodepost_read(p, order, why, sizeof(why)) != 0) {
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
