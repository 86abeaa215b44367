/* What a supervisor before this one had begun on other hosts, and what goes on there: it is taken
 * back, or ended.
 *
 * A process is taken back as it is where its actor is described as then. What its node had told the
 * supervisor before, and that had not seen, comes first; so what was handled meanwhile is, and what
 * the process has in hand is in its hand here, of all mail that was kept on disk. */
#include "engine/boxes.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "engine/member.h"
#include "engine/memberparts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* They are counted from 1, for all processes of a system. */
#define HELD_CHANNEL_MAX (INT64_C(1) << 48)

/* A process that goes on there, until it is its member's. */
struct held {
    struct host *host;
    uint64_t channel;
    const json_t *row;
};

/* --- whose is it? --- */

static bool held_same(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"name", "entry", "index", "to", "lease_ms"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
            return false;
    return true;
}

static struct member *held_member(const struct system *s, const json_t *order)
{
    const char *name = json_string_value(json_object_get(order, "name"));
    json_int_t index = json_integer_value(json_object_get(order, "index"));

    for (size_t i = 0; name != NULL && i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        if (strcmp(a->conf->name, name) != 0)
            continue;
        for (size_t k = 0; k < a->n_members; k++)
            if (a->members[k]->index == (unsigned)index)
                return a->members[k];
    }
    return NULL;
}

/* It waits to begin there, and would be what it is. */
static bool held_wanted(const struct host *h, const struct member *m, const json_t *order)
{
    if (m == NULL || h->going || m->state != LIFE_WAITING || m->held != NULL ||
        m->actor->init != NULL || m->actor->sys->stopping || !host_fits(h, &m->actor->conf->on))
        return false;
    char *text = post_order(m);
    json_t *ours = text == NULL ? NULL : json_loads(text, 0, NULL);
    bool same = ours != NULL && held_same(ours, order);

    json_decref(ours);
    free(text);
    return same;
}

/* --- what it has in hand --- */

static void held_take(struct member *m, struct mailbox *box, uint64_t id, uint64_t n)
{
    struct mail_run run;

    while (box != NULL && mailbox_take_ids(box, id, n, &run))
        if (hand_push(&m->speak->hand, &run) != 0) {
            for (uint32_t i = 0; i < run.count; i++)
                mail_run_return(&run, i, (struct mail_change){.again = false});
            return;
        }
}

void held_recall(struct member *m, uint64_t id, uint64_t n)
{
    struct mailbox **box;

    for (size_t i = 0; (box = boxes_common(m->actor, i)) != NULL; i++)
        held_take(m, *box, id, n);
    for (size_t i = 0; (box = boxes_of(m, i)) != NULL; i++)
        held_take(m, *box, id, n);
}

bool hosts_is_ready(const struct member *m)
{
    return m->held != NULL && json_is_true(json_object_get(m->held->row, "ready"));
}

/* --- taken, or ended --- */

struct host *held_host(const struct member *m)
{
    return m->held == NULL ? NULL : m->held->host;
}

uint64_t held_begin(const struct member *m, char *token, size_t size, pid_t *pid)
{
    const json_t *row = m->held->row;
    const char *text = json_string_value(json_object_get(row, "token"));

    (void)snprintf(token, size, "%s", text == NULL ? "" : text);
    *pid = (pid_t)json_integer_value(json_object_get(row, "pid"));
    return m->held->channel;
}

static void held_go_on(struct held *held, struct member *m)
{
    json_t *run;
    size_t i;

    m->held = held;
    member_on(m, LIFE_ON_CLEAR);
    m->held = NULL;
    if (m->process.post == NULL)
        return;
    json_array_foreach(json_object_get(held->row, "hand"), i, run)
        held_recall(m, (uint64_t)json_integer_value(json_array_get(run, 0)),
                    (uint64_t)json_integer_value(json_array_get(run, 1)));
    event_member(m, "actor.taken", "host=%s pid=%d", held->host->conf->name,
                 (int)post_pid(m->process.post));
}

static void held_one(struct host *h, const json_t *row)
{
    struct held held = {.host = h,
                        .channel = (uint64_t)json_integer_value(json_object_get(row, "channel")),
                        .row = row};
    const char *text = json_string_value(json_object_get(row, "order"));
    json_t *order = json_loads(text == NULL ? "" : text, 0, NULL);
    struct member *m = post_find(h, held.channel) == NULL ? held_member(h->sys, order) : NULL;

    if (held.channel > h->sys->next_post)
        h->sys->next_post = held.channel;
    if (held_wanted(h, m, order))
        held_go_on(&held, m);
    if (post_find(h, held.channel) == NULL) {
        event_system(h->sys, "host.ended", "host=%s pid=%d reason=\"%s\"", h->conf->name,
                     (int)json_integer_value(json_object_get(row, "pid")),
                     "its actor is another now, or is not to run there");
        post_stray(h, held.channel, json_string_value(json_object_get(order, "name")));
    }
    json_decref(order);
}

/* A list of processes, each on a channel that one may be on. */
static bool held_is_sane(const json_t *all)
{
    const json_t *row;
    size_t i;

    json_array_foreach(all, i, row)
    {
        json_int_t channel = json_integer_value(json_object_get(row, "channel"));
        if (channel < 1 || channel > HELD_CHANNEL_MAX)
            return false;
    }
    return json_is_array(all);
}

bool hosts_held(struct host *h, const struct frame *f)
{
    json_t *all = json_loadb(f->body.data, f->body.len, 0, NULL), *row;
    bool sane = held_is_sane(all);
    size_t i;

    h->replay = f->number;
    json_array_foreach(all, i, row)
    {
        if (sane)
            held_one(h, row);
    }
    json_decref(all);
    return sane;
}

void held_replayed(struct host *h)
{
    struct post *p = NULL, *next = NULL;

    if (h->replay == 0 || trunk_received(h->trunk) < h->replay)
        return;
    h->replay = 0;
    HASH_ITER (hh, h->posts, p, next) {
        if (p->process != NULL)
            loop_task_queue(&post_member(p)->actor->deliver);
    }
}
