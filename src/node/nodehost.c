/* What adaptors ask of a node: what concerns a process is done here, the rest is told to the home.
 */
#include "base/text.h"
#include "engine/events.h"
#include "engine/mail.h"
#include "engine/member.h"
#include "engine/process.h"
#include "node/nodeparts.h"

#include <stdio.h>
#include <string.h>

enum { NODEHOST_TEXT = 4096 };

/* --- mail --- */

static bool nodehost_take(void *member, uint64_t max, size_t bytes, struct mail_run *run)
{
    bool some = mail_take(member, max, bytes, run);

    nodepost_took(member);
    return some;
}

static void nodehost_handled(void *member, uint64_t n)
{
    mail_handled(member, n);
    nodepost_handled(member, n);
}

/* Out of hand, without having been handled; f says how. */
static void nodehost_give_back(struct member *m, const struct frame *f)
{
    if (!hand_remove(&m->speak->hand, f->id))
        return;
    nodepost_send(m, f);
    mail_handled(m, 0);
    loop_task_queue(&m->actor->deliver);
}

static void nodehost_fail(void *member, uint64_t id, const char *reason)
{
    struct frame f = {.kind = FRAME_FAIL, .id = id, .text = span_of(reason, strlen(reason))};

    nodehost_give_back(member, &f);
}

static void nodehost_defer(void *member, uint64_t id)
{
    struct frame f = {.kind = FRAME_DEFER, .id = id};

    nodehost_give_back(member, &f);
}

static size_t nodehost_origin(void *member, mail_origin from, char *buf, size_t size)
{
    const struct member *m = member;
    struct span text = nodeorigin_text(node_of(m), from);

    if (from == ORIGIN_SYSTEM)
        return member_host.origin(member, from, buf, size);
    int n = snprintf(buf, size, "%.*s", (int)text.len, (const char *)text.data);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* --- output --- */

static bool nodehost_congested(void *member)
{
    if (nodepost_room(member) > 0)
        return false;
    nodepost_waits(member);
    return true;
}

/* As many whole lines as there is room for; one that is larger goes when nothing else is under
 * way. */
static size_t nodehost_lines(void *member, const char *data, size_t len, char delim)
{
    size_t room = nodepost_room(member), n = len < room ? len : room;
    const char *last = n == 0 ? NULL : memrchr(data, delim, n);

    if (last == NULL && room > 0)
        last = memchr(data, delim, len);
    n = last == NULL ? 0 : (size_t)(last - data) + 1;
    struct frame f = {.kind = FRAME_LINES, .flags = (uint8_t)delim, .body = {data, n}};
    if (n > 0)
        nodepost_put(member, &f);
    if (n < len)
        nodepost_waits(member);
    return n;
}

static int nodehost_pass(void *member, const struct letter *in, struct span body)
{
    struct frame f = {.kind = FRAME_PASS, .id = in == NULL ? 0 : in->id, .body = body};

    if (nodehost_congested(member))
        return ERR_AGAIN;
    nodepost_put(member, &f);
    return 0;
}

static void nodehost_send(void *member, const struct speak_out *out)
{
    struct frame f = {.kind = out->type == MSG_ASK ? FRAME_ASK : FRAME_SEND,
                      .to = out->to,
                      .tag = out->tag,
                      .millis = out->timeout_ms < 0 ? 0 : out->timeout_ms,
                      .headers = out->headers,
                      .body = out->body};

    nodepost_put(member, &f);
}

static void nodehost_reply(void *member, uint64_t id, struct span headers, struct span body)
{
    struct frame f = {.kind = FRAME_REPLY, .id = id, .headers = headers, .body = body};

    nodepost_put(member, &f);
}

/* --- what else --- */

static void nodehost_wake(void *member, int64_t after_ms, struct span tag, struct span body)
{
    struct frame f = {.kind = FRAME_WAKE, .millis = after_ms, .tag = tag, .body = body};

    nodepost_put(member, &f);
}

static void nodehost_unwake(void *member, struct span tag)
{
    struct frame f = {.kind = FRAME_UNWAKE, .tag = tag};

    nodepost_put(member, &f);
}

static void nodehost_spawn(void *member, const struct speak_spawn *what)
{
    struct frame f = {.kind = FRAME_SPAWN,
                      .to = what->template,
                      .tag = what->tag,
                      .text = what->name,
                      .headers = what->env,
                      .body = what->args};

    nodepost_put(member, &f);
}

static void nodehost_exit(void *member, struct span to, bool now)
{
    struct frame f = {.kind = FRAME_EXIT, .flags = now, .to = to};

    nodepost_put(member, &f);
}

static void nodehost_watch(void *member, struct span to, bool on)
{
    struct frame f = {.kind = on ? FRAME_WATCH : FRAME_UNWATCH, .to = to};

    nodepost_put(member, &f);
}

/* --- what is told --- */

static void nodehost_said(struct member *m, uint8_t type, const char *text, size_t len)
{
    struct frame f = {.kind = FRAME_SAID,
                      .type = type,
                      .text = span_of(text, len > UINT16_MAX ? UINT16_MAX : len)};

    if (type == SAID_OUTPUT)
        nodepost_put(m, &f);
    else
        nodepost_send(m, &f);
}

static void nodehost_output(void *member, struct span text)
{
    nodehost_said(member, SAID_OUTPUT, text.data, text.len);
}

static void nodehost_line(struct member *m, const char *text, size_t len)
{
    nodehost_said(m, SAID_OUTPUT, text, len);
}

static void nodehost_log(void *member, enum speak_level level, struct span text)
{
    struct frame f = {.kind = FRAME_LOG,
                      .type = (uint8_t)level,
                      .text = span_of(text.data, text.len > UINT16_MAX ? UINT16_MAX : text.len)};

    nodepost_put(member, &f);
}

static void nodehost_begun(struct member *m)
{
    struct frame f = {.kind = FRAME_BEGUN, .number = (uint64_t)m->process.pid};

    nodepost_send(m, &f);
}

static void nodehost_ready(struct member *m)
{
    struct frame f = {.kind = FRAME_READY};

    nodepost_send(m, &f);
}

static void nodehost_unfit(struct member *m)
{
    struct frame f = {.kind = FRAME_UNFIT,
                      .type = m->unfit == UNFIT_LATE ? 1 : 2,
                      .text = span_of(m->reason, strlen(m->reason))};

    nodepost_send(m, &f);
}

static void nodehost_nothing(struct member *m)
{
    (void)m;
}

/* The home tells of these itself, once it hears of what they are about. */
static const struct {
    const char *event;
    void (*tell)(struct member *m);
} nodehost_events[] = {
    {"actor.start", nodehost_begun},     {"actor.ready", nodehost_ready},
    {"actor.not_ready", nodehost_unfit}, {"actor.unhealthy", nodehost_unfit},
    {"actor.exit", nodehost_nothing},    {"actor.start_failed", nodehost_nothing},
    {"actor.restart", nodehost_nothing}, {"actor.done", nodehost_nothing},
    {"actor.failed", nodehost_nothing},  {"actor.stopped", nodehost_nothing},
};

static void nodehost_event(struct member *m, const char *event, const char *fields)
{
    char text[NODEHOST_TEXT];

    for (size_t i = 0; i < sizeof(nodehost_events) / sizeof(nodehost_events[0]); i++) {
        if (strcmp(event, nodehost_events[i].event) == 0) {
            nodehost_events[i].tell(m);
            return;
        }
    }
    int n = snprintf(text, sizeof(text), "%s %s", event, fields);
    nodehost_said(m, SAID_EVENT, text, n < 0 ? 0 : strlen(text));
}

/* --- the tables --- */

static struct speak_host nodehost_speak;

void nodehost_table(void)
{
    struct speak_host *t = &nodehost_speak;

    *t = member_host; /* what concerns the process */
    t->take = nodehost_take;
    t->send_lines = nodehost_lines;
    t->pass = nodehost_pass;
    t->send = nodehost_send;
    t->congested = nodehost_congested;
    t->reply = nodehost_reply;
    t->handled = nodehost_handled;
    t->fail = nodehost_fail;
    t->defer = nodehost_defer;
    t->wake = nodehost_wake;
    t->unwake = nodehost_unwake;
    t->spawn = nodehost_spawn;
    t->exit = nodehost_exit;
    t->watch = nodehost_watch;
    t->output = nodehost_output;
    t->log = nodehost_log;
    t->origin = nodehost_origin;
}

static void nodehost_client(struct system *s, int fd, const void *rest, size_t len)
{
    nodetunnel_begin(s->node, fd, rest, len);
}

static void nodehost_changed(struct system *s)
{
    node_changed(s->node);
}

const struct relay node_relay = {
    .speak = &nodehost_speak,
    .event = nodehost_event,
    .output = nodehost_line,
    .full = nodepost_full,
    .settle = nodepost_settle,
    .over = nodepost_over,
    .token = nodepost_token,
    .client = nodehost_client,
    .changed = nodehost_changed,
    .measured = nodeusage_measured,
};
