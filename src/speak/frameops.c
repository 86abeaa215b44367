/* What a frames actor may say. */
#include "base/err.h"
#include "speak/frames.h"
#include "speak/say.h"

#include <stdio.h>
#include <sys/socket.h>

static void frameops_not_in_hand(struct frames *f, const char *what, uint64_t id)
{
    /* Of `exit` at the end of input. */
    if (id != 0)
        f->sp.host->note(f->sp.member, "speak.bad reason=%s of a message that is not in hand",
                         what);
}

static const char *frameops_hello(struct frames *f, const struct frame *hello)
{
    struct span name = {"", 0}, system = {"", 0};
    const char *why = NULL;

    if (hello->version != FRAME_VERSION)
        why = "HELLO has another version of the protocol";
    else if (hello->role != FRAME_ROLE_ACTOR)
        why = "HELLO is not that of an actor";
    else
        why = f->sp.host->hello(f->sp.member, hello, &name, &system);
    if (why != NULL)
        return why; // cppcheck-suppress returnDanglingLifetime ; a text of the host's own
    struct frame welcome = {
        .kind = FRAME_WELCOME, .version = FRAME_VERSION, .to = name, .from = system};
    if (frame_pack(&f->ho.out, &welcome) != 0)
        return "out of memory";
    f->open = true;
    loop_task_queue(&f->task);
    return NULL;
}

static const char *frameops_send(struct frames *f, const struct frame *frame)
{
    struct speak_out out = {.to = frame->to,
                            .type = MSG_TELL,
                            .timeout_ms = -1,
                            .headers = frame->headers,
                            .body = frame->body};

    f->sp.host->send(f->sp.member, &out);
    return NULL;
}

static const char *frameops_ask(struct frames *f, const struct frame *frame)
{
    struct speak_out out = {.to = frame->to,
                            .type = MSG_ASK,
                            .tag = frame->tag,
                            .timeout_ms = frame->millis,
                            .headers = frame->headers,
                            .body = frame->body};

    f->sp.host->send(f->sp.member, &out);
    return NULL;
}

static const char *frameops_reply(struct frames *f, const struct frame *frame)
{
    f->sp.host->reply(f->sp.member, frame->id, frame->headers, frame->body);
    (void)handover_ack(&f->ho, &f->sp, frame->id);
    return NULL;
}

void frameops_ack(struct frames *f, uint64_t id)
{
    if (!handover_ack(&f->ho, &f->sp, id))
        frameops_not_in_hand(f, "ACK", id);
}

static const char *frameops_acked(struct frames *f, const struct frame *frame)
{
    frameops_ack(f, frame->id);
    return NULL;
}

static const char *frameops_fail(struct frames *f, const struct frame *frame)
{
    char reason[512];
    int n = (int)(frame->text.len < sizeof(reason) ? frame->text.len : sizeof(reason) - 1);

    if (!handover_leaves(&f->ho, &f->sp, frame->id)) {
        frameops_not_in_hand(f, "FAIL", frame->id);
        return NULL;
    }
    (void)snprintf(reason, sizeof(reason), "%.*s", n, (const char *)frame->text.data);
    f->sp.host->fail(f->sp.member, frame->id, n == 0 ? "failed, with no reason given" : reason);
    return NULL;
}

static const char *frameops_defer(struct frames *f, const struct frame *frame)
{
    if (handover_leaves(&f->ho, &f->sp, frame->id))
        f->sp.host->defer(f->sp.member, frame->id);
    else
        frameops_not_in_hand(f, "DEFER", frame->id);
    return NULL;
}

static const char *frameops_ready(struct frames *f, const struct frame *frame)
{
    (void)frame;
    f->sp.host->ready(f->sp.member);
    return NULL;
}

static const char *frameops_wake(struct frames *f, const struct frame *frame)
{
    f->sp.host->wake(f->sp.member, frame->millis, frame->tag, frame->body);
    return NULL;
}

static const char *frameops_unwake(struct frames *f, const struct frame *frame)
{
    f->sp.host->unwake(f->sp.member, frame->tag);
    return NULL;
}

static const char *frameops_log(struct frames *f, const struct frame *frame)
{
    say_log(&f->sp, (enum speak_level)frame->type, frame->text);
    return NULL;
}

static const char *frameops_bye(struct frames *f, const struct frame *frame)
{
    (void)frame;
    f->bye = true;
    /* Over a network an end of one's own may overtake what one has sent: who says this may wait
     * for our end first. */
    if (f->relayed) {
        f->ho.shut = true;
        (void)shutdown(f->sp.out, SHUT_WR);
    }
    return NULL;
}

static const char *frameops_spawn(struct frames *f, const struct frame *frame)
{
    const struct speak_spawn what = {.template = frame->to,
                                     .name = frame->text,
                                     .tag = frame->tag,
                                     .args = frame->body,
                                     .env = frame->headers};

    f->sp.host->spawn(f->sp.member, &what);
    return NULL;
}

static const char *frameops_exit(struct frames *f, const struct frame *frame)
{
    f->sp.host->exit(f->sp.member, frame->to, frame->flags != 0);
    return NULL;
}

static const char *frameops_watch(struct frames *f, const struct frame *frame)
{
    f->sp.host->watch(f->sp.member, frame->to, frame->kind == FRAME_WATCH);
    return NULL;
}

/* By kind; what is not here an open actor may not send. */
static const char *(*const frameops_rows[])(struct frames *f, const struct frame *frame) = {
    [FRAME_SEND] = frameops_send,     [FRAME_ASK] = frameops_ask,
    [FRAME_REPLY] = frameops_reply,   [FRAME_ACK] = frameops_acked,
    [FRAME_FAIL] = frameops_fail,     [FRAME_DEFER] = frameops_defer,
    [FRAME_READY] = frameops_ready,   [FRAME_WAKE] = frameops_wake,
    [FRAME_UNWAKE] = frameops_unwake, [FRAME_LOG] = frameops_log,
    [FRAME_BYE] = frameops_bye,       [FRAME_SPAWN] = frameops_spawn,
    [FRAME_EXIT] = frameops_exit,     [FRAME_WATCH] = frameops_watch,
    [FRAME_UNWATCH] = frameops_watch,
};

const char *frameops_run(struct frames *f, const struct frame *frame)
{
    size_t n = sizeof(frameops_rows) / sizeof(frameops_rows[0]);

    if (!f->open)
        return frame->kind == FRAME_HELLO ? frameops_hello(f, frame)
                                          : "the first frame is not HELLO";
    if (f->bye)
        return "a frame came after BYE";
    if (frame->kind >= n || frameops_rows[frame->kind] == NULL)
        return "a frame of a kind that an open actor may not send";
    return frameops_rows[frame->kind](f, frame);
}
