#include "node/node.h"

#include "engine/events.h"
#include "node/nodeparts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NODE_ALONE_MS = 10000, NODE_BEATS = 8 };

/* --- its session with the home --- */

/* The machine, and where on it: what a node of the same place has left is ended by the next. */
static void node_place(const struct node *n, char *buf, size_t size)
{
    char id[64] = "", spaces[64] = "";
    int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, id, sizeof(id) - 1) < 0)
        id[0] = '\0';
    if (fd >= 0)
        (void)close(fd);
    id[strcspn(id, "\n")] = '\0';
    if (readlink("/proc/self/ns/pid", spaces, sizeof(spaces) - 1) < 0)
        spaces[0] = '\0';
    (void)snprintf(buf, size, "%s %s %s", id, spaces, rundir_path(n->sys->rundir));
}

static void node_say_who(struct node *n)
{
    char place[4400], copy[24];

    node_place(n, place, sizeof(place));
    (void)snprintf(copy, sizeof(copy), "%" PRIu64, nodecopy_generation(n));
    json_t *facts = json_pack("{s:i,s:i,s:s,s:s,s:s}", "pid", (int)getpid(), "cpus",
                              (int)sysconf(_SC_NPROCESSORS_ONLN), "version", PACKAGE_VERSION,
                              "place", place, "copy", copy);
    char *text = facts == NULL ? NULL : json_dumps(facts, JSON_COMPACT);
    struct frame f = {.kind = FRAME_NODE,
                      .version = FRAME_VERSION,
                      .id = n->session,
                      .number = trunk_received(n->trunk),
                      .text = span_of(n->sys->host, strlen(n->sys->host)),
                      .body = span_of(text, text == NULL ? 0 : strlen(text))};

    n->said = loop_now(n->sys->loop);
    (void)loop_timer_start(&n->answer, n->answer_ms);
    trunk_open(n->trunk, &f);
    free(text);
    json_decref(facts);
}

void node_attached(struct node *n, int in, int out)
{
    loop_timer_stop(&n->alone);
    if (trunk_attach(n->trunk, in, out, "", 0) == 0)
        node_say_who(n);
}

/* A connection of which one way is cut does not end by itself. */
static void node_unanswered(void *arg)
{
    struct node *n = arg;

    if (!trunk_attached(n->trunk))
        return;
    trunk_detach(n->trunk);
    node_left(n, "it does not answer");
}

static void node_lost(void *arg, const char *why)
{
    node_left(arg, why);
}

void node_left(struct node *n, const char *why)
{
    event_system(n->sys, "home.lost", "reason=\"%s\"", why);
    if (n->word >= 0) { /* what was launched may go */
        loop_io_free(n->word_io);
        n->word_io = NULL;
        (void)close(n->word);
        n->word = -1;
    }
    (void)loop_timer_start(&n->alone, n->alone_ms);
}

/* Nothing was heard for so long: all that runs here ends, and so does the node. */
static void node_is_alone(void *arg)
{
    struct node *n = arg;

    event_system(n->sys, "home.gone", "%s", "");
    system_stop(n->sys, -1);
}

/* Returns whether it wants the copy of mail that is here. */
static bool node_orders(struct node *n, struct span body)
{
    json_t *o = json_loadb(body.data, body.len, 0, NULL);
    int64_t alone = json_integer_value(json_object_get(o, "alone_ms"));
    int64_t down = json_integer_value(json_object_get(o, "down_after_ms"));
    const char *dir = json_string_value(json_object_get(o, "dir"));

    n->alone_ms = alone > down ? alone : down > 0 ? down : NODE_ALONE_MS;
    n->answer_ms = down > 0 ? down : NODE_ALONE_MS;
    if (dir != NULL && *dir == '/') {
        char *copy = strdup(dir);
        if (copy != NULL) {
            free(n->dir);
            n->dir = copy;
        }
    }
    bool gives = json_is_true(json_object_get(o, "give_copy"));
    json_decref(o);
    return gives;
}

/* What it runs is of no session any more. Once that has ended it begins anew. */
static void node_end_all(struct node *n)
{
    n->ending = true;
    nodecopy_forget(n);
    nodetunnels_drop(n);
    nodeposts_end(n);
    loop_task_queue(&n->sys->changed);
}

void node_changed(struct node *n)
{
    if (!n->ending || nodeposts_any(n))
        return;
    n->ending = false;
    n->session = 0;
    trunk_reset(n->trunk);
    if (trunk_attached(n->trunk))
        node_say_who(n);
}

/* Another home goes on with what runs: it gets what the one before has not seen. */
static void node_taken(struct node *n, const struct frame *f)
{
    nodetunnels_drop(n);
    nodeposts_clear(n);
    char *held = nodeposts_held(n);

    if (held == NULL || trunk_inherit(n->trunk) != 0) {
        free(held);
        node_end_all(n);
        return;
    }
    n->session = f->id;
    if (node_orders(n, f->body) && nodecopy_give(n) != 0) { /* it comes again, from the beginning */
        free(held);
        trunk_detach(n->trunk);
        node_left(n, "there is no memory to give the copy of its mail");
        return;
    }
    struct frame tell = {
        .kind = FRAME_HELD, .number = trunk_sent(n->trunk), .body = span_of(held, strlen(held))};
    event_system(n->sys, "home.new", "%s", "");
    trunk_open(n->trunk, &tell);
    free(held);
    (void)trunk_resume(n->trunk, 0);
    nodeposts_go(n);
}

static void node_opened(void *arg, const struct frame *f)
{
    struct node *n = arg;

    if (f->kind != FRAME_TAKEN)
        return;
    if (f->flags == TRUNK_ORDERS) {
        (void)node_orders(n, f->body);
        return;
    }
    loop_timer_stop(&n->answer);
    n->contact = n->said; /* it has answered what was said then */
    if (f->flags == TRUNK_ENDS) {
        node_end_all(n);
        return;
    }
    if (f->flags == TRUNK_TAKES) {
        node_taken(n, f);
        return;
    }
    if (f->flags == TRUNK_ANEW) {
        trunk_reset(n->trunk);
        n->session = f->id;
    }
    (void)node_orders(n, f->body);
    (void)trunk_resume(n->trunk, f->flags == TRUNK_ANEW ? 0 : f->number);
    nodeposts_go(n);
}

static void node_told(struct node *n)
{
    n->told = true;
    system_stop(n->sys, -1);
}

/* A home that does not hear this tells it to end once more. */
static void node_say_ends(struct node *n)
{
    const struct frame bye = {.kind = FRAME_BYE};

    if (n->told && trunk_send(n->trunk, 0, &bye) == 0)
        trunk_write(n->trunk);
}

static void node_frame(void *arg, const struct frame *f)
{
    struct node *n = arg;
    uint64_t channel = trunk_channel(n->trunk);

    if (channel & TRUNK_TUNNEL)
        nodetunnel_frame(n, channel, f);
    else if (channel == TRUNK_FREIGHT)
        nodefreight_frame(n, f);
    else if (channel == 0 && f->kind == FRAME_BYE)
        node_told(n);
    else if (channel == 0 && f->kind == FRAME_USAGE)
        nodeusage_frame(n);
    else if (channel == 0 && f->kind == FRAME_COPY)
        nodecopy_frame(n, f);
    else if (f->kind == FRAME_POST && !n->ending)
        nodepost_begin(n, f, channel);
    else
        nodepost_frame(n, f, channel);
}

/* What it has answered was said then: later it has not given us up before the lease is over. */
static void node_beat(void *arg, uint64_t number)
{
    struct node *n = arg;

    n->contact = (int64_t)number;
    nodeposts_go(n);
}

static void node_lease_due(void *arg)
{
    struct node *n = arg;
    int64_t now = loop_now(n->sys->loop);
    int64_t least = nodeposts_expire(n, now);

    trunk_beat(n->trunk, (uint64_t)now);
    if (least > 0)
        (void)loop_timer_start(&n->lease, least / NODE_BEATS + 1);
}

void node_lease(struct node *n)
{
    if (loop_timer_armed(&n->lease))
        trunk_beat(n->trunk, (uint64_t)loop_now(n->sys->loop));
    else
        node_lease_due(n);
}

static const struct trunk_ops node_ops = {
    .frame = node_frame, .opening = node_opened, .lost = node_lost, .beat = node_beat};

/* --- its system --- */

int node_begin(struct system *s, void *arg, struct err *e)
{
    struct node *n = arg;

    n->sys = s;
    n->listener = -1;
    n->alone_ms = n->answer_ms = NODE_ALONE_MS;
    n->trunk = trunk_new(s->loop, &node_ops, n);
    loop_timer_init(&n->alone, s->loop, node_is_alone, n);
    loop_timer_init(&n->answer, s->loop, node_unanswered, n);
    loop_timer_init(&n->lease, s->loop, node_lease_due, n);
    nodefreight_init(n);
    if (n->trunk == NULL || nodecopy_init(n) != 0)
        return err_set(e, ERR_NOMEM, "out of memory");
    (void)loop_timer_start(&n->alone, NODE_ALONE_MS);
    return nodedoor_open(n, e);
}

void node_end(void *arg)
{
    struct node *n = arg;

    node_say_ends(n);
    loop_timer_stop(&n->alone);
    loop_timer_stop(&n->answer);
    loop_timer_stop(&n->lease);
    nodetunnels_drop(n);
    nodedoor_close(n);
    trunk_free(n->trunk);
    nodefreight_free(n);
    nodeposts_free(n);
    nodeorigins_free(n);
    nodecopy_free(n);
}
