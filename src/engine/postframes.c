/* What the node of a process on another host says of it. */
#include "engine/events.h"
#include "engine/hostparts.h"
#include "engine/member.h"
#include "engine/memberparts.h"
#include "engine/sending.h"

#include <stdio.h>
#include <string.h>

static void post_begun(struct post *p, const struct frame *f)
{
    p->pid = (pid_t)f->number;
}

static void post_gone(struct post *p, const struct frame *f)
{
    struct process *proc = p->process;
    struct policy_exit how = {.started = (f->flags & GONE_STARTED) != 0,
                              .scarce = (f->flags & GONE_SCARCE) != 0};
    size_t n = f->body.len < sizeof(proc->tail) ? f->body.len : sizeof(proc->tail);

    if (f->flags & GONE_SIGNAL)
        how.signal = f->code;
    else
        how.status = f->code;
    if (f->flags & GONE_LOST) {
        how.cause = POLICY_WITH_HOST;
        proc->doing = DOING_OTHERS;
    }
    p->gone = true;
    p->n_read = f->number;
    if (n > 0)
        memcpy(proc->tail, f->body.data, n);
    proc->tail_len = n;
    if (f->text.len > 0)
        (void)snprintf(post_member(p)->reason, MEMBER_REASON, "%.*s", (int)f->text.len,
                       (const char *)f->text.data);
    process_gone(proc, &how);
}

static void post_unfit(struct post *p, const struct frame *f)
{
    member_unfit(post_member(p), f->type == 1 ? UNFIT_LATE : UNFIT_UNWELL, "%.*s", (int)f->text.len,
                 (const char *)f->text.data);
}

static void post_done(struct post *p, const struct frame *f)
{
    struct frame credit = {.kind = FRAME_CREDIT};

    p->credit += trunk_cost(f);
    if (p->credit < TRUNK_AHEAD / 8)
        return;
    credit.number = p->credit;
    p->credit = 0;
    post_send(p, &credit);
}

/* SAID: a line of its own, or a note or event of its node's. */
static void post_said(struct post *p, const struct frame *f)
{
    const char *text = f->text.data;
    struct member *m = post_member(p);
    char name[64];

    if (f->type == SAID_OUTPUT) {
        event_output(m, text, f->text.len);
        post_done(p, f);
        return;
    }
    size_t n = 0;
    while (n < f->text.len && n + 1 < sizeof(name) && text[n] != ' ') {
        name[n] = text[n];
        n++;
    }
    name[n] = '\0';
    n += n < f->text.len;
    event_member(m, name, "%.*s", (int)(f->text.len - n), text + n);
}

/* --- its output --- */

/* False: the rest of it waits for room. */
static bool post_lines(struct post *p, const struct frame *f)
{
    const char *data = f->body.data;

    p->lines_at += member_host.send_lines(post_member(p), data + p->lines_at,
                                          f->body.len - p->lines_at, (char)f->flags);
    if (p->lines_at < f->body.len)
        return false;
    p->lines_at = 0;
    post_done(p, f);
    return true;
}

static bool post_pass(struct post *p, const struct frame *f)
{
    struct member *m = post_member(p);
    struct letter in;
    bool paired = f->id != 0 && hand_find(&m->speak->hand, f->id, &in);

    if (member_host.pass(m, paired ? &in : NULL, f->body) == ERR_AGAIN)
        return false;
    post_done(p, f);
    return true;
}

static bool post_send_out(struct post *p, const struct frame *f)
{
    struct member *m = post_member(p);
    struct speak_out out = sending_out(f);

    if (member_host.congested(m))
        return false;
    member_host.send(m, &out);
    post_done(p, f);
    return true;
}

static bool post_reply(struct post *p, const struct frame *f)
{
    member_host.reply(post_member(p), f->id, f->headers, f->body);
    post_done(p, f);
    return true;
}

static bool post_over(struct post *p, const struct frame *f)
{
    farspeak_over(post_member(p)->speak, f->id, f->number);
    return true;
}

static bool post_fail(struct post *p, const struct frame *f)
{
    char why[MEMBER_REASON];

    (void)snprintf(why, sizeof(why), "%.*s", (int)f->text.len, (const char *)f->text.data);
    farspeak_freed(post_member(p)->speak, f->id);
    member_host.fail(post_member(p), f->id, why);
    return true;
}

static bool post_defer(struct post *p, const struct frame *f)
{
    farspeak_freed(post_member(p)->speak, f->id);
    member_host.defer(post_member(p), f->id);
    return true;
}

/* --- what else it may ask --- */

static bool post_ready(struct post *p, const struct frame *f)
{
    (void)f;
    member_ready(post_member(p));
    return true;
}

static bool post_wake(struct post *p, const struct frame *f)
{
    member_host.wake(post_member(p), f->millis, f->tag, f->body);
    post_done(p, f);
    return true;
}

static bool post_unwake(struct post *p, const struct frame *f)
{
    member_host.unwake(post_member(p), f->tag);
    post_done(p, f);
    return true;
}

static bool post_log(struct post *p, const struct frame *f)
{
    member_host.log(post_member(p), (enum speak_level)f->type, f->text);
    post_done(p, f);
    return true;
}

static bool post_spawn(struct post *p, const struct frame *f)
{
    struct speak_spawn what = {
        .template = f->to, .name = f->text, .tag = f->tag, .args = f->body, .env = f->headers};

    member_host.spawn(post_member(p), &what);
    post_done(p, f);
    return true;
}

static bool post_exit(struct post *p, const struct frame *f)
{
    member_host.exit(post_member(p), f->to, f->flags != 0);
    post_done(p, f);
    return true;
}

static bool post_watch(struct post *p, const struct frame *f)
{
    member_host.watch(post_member(p), f->to, f->kind == FRAME_WATCH);
    post_done(p, f);
    return true;
}

static bool post_told(struct post *p, const struct frame *f)
{
    switch (f->kind) {
    case FRAME_BEGUN:
        post_begun(p, f);
        break;
    case FRAME_GONE:
        post_gone(p, f);
        break;
    case FRAME_UNFIT:
        post_unfit(p, f);
        break;
    default:
        post_said(p, f);
        break;
    }
    return true;
}

/* False: it waits, and all behind it. */
typedef bool post_take(struct post *p, const struct frame *f);
static post_take *const post_takes[] = {
    [FRAME_LINES] = post_lines,   [FRAME_PASS] = post_pass,     [FRAME_SEND] = post_send_out,
    [FRAME_ASK] = post_send_out,  [FRAME_REPLY] = post_reply,   [FRAME_OVER] = post_over,
    [FRAME_FAIL] = post_fail,     [FRAME_DEFER] = post_defer,   [FRAME_READY] = post_ready,
    [FRAME_WAKE] = post_wake,     [FRAME_UNWAKE] = post_unwake, [FRAME_LOG] = post_log,
    [FRAME_SPAWN] = post_spawn,   [FRAME_EXIT] = post_exit,     [FRAME_WATCH] = post_watch,
    [FRAME_UNWATCH] = post_watch, [FRAME_BEGUN] = post_told,    [FRAME_GONE] = post_told,
    [FRAME_UNFIT] = post_told,    [FRAME_SAID] = post_told,
};

bool post_run(struct post *p, const struct frame *f)
{
    post_take *take =
        f->kind < sizeof(post_takes) / sizeof(post_takes[0]) ? post_takes[f->kind] : NULL;

    return take == NULL || take(p, f);
}
