/* In a sequential run: when is what a client sends taken?
 *
 * Of an outside client, when nothing else is left to be done, and then all of it before anything is
 * handed over: so the messages of one command race with what becomes of them, and those of two
 * commands never do, whenever these come. Of a command that is run by an actor at once; where the
 * actor was handed nothing, when its turn comes. */
#include "engine/clientparts.h"
#include "engine/clients.h"
#include "engine/sending.h"
#include "engine/sequencer.h"
#include "io/sleepers.h"

#include <sys/socket.h>

static struct member *client_actor(const struct client *c)
{
    if (origin_is_client(c->origin))
        return NULL;
    struct actor *a = c->sys->slots[origin_actor(c->origin)];
    uint32_t index = origin_index(c->origin);
    return a->members[index > 0 ? index - 1 : 0];
}

bool client_gated(const struct client *c)
{
    if (c->sys->sequencer == NULL || c->sys->stopping || c->admitted || c->dead ||
        c->role != FRAME_ROLE_SEND || bytes_len(&c->in) == 0)
        return false;
    const struct member *m = client_actor(c);
    return m == NULL || sequencer_doses(m);
}

bool clients_admit(struct system *s, const struct member *m)
{
    struct client *first = NULL;

    for (struct client *c = s->clients; c != NULL; c = c->next) /* the newest stands first */
        if (client_gated(c) && client_actor(c) == m)
            first = c;
    if (first == NULL)
        return false;
    first->admitted = true;
    loop_task_queue(&first->task);
    return true;
}

bool clients_gated(struct system *s, const struct member *m)
{
    for (const struct client *c = s->clients; c != NULL; c = c->next)
        if (client_gated(c) && client_actor(c) == m)
            return true;
    return false;
}

bool clients_wait(struct system *s, const struct member *m)
{
    for (const struct client *c = s->clients; c != NULL; c = c->next)
        if (!c->dead && (c->asked || c->waiter.on != NULL) && client_actor(c) == m)
            return true;
    return false;
}

/* The process at the other end; 0: it is in no namespace of ours. */
static pid_t client_peer(const struct client *c)
{
    struct ucred cred = {0};
    socklen_t len = sizeof(cred);

    return getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 ? cred.pid : 0;
}

static const char *client_unrest(const struct client *c, uint64_t *print)
{
    if (!c->admitted || c->dead || c->bye || c->closing || c->waiter.on != NULL ||
        client_actor(c) != NULL)
        return NULL;
    if (!c->asked)
        return "it has not ended what it sends";
    pid_t pid = client_peer(c);
    return pid > 0 && sleepers_look(pid, false, print) == SLEEPERS_RUN ? "it runs" : NULL;
}

const char *clients_unrest(struct system *s, uint32_t *number, uint64_t *print)
{
    for (const struct client *c = s->clients; c != NULL; c = c->next) {
        const char *why = client_unrest(c, print);
        if (why != NULL) {
            *number = c->number;
            return why;
        }
    }
    return NULL;
}
