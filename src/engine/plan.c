#include "engine/plan.h"

#include "engine/adopt.h"
#include "engine/hosts.h"
#include "engine/names.h"
#include "engine/roster.h"

#include <stdlib.h>
#include <string.h>

/* --- comparing --- */

static int plan_order(const void *a, const void *b)
{
    const struct actor *x = *(struct actor *const *)a, *y = *(struct actor *const *)b;

    return strcmp(x->conf->name, y->conf->name);
}

/* Those that are gone, or about to go: one that comes again is the same. */
static int plan_pasts(const struct system *s, struct plan *p)
{
    p->past = calloc(s->n_slots + 1, sizeof(struct actor *));
    if (p->past == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i] != NULL && s->slots[i]->removed && !s->slots[i]->spawned)
            p->past[p->n_past++] = s->slots[i];
    qsort(p->past, p->n_past, sizeof(struct actor *), plan_order);
    return 0;
}

static struct actor *plan_past(const struct plan *p, const struct topo_actor *conf)
{
    const struct actor key = {.conf = conf}, *at = &key;
    struct actor **found = bsearch(&at, p->past, p->n_past, sizeof(struct actor *), plan_order);

    return found == NULL ? NULL : *found;
}

/* The actor, or template, that the file in force has by that name. */
static struct actor *plan_present(const struct system *s, const char *name)
{
    const struct topo_actor *was = topology_find(s->topology, name);

    return was == NULL ? NULL : s->actors[was - s->topology->actors];
}

static void plan_compare(struct system *s, const struct plan *p, const struct topo_actor *conf,
                         struct plan_item *item)
{
    struct actor *a = plan_present(s, conf->name);

    *item = (struct plan_item){.what = PLAN_ADD, .actor = a, .conf = conf};
    if (a == NULL) {
        item->actor = plan_past(p, conf);
        if (item->actor != NULL)
            topodiff_actor(item->actor->conf, conf, &item->diff);
        item->change = CHANGE_REPLACE;
        return;
    }
    topodiff_actor(a->pending != NULL ? adopt_conf(a->pending) : a->conf, conf, &item->diff);
    item->what = item->diff.change == CHANGE_NONE ? PLAN_SAME : PLAN_CHANGE;
    item->change = a->pending != NULL ? CHANGE_REPLACE : item->diff.change;
}

int plan_make(struct system *s, const struct topology *t, struct plan *out, struct err *e)
{
    *out = (struct plan){.topology = t};
    out->items = calloc(t->n_actors + s->n_actors + 1, sizeof(*out->items));
    if (out->items == NULL || plan_pasts(s, out) != 0)
        return err_set(e, ERR_NOMEM, "the supervisor is out of memory");
    for (size_t i = 0; i < t->n_actors; i++) {
        const struct actor *there = names_find(s, t->actors[i].name);
        if (there != NULL && there->spawned)
            return err_set(e, ERR_EXISTS, "there is a %s already, which was spawned",
                           t->actors[i].name);
        plan_compare(s, out, &t->actors[i], &out->items[out->n++]);
    }
    for (size_t i = 0; i < s->n_actors; i++)
        if (!s->actors[i]->removed && !s->actors[i]->spawned &&
            topology_find(t, s->actors[i]->conf->name) == NULL)
            out->items[out->n++] = (struct plan_item){
                .what = PLAN_REMOVE, .actor = s->actors[i], .change = CHANGE_REPLACE};
    return 0;
}

void plan_release(struct plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        adopt_drop(p->items[i].adoption);
        roster_drop(p->items[i].made);
    }
    free(p->items);
    free(p->past);
    *p = (struct plan){0};
}

/* --- telling --- */

static json_t *plan_keys(const struct topodiff *d)
{
    json_t *keys = json_array();

    for (size_t i = 0; i < d->n; i++)
        (void)json_array_append_new(keys, json_string(d->keys[i]));
    return keys;
}

static json_t *plan_entry(const char *kind, const char *name, enum plan_what what,
                          const struct topodiff *d)
{
    static const char *const whats[] = {"same", "changed", "added", "removed"};

    return json_pack("{s:s, s:s, s:s, s:o}", "kind", kind, "name", name, "what", whats[what],
                     "keys", plan_keys(d));
}

static void plan_tell_actor(json_t *list, const struct plan_item *item)
{
    static const struct topodiff nothing = {.n = 0};
    const char *name = item->conf != NULL ? item->conf->name : item->actor->conf->name;

    if (item->what == PLAN_SAME)
        return;
    json_t *o =
        plan_entry("actor", name, item->what, item->what == PLAN_CHANGE ? &item->diff : &nothing);
    if (item->what == PLAN_CHANGE) {
        bool template =
            item->conf != NULL && item->conf->template && !topodiff_has(&item->diff, "template");
        (void)json_object_set_new(
            o, "effect", json_string(topodiff_effect(template ? CHANGE_LIVE : item->change)));
        if (item->conf != NULL && item->conf->template && !template)
            (void)json_object_set_new(o, "template", json_true());
        (void)json_object_set_new(o, "members", json_integer((json_int_t)item->actor->n_members));
        if (item->conf != NULL && !item->conf->is_elastic && topodiff_has(&item->diff, "pool"))
            (void)json_object_set_new(o, "pool", json_integer((json_int_t)item->conf->pool));
    }
    (void)json_array_append_new(list, o);
}

static const struct topo_group *plan_group(const struct topology *t, const char *name)
{
    return strcmp(name, t->groups[0].name) == 0 ? &t->groups[0] : topology_group(t, name);
}

static void plan_tell_groups(json_t *list, const struct topology *was, const struct topology *is)
{
    static const struct topodiff nothing = {.n = 0};
    struct topodiff d;

    for (size_t i = 0; i < is->n_groups; i++) {
        const struct topo_group *h = &is->groups[i], *g = plan_group(was, h->name);
        if (g == NULL) {
            (void)json_array_append_new(list, plan_entry("group", h->name, PLAN_ADD, &nothing));
            continue;
        }
        topodiff_group(was, g, is, h, &d);
        if (d.change != CHANGE_NONE)
            (void)json_array_append_new(list, plan_entry("group", h->name, PLAN_CHANGE, &d));
    }
    for (size_t i = 0; i < was->n_groups; i++)
        if (plan_group(is, was->groups[i].name) == NULL)
            (void)json_array_append_new(
                list, plan_entry("group", was->groups[i].name, PLAN_REMOVE, &nothing));
}

struct plan_telling {
    const struct system *sys;
    json_t *list;
};

static void plan_tell_host(void *arg, const char *name, const struct topo_host *was,
                           const struct topo_host *is)
{
    const struct plan_telling *t = arg;
    bool goes_on = false;
    struct topodiff d = {.change = CHANGE_NONE};

    if (was != NULL && is != NULL)
        topodiff_host(was, is, &d);
    else
        d.change = CHANGE_REPLACE;
    if (d.change == CHANGE_NONE)
        return;
    json_t *o = plan_entry("host", name,
                           was == NULL  ? PLAN_ADD
                           : is == NULL ? PLAN_REMOVE
                                        : PLAN_CHANGE,
                           &d);
    if (d.n > 0)
        (void)json_object_set_new(o, "effect",
                                  json_string(d.change == CHANGE_REPLACE
                                                  ? hosts_replaced(t->sys, name, is, &goes_on)
                                                  : topodiff_effect(d.change)));
    if (goes_on)
        (void)json_object_set_new(o, "goes_on", json_true());
    (void)json_array_append_new(t->list, o);
}

json_t *plan_json(const struct system *s, const struct plan *p)
{
    static const struct topodiff nothing = {.n = 0};
    json_t *list = json_array();
    struct plan_telling telling = {s, list};

    for (size_t i = 0; list != NULL && i < p->n; i++)
        plan_tell_actor(list, &p->items[i]);
    plan_tell_groups(list, s->topology, p->topology);
    if (!topodiff_own_log(&s->topology->own_log, &p->topology->own_log))
        (void)json_array_append_new(list, plan_entry("log", "log", PLAN_CHANGE, &nothing));
    if (!topodiff_tls(&s->topology->tls, &p->topology->tls))
        (void)json_array_append_new(list, plan_entry("tls", "tls", PLAN_CHANGE, &nothing));
    if (!topodiff_join(&s->topology->join, &p->topology->join))
        (void)json_array_append_new(list, plan_entry("join", "join", PLAN_CHANGE, &nothing));
    hosts_plan(s, p->topology, plan_tell_host, &telling);
    return list;
}
