#include "engine/post.h"

#include "config/topoentry.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "engine/member.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What may be under way, and one more of the largest, with room for what is not counted. */
enum { POST_INBOX_MAX = 4 * TRUNK_AHEAD + FRAME_LENGTH_MAX };

pid_t post_pid(const struct post *p)
{
    return p->pid;
}

bool post_is_over(const struct post *p)
{
    return p->given_up || p->ended;
}

uint64_t post_read(const struct post *p)
{
    return p->n_read;
}

int64_t post_rtt_us(const struct post *p)
{
    return p == NULL ? 0 : p->host->rtt_us;
}

void post_send(struct post *p, const struct frame *f)
{
    if (p->gone)
        return;
    int rc = trunk_send(p->host->trunk, p->channel, f);
    if (rc != 0)
        event_member(p->process->member, "post.lost", "reason=\"%s\"", err_name(rc));
}

struct post *post_find(struct host *h, uint64_t channel)
{
    struct post *p = NULL;

    HASH_FIND(hh, h->posts, &channel, sizeof(channel), p);
    return p;
}

/* --- its beginning and its end --- */

/* Where it is to start elsewhere once its host is silent, it must have ended before: its node ends
 * it when nothing has been heard from here for so long. 0: it does not. */
int64_t post_lease(const struct topo_actor *conf)
{
    return conf->failover_ms == TOPO_FOREVER ? 0 : conf->failover_ms * 3 / 4;
}

char *post_order(const struct member *m)
{
    const struct actor *a = m->actor;
    char *entry = topo_entry(a->sys->topology, a->conf);
    json_t *all = entry == NULL ? NULL
                                : json_pack("{s:s,s:s,s:i,s:I,s:i,s:I,s:s}", "name", a->conf->name,
                                            "entry", entry, "index", (int)m->index, "restarts",
                                            (json_int_t)m->restarts, "to", (int)a->conf->n_to,
                                            "lease_ms", (json_int_t)post_lease(a->conf), "tree",
                                            m->host == NULL ? "" : freight_name(m->host, a->conf));
    char *text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);

    json_decref(all);
    free(entry);
    return text;
}

void post_free(struct post *p)
{
    HASH_DEL(p->host->posts, p);
    p->host->n_posts--;
    p->host->n_strays -= p->stray != NULL;
    bytes_release(&p->inbox);
    free(p->stray);
    free(p);
}

static void post_link(struct post *p, struct host *h)
{
    p->host = h;
    bytes_init(&p->inbox);
    HASH_ADD(hh, h->posts, channel, sizeof(p->channel), p);
    h->n_posts++;
}

void post_stray(struct host *h, uint64_t channel, const char *name)
{
    struct frame kill = {.kind = FRAME_SIGNAL, .code = SIGKILL};
    struct post *p = calloc(1, sizeof(*p));

    if (p != NULL) {
        p->channel = channel;
        p->given_up = true;
        p->stray = name == NULL ? NULL : strdup(name);
        post_link(p, h);
        h->n_strays += p->stray != NULL;
    }
    (void)trunk_send(h->trunk, channel, &kill);
}

bool post_taken(const struct post *p)
{
    return p->taken;
}

bool post_replays(const struct post *p)
{
    return p->host->replay > 0;
}

/* Its node is to begin it. */
static void post_ask(struct post *post, const char *order)
{
    const struct process *p = post->process;
    char address[ADDRESS_MAX + 1];

    (void)member_address(p->member, address, sizeof(address));
    host_owes_name(post->host, p->member);
    struct frame f = {.kind = FRAME_POST,
                      .to = span_of(address, strlen(address)),
                      .text = span_of(p->token, strlen(p->token)),
                      .body = span_of(order, strlen(order))};
    post_send(post, &f);
}

static int post_start(struct process *p, const struct process_spec *what, struct err *e)
{
    struct member *m = p->member;
    bool taken = held_host(m) != NULL;
    struct post *post = calloc(1, sizeof(*post));
    char *order = taken ? NULL : post_order(m);

    (void)what;
    if (post == NULL || (order == NULL && !taken)) {
        free(post);
        free(order);
        return err_set(e, ERR_NOMEM, "out of memory");
    }
    post->taken = taken;
    post->failover_ms = m->actor->conf->failover_ms;
    post->channel =
        taken ? held_begin(m, p->token, sizeof(p->token), &post->pid) : ++m->actor->sys->next_post;
    post->process = p;
    post_link(post, m->host);
    p->post = post;
    p->pid = POST_PID;
    if (!taken)
        post_ask(post, order);
    free(order);
    return 0;
}

void post_changed(struct member *m)
{
    struct post *p = m->process.post;
    char *order = p == NULL || p->gone || p->given_up ? NULL : post_order(m);

    if (order == NULL)
        return;
    post_ask(p, order);
    free(order);
    p->failover_next = m->actor->conf->failover_ms;
    p->failover_at = trunk_sent(p->host->trunk);
}

int64_t post_failover(struct post *p)
{
    if (p->failover_at != 0 && trunk_seen(p->host->trunk) >= p->failover_at) {
        p->failover_ms = p->failover_next;
        p->failover_at = 0;
    }
    return p->failover_at != 0 && p->failover_next > p->failover_ms ? p->failover_next
                                                                    : p->failover_ms;
}

static void post_signal(struct process *p, int signal)
{
    struct frame f = {.kind = FRAME_SIGNAL, .code = signal};

    if (p->post != NULL)
        post_send(p->post, &f);
}

static void post_stop(struct process *p)
{
    post_signal(p, 0);
}

/* Its node has seen to it before it told of the end. */
static void post_clean(struct process *p)
{
    process_over(p);
}

static void post_release(struct process *p)
{
    if (p->post != NULL && p->post->given_up && !p->post->ended)
        p->post->process = NULL;
    else if (p->post != NULL)
        post_free(p->post);
    p->post = NULL;
}

const struct process_ops post_ops = {
    .start = post_start,
    .stop = post_stop,
    .kill = post_signal,
    .clean = post_clean,
    .release = post_release,
};

/* True: it has been run, and p may be no more; or there is room for it to wait. */
static bool post_take(struct post *p, const struct frame *f)
{
    if (p->gone || (bytes_len(&p->inbox) == 0 && post_run(p, f)))
        return true;
    p->ended = p->ended || (f->kind == FRAME_GONE && !p->given_up);
    if (frame_pack(&p->inbox, f) != 0)
        event_member(post_member(p), "post.lost", "reason=\"out of memory\"");
    return bytes_len(&p->inbox) <= POST_INBOX_MAX;
}

/* What one that was given up still says comes behind its end, which has been told. */
static void post_late(struct post *p, const struct frame *f)
{
    if (f->kind != FRAME_GONE)
        return;
    p->ended = true;
    if (p->process != NULL)
        return;
    loop_task_queue(&p->host->sys->changed); /* who waits for that may go, or begin */
    post_free(p);
}

bool post_frame(struct post *p, const struct frame *f)
{
    if (p->given_up) {
        post_late(p, f);
        return true;
    }
    return post_take(p, f);
}

void post_room(struct post *p)
{
    while (bytes_len(&p->inbox) > 0) {
        struct frame f;
        long size = frame_size(bytes_at(&p->inbox), bytes_len(&p->inbox));
        if (size <= 0 || frame_unpack(bytes_at(&p->inbox), (size_t)size, &f, NULL) != 0)
            bug("a frame that was packed cannot be read");
        bool last = f.kind == FRAME_GONE;
        if (!last && !post_run(p, &f))
            return;
        if (last) {
            struct bytes copy = p->inbox; /* it may be freed with the post */
            bytes_init(&p->inbox);
            (void)post_run(p, &f);
            bytes_release(&copy);
            return;
        }
        bytes_consume(&p->inbox, (size_t)size);
    }
}

static void post_end(struct post *p, const char *why)
{
    struct frame f = {.kind = FRAME_GONE,
                      .flags = GONE_STARTED | GONE_SIGNAL | GONE_LOST,
                      .code = SIGKILL,
                      .number = UINT64_MAX, /* what it had may have been read */
                      .text = span_of(why, strlen(why))};

    p->process->doing = DOING_OTHERS;
    (void)post_take(p, &f);
}

void post_lost(struct post *p, const char *why)
{
    p->ended = true;
    if (!p->given_up)
        post_end(p, why);
}

void post_give_up(struct post *p)
{
    struct frame kill = {.kind = FRAME_SIGNAL, .code = SIGKILL};

    if (p->given_up || p->gone || p->process == NULL)
        return;
    post_send(p, &kill);
    p->given_up = true;
    post_end(p, "its host is silent");
}
