#include "engine/clients.h"

#include "engine/askbook.h"
#include "engine/attach.h"
#include "engine/budget.h"
#include "engine/calls.h"
#include "engine/clientparts.h"
#include "engine/events.h"
#include "engine/listener.h"
#include "engine/router.h"
#include "engine/sequencer.h"
#include "engine/taps.h"
#include "engine/waiting.h"
#include "model/address.h"
#include "model/frame.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENT_CHUNK = 256 * 1024,
    CLIENT_OUT_MAX = 64 * 1024 * 1024, /* answers that are not fetched */
    CLIENT_OUT_PAUSE = 1024 * 1024,    /* over it nothing more is read */
    CLIENTS_SILENT_MS = 500,           /* who says nothing for so long may lose his place */
};

void clients_each(struct system *s, void (*cb)(void *arg, mail_origin as, const struct actor *on),
                  void *arg)
{
    for (const struct client *c = s->clients; c != NULL; c = c->next)
        cb(arg, c->origin, c->waiter.on);
}

mail_origin client_origin(const struct client *c)
{
    return c->origin;
}

struct system *client_system(struct client *c)
{
    return c->sys;
}

static void client_free(struct client *c)
{
    struct system *s = c->sys;

    waiting_end(&c->waiter);
    asks_forget(s, origin_client(c->number));
    calls_forget(s, c);
    taps_forget(c);
    attach_forget(c);
    loop_timer_stop(&c->hello);
    loop_task_cancel(&c->task);
    loop_io_free(c->io);
    if (c->fd >= 0)
        (void)close(c->fd);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        s->clients = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    s->n_clients--;
    listener_again(s);
    bytes_release(&c->in);
    bytes_release(&c->out);
    free(c->refusal);
    free(c);
}

void client_die(struct client *c)
{
    c->dead = true;
    loop_io_want(c->io, 0);
    loop_task_queue(&c->task);
}

void client_watch(struct client *c)
{
    int want = 0;

    if (c->dead)
        return;
    if (bytes_len(&c->out) > 0)
        want |= LOOP_OUT;
    if (!c->bye && !c->closing && c->waiter.on == NULL && !client_gated(c) &&
        bytes_len(&c->out) < CLIENT_OUT_PAUSE)
        want |= LOOP_IN;
    else if (!c->half)
        want |= LOOP_HUP;
    loop_io_want(c->io, want);
}

void client_write(struct client *c)
{
    while (bytes_len(&c->out) > 0) {
        ssize_t n = send(c->fd, bytes_at(&c->out), bytes_len(&c->out), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0) {
            client_die(c);
            return;
        }
        bytes_consume(&c->out, (size_t)n);
    }
    if (bytes_len(&c->out) == 0)
        taps_drained(c);
    if (c->closing && bytes_len(&c->out) == 0)
        client_die(c);
}

void client_send(struct client *c, const struct frame *f)
{
    if (c->dead)
        return;
    if (c->role != 0)
        sequencer_stir_origin(c->sys, c->origin);
    if (frame_pack(&c->out, f) != 0 || bytes_len(&c->out) > CLIENT_OUT_MAX) {
        event_system(c->sys, "client.dropped", "client=%u reason=\"it does not read its answers\"",
                     c->number);
        client_die(c);
    }
}

/* Ends the connection behind one last word, and says so in the log. */
void client_refuse(struct client *c, int code, const char *why)
{
    struct frame f = {.kind = FRAME_ERROR, .code = code, .text = span_of(why, strlen(why))};

    event_system(c->sys, "client.refused", "client=%u reason=\"%s\"", c->number, why);
    client_send(c, &f);
    c->closing = true;
}

static void client_read(struct client *c)
{
    unsigned char *at = bytes_room(&c->in, CLIENT_CHUNK);
    ssize_t n = at == NULL ? 0 : recv(c->fd, at, CLIENT_CHUNK, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        client_die(c);
        return;
    }
    c->heard = loop_now(c->sys->loop);
    bytes_grew(&c->in, (size_t)n);
    client_frames(c);
}

/* Its sender has died while it waited for room: what it had not accepted goes with it. One that has
 * only closed its own direction still gets its answers. */
static void client_hung_up(struct client *c)
{
    struct pollfd p = {.fd = c->fd};

    c->half = true;
    if (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)))
        client_die(c);
}

static void client_event(void *arg, int events)
{
    struct client *c = arg;

    if (c->dead)
        return;
    if (events & LOOP_HUP)
        client_hung_up(c);
    if (events & LOOP_IN && !c->dead)
        client_read(c);
    if (!c->dead && bytes_len(&c->out) > 0)
        client_write(c);
    client_watch(c);
}

/* There is room again, or it is to go. */
static void client_task(void *arg)
{
    struct client *c = arg;

    if (c->dead) {
        client_free(c);
        return;
    }
    client_frames(c);
    client_write(c);
    client_watch(c);
}

static void client_woken(struct waiter *w)
{
    struct client *c = (struct client *)(void *)((char *)w - offsetof(struct client, waiter));

    loop_task_queue(&c->task);
}

bool clients_deliver(struct system *s, mail_origin to, const struct letter *l)
{
    struct client *c = s->clients;
    char from[ADDRESS_MAX + 1], self[ADDRESS_MAX + 1];

    while (c != NULL && (c->number != origin_client_number(to) || c->dead))
        c = c->next;
    if (c == NULL)
        return false;
    size_t n = router_origin(s, l->from, from, sizeof(from));
    struct frame f = {.kind = FRAME_DELIVER,
                      .id = l->id,
                      .type = l->type,
                      .attempt = 1,
                      .from = span_of(from, n),
                      .to = span_of(self, router_origin(s, to, self, sizeof(self))),
                      .tag = l->tag,
                      .headers = l->headers,
                      .body = l->body};
    client_send(c, &f);
    loop_task_queue(&c->task);
    return true;
}

void client_result(struct client *c, int code, void *json)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    const char *body = text == NULL ? "{\"error\":\"the supervisor is out of memory\"}" : text;
    struct frame f = {.kind = FRAME_RESULT,
                      .code = text == NULL ? ERR_NOMEM : code,
                      .body = span_of(body, strlen(body))};

    c->stays = c->pending = false;
    client_send(c, &f);
    free(text);
    json_decref(json);
    loop_task_queue(&c->task);
}

void clients_serve(struct system *s, int fd, enum clients_way way)
{
    struct client *c = calloc(1, sizeof(*c));

    if (c == NULL || (c->io = loop_io_new(s->loop, fd, client_event, c)) == NULL) {
        free(c);
        (void)close(fd);
        return;
    }
    c->sys = s;
    c->fd = fd;
    c->outside = way != CLIENTS_HERE;
    c->joins = way == CLIENTS_JOIN;
    c->heard = loop_now(s->loop);
    c->number = s->next_client++ & 0x7fffffff;
    c->waiter.wake = client_woken;
    bytes_init(&c->in);
    bytes_init(&c->out);
    loop_task_init(&c->task, s->loop, client_task, c);
    loop_timer_init(&c->hello, s->loop, client_hello_late, c);
    (void)loop_timer_start(&c->hello, CLIENT_HELLO_MS);
    c->next = s->clients;
    if (c->next != NULL)
        c->next->prev = c;
    s->clients = c;
    s->n_clients++;
    client_watch(c);
}

/* At once, for its descriptor is wanted; its memory goes at the end of the turn. */
static void client_hang_up(struct client *c)
{
    loop_timer_stop(&c->hello);
    loop_io_free(c->io);
    c->io = NULL;
    (void)close(c->fd);
    c->fd = -1;
    c->dead = true;
    loop_task_queue(&c->task);
}

int client_stays(struct client *c, char *why, size_t size)
{
    size_t n = 0, most = budget_clients(c->sys, true);

    for (const struct client *k = c->sys->clients; k != NULL; k = k->next)
        n += k->stays && !k->dead;
    if (n >= most) {
        (void)snprintf(why, size,
                       "%zu connections are open, and there are no descriptors for more: try again "
                       "later, or start the system with a higher `ulimit -Hn`",
                       n);
        return ERR_REFUSED;
    }
    c->stays = true;
    return 0;
}

void client_waits(struct client *c)
{
    c->pending = true;
}

/* Between two calls, or before the first. */
static bool client_idle(const struct client *c)
{
    return c->role == FRAME_ROLE_CONTROL && !c->pending && bytes_len(&c->out) == 0;
}

bool clients_drop_silent(struct system *s, int64_t ms)
{
    struct client *oldest = NULL, *idle = NULL;
    int64_t now = loop_now(s->loop);

    for (struct client *c = s->clients; c != NULL; c = c->next) { /* the newest stands first */
        if (c->dead || now - c->heard < ms)
            continue;
        if (c->role == 0)
            oldest = c;
        else if (client_idle(c))
            idle = c;
    }
    if (oldest == NULL)
        oldest = idle;
    if (oldest == NULL)
        return false;
    event_system(s, "client.dropped", "client=%u reason=\"silent, and its place is wanted\"",
                 oldest->number);
    client_hang_up(oldest);
    return true;
}

bool clients_room(struct system *s)
{
    return s->n_clients + s->n_tunnels < budget_clients(s, false) ||
           clients_drop_silent(s, CLIENTS_SILENT_MS);
}

void clients_synced(struct system *s)
{
    for (struct client *c = s->clients; c != NULL; c = c->next) {
        if (c->n_waits == 0 || c->dead)
            continue;
        client_settle(c);
        loop_task_queue(&c->task);
    }
}

void clients_drop_all(struct system *s)
{
    while (s->clients != NULL) {
        client_write(s->clients); // NOLINT(clang-analyzer-unix.Malloc): client_free unlinks
        client_free(s->clients);
    }
}
