#include "actor/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The codes and types of the public header are those inside. */
_Static_assert((int)ACTOR_NOMEM == (int)ERR_NOMEM, "code");
_Static_assert((int)ACTOR_INVALID == (int)ERR_INVALID, "code");
_Static_assert((int)ACTOR_TOO_LARGE == (int)ERR_TOO_LARGE, "code");
_Static_assert((int)ACTOR_CLOSED == (int)ERR_CLOSED, "code");
_Static_assert((int)ACTOR_TIMEOUT == (int)ERR_TIMEOUT, "code");
_Static_assert((int)ACTOR_SYSTEM == (int)ERR_SYSTEM, "code");
_Static_assert((int)ACTOR_REFUSED == (int)ERR_REFUSED, "code");
_Static_assert((int)ACTOR_NOT_RUNNING == (int)ERR_NOT_RUNNING, "code");
_Static_assert((int)ACTOR_PROTOCOL == (int)ERR_PROTOCOL, "code");
_Static_assert((int)ACTOR_DENIED == (int)ERR_DENIED, "code");
_Static_assert((int)ACTOR_TELL == (int)MSG_TELL && (int)ACTOR_HOST_DOWN == (int)MSG_HOST_DOWN &&
                   (int)ACTOR_EXIT == (int)MSG_EXIT && (int)ACTOR_DEAD == (int)MSG_DEAD,
               "type");
_Static_assert(ACTOR_BODY_MAX == FRAME_BODY_MAX && ACTOR_TAG_LENGTH_MAX == FRAME_TAG_MAX &&
                   ACTOR_HEADERS_MAX == FRAME_HEADERS_MAX &&
                   ACTOR_ADDRESS_LENGTH_MAX == ADDRESS_MAX,
               "limit");

const char *actor_code_text(int code)
{
    return err_name(code);
}

int actor_attach(struct actor **out, struct actor_error *error)
{
    const struct actor_options options = {0};

    return actor_attach_with(out, &options, error);
}

int actor_attach_with(struct actor **out, const struct actor_options *options,
                      struct actor_error *error)
{
    struct err e = {0};
    struct actor *a = calloc(1, sizeof(*a));
    int rc = a == NULL ? err_set(&e, ERR_NOMEM, "no memory for an actor")
                       : port_open_process(&a->port, options, &e);

    if (rc != 0) {
        free(a);
        if (error != NULL) {
            error->code = rc;
            (void)snprintf(error->text, sizeof(error->text), "%s", e.text);
        }
        return rc;
    }
    bytes_init(&a->headers);
    bytes_init(&a->packed);
    asks_init(&a->asks);
    *out = a;
    return 0;
}

int actor_detach(struct actor *a, int timeout_ms)
{
    const struct frame bye = {.kind = FRAME_BYE};

    if (a == NULL)
        return 0;
    int rc = a->port->ops->put(a->port, &bye);
    if (rc == 0)
        rc = a->port->ops->flush(a->port, timeout_ms);
    if (rc == 0)
        rc = a->port->ops->drain(a->port, timeout_ms);
    a->port->ops->close(a->port);
    asks_release(&a->asks);
    bytes_release(&a->headers);
    bytes_release(&a->packed);
    free(a);
    return rc;
}

const char *actor_name(const struct actor *a)
{
    return a->port->ops->name(a->port);
}

const char *actor_system(const struct actor *a)
{
    return a->port->ops->system(a->port);
}

const char *actor_why(const struct actor *a)
{
    return a->why.text;
}

int actor_fd(struct actor *a)
{
    return a->port->ops->fd(a->port);
}

int actor_on(struct actor *a, int type, actor_handler *handler, void *arg)
{
    if (type < ACTOR_ANY || type >= INSIDE_TYPES)
        return inside_fail(a, ACTOR_INVALID, "no such type of message: %d", type);
    a->on[type] = (struct inside_handler){handler, arg};
    return 0;
}

void actor_stop(struct actor *a)
{
    a->stopped = true;
}

int actor_ended(const struct actor *a)
{
    return a->stopped || (a->exit_asked && a->in_hand == 0);
}
