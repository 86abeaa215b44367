#include "actor/hosted.h"
#include "actor/port.h"
#include "model/address.h"
#include "wire/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROCESS_TIMEOUT_MS = 10000,
    PROCESS_READ_AHEAD = 256 * 1024, /* while a full mailbox makes us wait */
};

struct process_port {
    struct port base;
    struct session *session;
    bool network; /* where an end may overtake what was sent */
};

static struct session *process_session(const struct port *p)
{
    return ((const struct process_port *)p)->session;
}

static const char *process_name(const struct port *p)
{
    return session_name(process_session(p));
}

static const char *process_system(const struct port *p)
{
    return session_system(process_session(p));
}

static int process_put(struct port *p, const struct frame *f)
{
    return session_put(process_session(p), f);
}

static size_t process_unsent(const struct port *p)
{
    return session_unsent(process_session(p));
}

/* What may wait, in a host, where others may run meanwhile. */
#define PROCESS_WAIT(rc, call)       \
    do {                             \
        if (actor_host_rest != NULL) \
            actor_host_rest();       \
        (rc) = (call);               \
        if (actor_host_work != NULL) \
            actor_host_work();       \
    } while (0)

static int process_flush(struct port *p, int timeout_ms)
{
    int rc = ERR_TIMEOUT;

    if (actor_host_rest != NULL || timeout_ms == 0)
        rc = session_flush(process_session(p), 0);
    if (rc == ERR_TIMEOUT && timeout_ms != 0)
        PROCESS_WAIT(rc, session_flush(process_session(p), timeout_ms));
    return rc;
}

static int process_next(struct port *p, struct frame *f, int timeout_ms, struct err *e)
{
    struct session *s = process_session(p);
    int rc;

    if (timeout_ms == 0 || session_buffered(s))
        return session_next(s, f, timeout_ms, e);
    PROCESS_WAIT(rc, session_next(s, f, timeout_ms, e));
    return rc;
}

static bool process_buffered(const struct port *p)
{
    return session_buffered(process_session(p));
}

static int process_fd(struct port *p)
{
    return session_fd(process_session(p));
}

static int process_drain(struct port *p, int timeout_ms)
{
    int64_t start = timeout_ms > 0 ? stream_now() : 0;
    int rc;

    PROCESS_WAIT(rc, session_drain(process_session(p), timeout_ms));
    if (rc == 0 && ((const struct process_port *)p)->network)
        PROCESS_WAIT(rc, session_await_end(process_session(p), stream_left(start, timeout_ms)));
    return rc;
}

static void process_close(struct port *p)
{
    session_close(process_session(p));
    free(p);
}

static const struct port_ops process_ops = {
    .name = process_name,
    .system = process_system,
    .put = process_put,
    .unsent = process_unsent,
    .flush = process_flush,
    .next = process_next,
    .buffered = process_buffered,
    .fd = process_fd,
    .drain = process_drain,
    .close = process_close,
};

/* What the caller or the environment says. NULL, with e filled, when neither does. */
static const char *process_setting(const char *given, const char *variable, struct err *e)
{
    const char *value = given != NULL ? given : getenv(variable);

    if (value == NULL)
        (void)err_set(e, ERR_INVALID, "$%s is not set: was this started by actorsup?", variable);
    return value;
}

/* NAME, or NAME/N for a member of a pool. */
static int process_own_name(const struct actor_options *options, char *buf, size_t size,
                            struct err *e)
{
    const char *name = process_setting(options->name, "ACTOR_NAME", e);
    const char *index = options->name != NULL ? NULL : getenv("ACTOR_INDEX");
    struct address parsed;
    const char *why = "";

    if (name == NULL)
        return ERR_INVALID;
    bool pool = index != NULL && index[0] != 0 && strcmp(index, "0") != 0;
    int n = snprintf(buf, size, "%s%s%s", name, pool ? "/" : "", pool ? index : "");
    if (n < 0 || (size_t)n >= size)
        return err_set(e, ERR_TOO_LARGE, "the actor's name is too long: %s", name);
    if (address_parse(buf, (size_t)n, &parsed, &why) != 0)
        return err_set(e, ERR_INVALID, "not an actor's name: %s: %s", buf, why);
    return 0;
}

int port_open_process(struct port **out, const struct actor_options *options, struct err *e)
{
    char name[ADDRESS_MAX + 1];
    struct stream *stream = NULL;
    int timeout_ms = options->timeout_ms == 0 ? PROCESS_TIMEOUT_MS : options->timeout_ms;
    int64_t start = stream_now();
    int rc = process_own_name(options, name, sizeof(name), e);

    if (rc != 0)
        return rc;
    const char *url = process_setting(options->url, "ACTOR_URL", e);
    const char *token = process_setting(options->token, "ACTOR_TOKEN", e);
    if (url == NULL || token == NULL)
        return ERR_INVALID;
    struct process_port *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return err_set(e, ERR_NOMEM, "no memory for an actor");
    p->base.ops = &process_ops;
    p->network = strstr(url, "://") != NULL && strncmp(url, "ipc:", 4) != 0;
    struct session_hello hello = {.role = FRAME_ROLE_ACTOR, .name = name, .token = token};
    rc = stream_dial(&stream, url, timeout_ms, e);
    if (rc == 0)
        rc = session_open(&p->session, stream, &hello, stream_left(start, timeout_ms), e);
    if (rc != 0) {
        free(p);
        return rc;
    }
    session_read_ahead(p->session, PROCESS_READ_AHEAD);
    *out = &p->base;
    return 0;
}
