#include "engine/graphing.h"

#include "config/topograph.h"
#include "engine/boxes.h"
#include "engine/clients.h"
#include "engine/hosts.h"
#include "engine/member.h"

#include <string.h>

/* --- who stands for whom --- */

uint32_t graphing_template(const struct system *s, const struct topo_actor *template)
{
    for (size_t i = 0; i < s->n_actors; i++)
        if (s->actors[i]->conf->template && strcmp(s->actors[i]->conf->name, template->name) == 0)
            return s->actors[i]->index;
    return FLOWS_OUTSIDE;
}

/* Who stands for one that is removed, if anybody: FLOWS_OUTSIDE. */
static uint32_t graphing_instead(const struct system *s, uint32_t end)
{
    const struct actor *a = s->slots[end];

    return a == NULL || !a->spawned ? FLOWS_OUTSIDE : a->heir;
}

struct graphing_gone {
    const struct system *sys;
    const bool *stays;
};

static uint32_t graphing_heir(void *arg, uint32_t end)
{
    const struct graphing_gone *g = arg;

    if (end == FLOWS_OUTSIDE || g->stays[end])
        return end;
    return graphing_instead(g->sys, end);
}

void graphing_forget(struct system *s, const bool *stays)
{
    struct graphing_gone g = {s, stays};

    flows_fold(&s->flows, graphing_heir, &g);
}

/* The name that an end has in the graph. */
static const char *graphing_name(const struct system *s, uint32_t end)
{
    while (end != FLOWS_OUTSIDE && (s->slots[end] == NULL || s->slots[end]->removed))
        end = graphing_instead(s, end);
    return end == FLOWS_OUTSIDE ? "~" : s->slots[end]->conf->name;
}

/* --- the answer --- */

/* One state for all members: that of the first which is not as the others are to be. */
static const char *graphing_state(const struct actor *a)
{
    for (size_t i = 0; i < a->n_members; i++)
        if (a->members[i]->state != LIFE_READY)
            return lifecycle_name(a->members[i]->state);
    return a->n_members == 0 ? "" : lifecycle_name(LIFE_READY);
}

/* Where its members are, each host once; "": none is anywhere yet. */
static json_t *graphing_hosts(const struct actor *a)
{
    struct bytes text;

    bytes_init(&text);
    for (size_t i = 0; i < a->n_members; i++) {
        size_t k = 0;
        while (k < i && (!lifecycle_has_process(a->members[k]->state) ||
                         a->members[k]->host != a->members[i]->host))
            k++;
        if (k == i && lifecycle_has_process(a->members[i]->state))
            (void)bytes_printf(&text, "%s%s", bytes_len(&text) == 0 ? "" : " ",
                               hosts_name(a->members[i]));
    }
    const char *all = bytes_cstr(&text);
    json_t *hosts = json_string(all == NULL ? "" : all);
    bytes_release(&text);
    return hosts;
}

static void graphing_actor(json_t *doc, const struct actor *a)
{
    json_t *o =
        topograph_actor(a->conf, a->group->conf->name, a->conf->template ? 0 : a->n_members);

    (void)json_object_set_new(o, "state", json_string(graphing_state(a)));
    if (a->conf->on.kind != TOPO_ON_HERE)
        (void)json_object_set_new(o, "host", graphing_hosts(a));
    (void)json_object_set_new(o, "queued", json_integer((json_int_t)actor_queued(a)));
    if (a->spawned && a->of != NULL)
        (void)json_object_set_new(o, "of", json_string(a->of->name));
    (void)json_array_append_new(json_object_get(doc, "actors"), o);
}

void graphing_answer(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);
    json_t *doc = topograph_begin(s->topology, hosts_states(s));

    (void)req;
    (void)sel;
    for (size_t i = 0; i < s->n_actors; i++)
        if (!s->actors[i]->removed)
            graphing_actor(doc, s->actors[i]);
    for (size_t i = 0; i < s->n_actors; i++)
        if (!s->actors[i]->removed && !s->actors[i]->conf->template)
            topograph_to(doc, s->actors[i]->conf);
    for (size_t i = 0; i < s->flows.cap; i++) {
        const struct flow *f = &s->flows.table[i];
        if (f->messages + f->replies > 0)
            topograph_flow(doc, graphing_name(s, f->from), graphing_name(s, f->to), f->messages,
                           f->replies);
    }
    if (s->flows.uncounted > 0)
        (void)json_object_set_new(doc, "uncounted", json_integer((json_int_t)s->flows.uncounted));
    topograph_end(doc);
    client_result(c, 0, doc);
}
