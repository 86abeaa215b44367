/* The first frame of a connection: who is there, and may they. */
#include "engine/clientparts.h"
#include "engine/clients.h"
#include "engine/events.h"
#include "engine/names.h"
#include "engine/process.h"
#include "engine/relay.h"
#include "engine/router.h"
#include "engine/sending.h"
#include "engine/sequencer.h"

#include <string.h>
#include <sys/socket.h>

/* On another host, where each process is an actor of its own: is it called so? The only one of an
 * actor that is no pool is NAME/1 too. */
static bool client_is_called(const struct member *m, struct span name)
{
    char own[ADDRESS_MAX + 1];
    size_t n = strlen(member_address(m, own, sizeof(own)));

    if (m->index == 0 && name.len == n + 2 && memcmp((const char *)name.data + n, "/1", 2) == 0)
        name.len -= 2;
    return name.len == n && memcmp(own, name.data, n) == 0;
}

static struct member *client_member(struct system *s, const struct frame *f)
{
    struct target t;
    char why[256];

    for (size_t i = 0; s->relay != NULL && i < s->n_actors; i++)
        if (client_is_called(s->actors[i]->members[0], f->to))
            return s->actors[i]->members[0];
    if (s->relay != NULL || names_resolve(s, f->to, &t, why, sizeof(why)) != 0 || t.member < 0)
        return NULL;
    return t.actor->members[t.member > 0 ? t.member - 1 : 0];
}

/* The member one of whose processes has this token; NULL: stale, or never was. */
static struct member *client_token_owner(struct system *s, struct span token)
{
    for (struct process *p = s->processes; p != NULL; p = p->next)
        if (process_token_is(p, token))
            return p->member;
    return NULL;
}

static void client_welcome(struct client *c, const char *name)
{
    struct frame f = {
        .kind = FRAME_WELCOME,
        .version = FRAME_VERSION,
        .to = span_of(name, strlen(name)),
        .from = span_of(c->sys->topology->system, strlen(c->sys->topology->system)),
    };

    client_send(c, &f);
}

/* Its descriptor is the caller's; what it has sent is there until the end of the turn. */
static int client_part(struct client *c)
{
    int fd = c->fd;

    loop_io_free(c->io);
    c->io = NULL;
    c->fd = -1;
    c->dead = true;
    loop_task_queue(&c->task);
    return fd;
}

bool client_joins(const struct client *c)
{
    return c->joins;
}

int client_becomes(struct client *c)
{
    if (send(c->fd, bytes_at(&c->out), bytes_len(&c->out), MSG_NOSIGNAL | MSG_DONTWAIT) !=
        (ssize_t)bytes_len(&c->out)) {
        client_die(c);
        return -1;
    }
    loop_timer_stop(&c->hello);
    return client_part(c);
}

/* An actor attaches: its descriptor goes to its adaptor, with what it has sent already. */
static void client_attach(struct client *c, const struct frame *f, size_t size)
{
    struct member *m = client_member(c->sys, f);
    char address[ADDRESS_MAX + 1];

    if (m == NULL || m->actor->conf->speaks != SPEAKS_FRAMES ||
        !process_token_is(&m->process, f->text) || m->speak->ops->adopt == NULL) {
        client_refuse(c, ERR_DENIED, "the token is not that of a running actor of this name");
        return;
    }
    if (m->speak->in >= 0) {
        client_refuse(c, ERR_DENIED, "this process is attached already: it is welcomed once");
        return;
    }
    client_welcome(c, member_address(m, address, sizeof(address)));
    int fd = client_becomes(c);
    if (fd < 0)
        return;
    m->speak->ops->adopt(m->speak, fd, c->outside, bytes_at(&c->in) + size,
                         bytes_len(&c->in) - size);
    loop_task_queue(&m->actor->deliver);
}

void client_hello(struct client *c, const struct frame *f, size_t size)
{
    char name[ADDRESS_MAX + 1], why[256];

    if (f->kind != FRAME_HELLO) {
        client_refuse(c, ERR_PROTOCOL, "the first frame is not HELLO");
        return;
    }
    if (f->version != FRAME_VERSION) {
        client_refuse(c, ERR_PROTOCOL, "this supervisor speaks version 1 of the protocol");
        return;
    }
    if (c->sys->relay != NULL && f->role != FRAME_ROLE_ACTOR) {
        /* It is for the supervisor that has the mailboxes. */
        c->sys->relay->client(c->sys, client_part(c), bytes_at(&c->in), bytes_len(&c->in));
        return;
    }
    if (c->outside && f->role != (c->joins ? FRAME_ROLE_CONTROL : FRAME_ROLE_ACTOR)) {
        client_refuse(c, ERR_DENIED,
                      c->joins ? "here hosts join (actorsup join)"
                               : "over the network there are only actors");
        return;
    }
    if (f->role == FRAME_ROLE_ACTOR) {
        client_attach(c, f, size);
        return;
    }
    if (f->role != FRAME_ROLE_SEND && f->role != FRAME_ROLE_CONTROL) {
        client_refuse(c, ERR_PROTOCOL, "no such role");
        return;
    }
    if (c->sys->sequencer != NULL && f->role == FRAME_ROLE_SEND && f->text.len == 0)
        c->number = sequencer_number(c->sys); /* the same in each run */
    c->origin = origin_client(c->number);
    if (f->text.len > 0) {
        struct member *m = client_token_owner(c->sys, f->text);
        if (m == NULL) {
            client_refuse(c, ERR_DENIED, "ACTOR_TOKEN is not that of a running process");
            return;
        }
        c->origin = member_origin(m);
    }
    if (f->role == FRAME_ROLE_SEND && client_stays(c, why, sizeof(why)) != 0) {
        client_refuse(c, ERR_REFUSED, why);
        return;
    }
    if (!c->joins) /* it has not yet proved anything */
        loop_timer_stop(&c->hello);
    c->role = f->role;
    (void)router_origin(c->sys, c->origin, name, sizeof(name));
    client_welcome(c, name);
}

void client_hello_late(void *arg)
{
    struct client *c = arg;

    client_refuse(c, ERR_TIMEOUT, "no HELLO in time");
    client_write(c);
    client_watch(c);
}
