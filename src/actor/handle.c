/* Messages to their handlers, and what becomes of them then. */
#include "actor/inside.h"

#include <stdio.h>

/* The handler that an ask brought along, else the one of the type, else the one for any. */
static struct inside_handler handle_find(struct actor *a, const struct actor_message *m)
{
    struct inside_handler h = {NULL, NULL};

    if (m->type == ACTOR_REPLY || m->type == ACTOR_DEAD)
        h.handler = asks_take(&a->asks, m->tag, &h.arg);
    if (h.handler == NULL)
        h = a->on[m->type];
    if (h.handler == NULL && m->type != ACTOR_EXIT)
        h = a->on[ACTOR_ANY];
    return h;
}

static int handle_missing(struct actor *a, const struct actor_message *m)
{
    char reason[64];

    if (m->id == 0)
        return 0;
    if (m->type != ACTOR_TELL && m->type != ACTOR_ASK)
        return actor_ack(a, m->id);
    (void)snprintf(reason, sizeof(reason), "no handler for %s", frame_type_name(m->type));
    return actor_fail(a, m->id, reason);
}

/* Settles what the handler did not. */
static int handle_settle(struct actor *a, const struct actor_message *m, int result)
{
    char reason[64];

    if (m->type == ACTOR_EXIT && result == 0)
        a->exit_asked = true;
    if (m->id == 0 || a->current != m->id || result == ACTOR_KEEP)
        return 0;
    if (result == 0)
        return actor_ack(a, m->id);
    (void)snprintf(reason, sizeof(reason), "the handler returned %d: %s", result,
                   result < 0 ? actor_code_text(result) : "failed");
    return actor_fail(a, m->id, reason);
}

static int handle_message(struct actor *a, const struct actor_message *m)
{
    struct inside_handler h = handle_find(a, m);

    if (h.handler == NULL) {
        if (m->type == ACTOR_EXIT)
            a->exit_asked = true;
        return handle_missing(a, m);
    }
    a->current = m->id;
    int result = h.handler(a, m, h.arg);
    int rc = handle_settle(a, m, result);
    a->current = 0;
    return rc;
}

int actor_step(struct actor *a, int timeout_ms)
{
    struct actor_message m;
    int handled = 0;
    int rc = actor_receive(a, &m, timeout_ms);

    while (rc == 0) {
        rc = handle_message(a, &m);
        handled++;
        if (rc != 0 || a->stopped || !a->port->ops->buffered(a->port))
            break;
        rc = receive_next(a, &m, 0);
    }
    if (rc != 0 && rc != ACTOR_TIMEOUT)
        return rc;
    if (handled > 0 && (rc = actor_flush(a, -1)) != 0)
        return rc;
    return handled;
}

int actor_run(struct actor *a)
{
    int rc = 0;

    while (!actor_ended(a) && rc >= 0)
        rc = actor_step(a, -1);
    a->stopped = false;
    /* Behind the end of its input nothing can come for what is still in hand. */
    if (rc == ACTOR_CLOSED && a->exit_asked)
        return 0;
    return rc < 0 ? rc : 0;
}
