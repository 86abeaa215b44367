/* The node of another host says who it is, and whose session it has: that goes on, or another
 * begins. */
#include "engine/copies.h"
#include "engine/events.h"
#include "engine/hostparts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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
    hosts_turn(h->sys);
    loop_task_queue(&h->sys->changed);
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
    json_t *all =
        json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:b}", "system", h->sys->topology->system, "host",
                  h->conf->name, "run", h->sys->run, "alone_ms", (json_int_t)h->conf->alone_ms,
                  "down_after_ms", (json_int_t)h->conf->down_after_ms, "dir",
                  h->conf->dir == NULL ? "" : h->conf->dir, "give_copy", (int)h->gives);
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
    const char *copy = json_string_value(json_object_get(facts, "copy"));

    h->copy = copy == NULL ? 0 : strtoull(copy, NULL, 10);
    h->cpus = (unsigned)json_integer_value(json_object_get(facts, "cpus"));
    free(h->place);
    h->place = place == NULL ? NULL : strdup(place);
}

/* It has a session that is not ours. Of the supervisor before it may go on with what it runs; but
 * what we gave up must end, and in a sequential run nothing may have begun before. */
void host_decide(struct host *h)
{
    bool takes = !h->told && h->sys->sequencer == NULL;

    h->holds = takes;
    h->gives = takes && copies_wanted(h);
    h->session = takes ? host_new_session() : 0;
    host_take(h, takes ? TRUNK_TAKES : TRUNK_ENDS);
    if (takes)
        (void)trunk_resume(h->trunk, 0); /* LEFT and HELD come next */
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
    h->holds = h->gives = false;
    if (f->id != 0) {
        h->undecided = !copies_decides(h);
        if (!h->undecided)
            host_decide(h);
        return;
    }
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

void host_opened(void *arg, const struct frame *f)
{
    struct host *h = arg;

    if (f->kind == FRAME_LEFT && h->holds) {
        if (!copies_left(h, f))
            host_give_up(h, "what it says to have makes no sense");
        return;
    }
    if (f->kind == FRAME_HELD && h->holds) {
        h->holds = false;
        copies_left_all(h);
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
