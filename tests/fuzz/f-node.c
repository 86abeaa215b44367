/* What the node of another host says, to a supervisor whose actors run there. The first byte says
 * how it begins: with a session of its own, with what it runs of a supervisor before, with that and
 * the mail that it has a copy of, or with whatever comes. The rest is a stream of frames; inputs
 * are changed frame by frame. */
#include "engine/assembly.h"
#include "engine/calls.h"
#include "engine/clients.h"
#include "engine/flow.h"
#include "engine/hostparts.h"
#include "engine/keeping.h"
#include "engine/member.h"
#include "store/copybook.h"
#include "tests/fuzz/framechange.h"
#include "tests/fuzz/fuzzsystem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TURNS = 16, MESSAGES = 3, BEGINS_ANEW = 0, BEGINS_HELD = 1, BEGINS_LEFT = 2, BEGINS = 4 };

static const char topology_text[] =
    "system: fuzz\n"
    "join: {token: fuzz.token}\n"
    "hosts:\n"
    "  far: {join: true, capabilities: {gpu: 1}}\n"
    "actors:\n"
    "  a: {run: x, to: b, on: far}\n"
    "  b: {run: x, speaks: json, pool: 2, on: {gpu: 1}, ready: notify, failover: after 30s}\n"
    "  c: {run: x, speaks: frames, mailbox: {messages: 2}, to: [a, d], on: far}\n"
    "  d: {run: x, speaks: once, on: far}\n"
    "  e: {run: x, speaks: frames, on: far, dead: true, hosts: true, mailbox: {retry: 1}}\n"
    "  k: {run: x, speaks: frames, on: far, template: true}\n"
    "  p: {run: x, speaks: json, pool: {min: 1, max: 3}, on: far}\n";

static void fuzz_changed(void *arg)
{
    copies_look(arg);
    hosts_follow(arg);
    flow_changed(arg);
}

/* Some mail, with ids from 1 on. */
static void fuzz_mail(struct actor *a)
{
    for (int i = 0; i < MESSAGES; i++) {
        const struct letter l = {.id = system_id(a->sys, 1),
                                 .type = i == 1 ? MSG_ASK : MSG_TELL,
                                 .attempt = 1,
                                 .when = system_when(a->sys),
                                 .tag = span_of("t", i == 1),
                                 .body = span_of("text", 4)};
        if (a->shared != NULL)
            (void)mailbox_put(a->shared, &l);
    }
}

static void fuzz_system(struct fuzzsystem *f, const struct topology *t)
{
    struct system *s = &f->sys;
    struct err e;

    fuzzsystem_make(f, t, fuzz_changed);
    free(s->state_dir);
    s->state_dir = strdup("/proc/sys"); /* one in which nothing is, nor can be */
    if (s->state_dir == NULL || keeping_open(s, false, false, &e) != 0 || hosts_make(s, &e) != 0)
        abort();
    hosts_begin(s);
    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        a->enabled = !a->conf->template;
        for (size_t k = 0; a->enabled && k < a->n_members; k++)
            member_start(a->members[k]);
        fuzz_mail(a);
    }
    loop_task_queue(&s->changed);
}

static void fuzz_node(struct bytes *out, uint64_t session)
{
    static const char facts[] = "{\"pid\":7,\"cpus\":2,\"version\":\"0\",\"copy\":\"5\"}";
    const struct frame f = {.kind = FRAME_NODE,
                            .version = FRAME_VERSION,
                            .id = session,
                            .text = span_of("far", 3),
                            .body = span_of(facts, sizeof(facts) - 1)};

    (void)frame_pack(out, &f);
}

/* It runs all of them, and each has the first messages of its actor in hand. */
static void fuzz_held(struct bytes *out, const struct system *s)
{
    json_t *all = json_array();
    json_int_t channel = 0, id = 1;

    for (size_t i = 0; i < s->n_actors; i++, id += MESSAGES) {
        for (size_t k = 0; k < s->actors[i]->n_members; k++) {
            char *order = post_order(s->actors[i]->members[k]);
            (void)json_array_append_new(all, json_pack("{s:I,s:s,s:s,s:i,s:b,s:[[I,i]]}", "channel",
                                                       ++channel, "order", order, "token", "token",
                                                       "pid", 7, "ready", 1, "hand", id,
                                                       k == 0 ? 2 : 0));
            free(order);
        }
    }
    char *text = json_dumps(all, JSON_COMPACT);
    const struct frame f = {.kind = FRAME_HELD, .body = span_of(text, strlen(text))};
    (void)frame_pack(out, &f);
    json_decref(all);
    free(text);
}

/* Mail as the bytes say, a byte a message. */
static void fuzz_left(struct bytes *out, const struct system *s, const uint8_t *data, size_t len)
{
    struct bytes records;

    bytes_init(&records);
    for (size_t i = 0; i < len && i < 16; i++) {
        const char *to = s->actors[data[i] % s->n_actors]->conf->name;
        const struct kept_record r = {.kind = KEPT_MESSAGE,
                                      .flags = data[i] >> 6,
                                      .type = (data[i] >> 3) % 12,
                                      .attempt = data[i] % 3,
                                      .number = i,
                                      .order = i + 1,
                                      .id = 100 + data[i] % 32,
                                      .to = span_of(to, strlen(to)),
                                      .from = span_of("b/2", 3),
                                      .body = span_of(data, len % 100),
                                      .extra = span_of("why\0", data[i] >> 7 ? 4 : 0)};
        (void)kept_pack(&records, &r, COPYBOOK_SALT, bytes_len(&records));
    }
    const struct frame f = {.kind = FRAME_LEFT,
                            .body = span_of(bytes_at(&records), bytes_len(&records))};
    (void)frame_pack(out, &f);
    bytes_release(&records);
}

static void fuzz_say(int fd, const struct system *s, const uint8_t *data, size_t len)
{
    struct bytes out;

    bytes_init(&out);
    if (data[0] % BEGINS == BEGINS_ANEW)
        fuzz_node(&out, 0);
    if (data[0] % BEGINS == BEGINS_HELD) {
        fuzz_node(&out, 9);
        fuzz_held(&out, s);
    }
    if (data[0] % BEGINS == BEGINS_LEFT) {
        fuzz_node(&out, 9);
        fuzz_left(&out, s, data + 1, len - 1);
        fuzz_held(&out, s);
    }
    (void)bytes_append(&out, data + 1, len - 1);
    fuzzsystem_say(fd, &out);
}

static bool fuzz_rests(const struct member *m)
{
    return lifecycle_at_rest(m->state);
}

/* The system is ended, and its host has gone: nothing may be left that waits for it. */
static void fuzz_end(struct fuzzsystem *f)
{
    system_stop(&f->sys, -1);
    system_stop(&f->sys, -1);
    trunk_detach(f->sys.hosts->trunk);
    host_lose_all(f->sys.hosts, "its host is down");
    fuzzsystem_run(f, TURNS);
    for (size_t i = 0; i < f->sys.n_actors; i++)
        if (!actor_all(f->sys.actors[i], fuzz_rests))
            abort();
    calls_finish(&f->sys);
    clients_drop_all(&f->sys);
    keeping_close(&f->sys);
    hosts_free(&f->sys);
    assembly_release(&f->sys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct topology *t;
    struct fuzzsystem f = {.turns = 0};
    int pair[2];

    if (len == 0 || len > 65536)
        return 0;
    if (t == NULL)
        t = fuzzsystem_topology(topology_text);
    fuzzsystem_connect(pair);
    fuzz_system(&f, t);
    fuzz_say(pair[1], &f.sys, data, len);
    host_connected(f.sys.hosts, pair[0], pair[0], "", 0);
    fuzzsystem_run(&f, TURNS);
    fuzz_end(&f);
    (void)close(pair[1]);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return framechange(data, size, max, seed);
}
