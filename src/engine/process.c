#include "engine/process.h"

#include "engine/attach.h"
#include "engine/carrier.h"
#include "engine/confined.h"
#include "engine/events.h"
#include "engine/member.h"
#include "engine/post.h"
#include "engine/processparts.h"
#include "engine/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { PROCESS_ERR_PIPE = 4096, PROCESS_LINE_MAX = 16 * 1024, PROCESS_NUDGE_MS = 50 };

static void process_close(struct loop_io **io, int *fd)
{
    loop_io_free(*io);
    *io = NULL;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void process_line(struct process *p, const char *line, size_t len)
{
    if (p->check == NULL) /* a check's is told when it has failed */
        event_output(p->member, line, len);
    member_said(p, line, len);
}

/* Gives whole lines to the log; what has no end yet is kept, up to a bound. */
static void process_lines(struct process *p, bool all)
{
    struct bytes *b = &p->err_line;

    for (;;) {
        const char *at = (const char *)bytes_at(b);
        size_t len = bytes_len(b);
        const char *end = memchr(at, '\n', len);
        if (end == NULL && len < PROCESS_LINE_MAX && !(all && len > 0))
            return;
        size_t line = end == NULL ? len : (size_t)(end - at);
        process_line(p, at, line);
        bytes_consume(b, end == NULL ? line : line + 1);
    }
}

/* How many bytes came; 0: nothing now, -1: the end. */
static ssize_t process_read_err(struct process *p)
{
    unsigned char buf[PROCESS_ERR_PIPE];
    ssize_t n = read(p->err, buf, sizeof(buf));

    if (n > 0) {
        if (bytes_append(&p->err_line, buf, (size_t)n) != 0)
            return -1;
        process_lines(p, false);
        return n;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void process_err_event(void *arg, int events)
{
    struct process *p = arg;
    const struct relay *relay = p->member->actor->sys->relay;

    (void)events;
    if (relay != NULL && relay->full(p->member))
        loop_io_want(p->err_io, 0);
    else if (process_read_err(p) < 0)
        process_close(&p->err_io, &p->err);
}

void process_more(const struct member *m)
{
    for (struct process *p = m->actor->sys->processes; p != NULL; p = p->next)
        if (p->member == m && p->err_io != NULL)
            loop_io_want(p->err_io, LOOP_IN);
}

static void process_ready_event(void *arg, int events)
{
    struct process *p = arg;
    char buf[256];
    ssize_t n = read(p->ready, buf, sizeof(buf));

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        process_close(&p->ready_io, &p->ready);
    } else if (memchr(buf, '\n', (size_t)n) != NULL) {
        process_close(&p->ready_io, &p->ready);
        member_ready(p->member);
    }
}

static int process_token(struct process *p, struct err *e)
{
    const struct relay *relay = p->member->actor->sys->relay;
    unsigned char raw[16];

    if (relay != NULL) {
        (void)snprintf(p->token, sizeof(p->token), "%s", relay->token(p->member));
        return 0;
    }
    if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
        return err_errno(e, "no random numbers");
    for (size_t i = 0; i < sizeof(raw); i++)
        (void)snprintf(p->token + 2 * i, 3, "%02x", raw[i]);
    return 0;
}

bool process_token_is(const struct process *p, struct span token)
{
    unsigned char differ = 0;

    if (p->pid == 0 || p->gone || token.len != sizeof(p->token) - 1)
        return false;
    for (size_t i = 0; i < token.len; i++)
        differ |=
            (unsigned char)(((const unsigned char *)token.data)[i] ^ (unsigned char)p->token[i]);
    return differ == 0;
}

static int process_pipe(int ours_theirs[2], struct err *e)
{
    if (pipe2(ours_theirs, O_CLOEXEC) != 0)
        return err_scarce(e, "no pipe for it");
    (void)fcntl(ours_theirs[0], F_SETFL, O_NONBLOCK);
    return 0;
}

int process_pipes(struct process *p, int err[2], int ready[2], struct err *e)
{
    int rc = process_pipe(err, e);

    if (rc != 0)
        return rc;
    (void)fcntl(err[1], F_SETPIPE_SZ, PROCESS_ERR_PIPE);
    if (p->member->actor->conf->ready == READY_NOTIFY && p->job == NULL && p->check == NULL &&
        (rc = process_pipe(ready, e)) != 0)
        return rc;
    p->err_io = loop_io_new(p->member->actor->sys->loop, err[0], process_err_event, p);
    if (p->err_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_io_want(p->err_io, LOOP_IN);
    if (ready[0] < 0)
        return 0;
    p->ready_io = loop_io_new(p->member->actor->sys->loop, ready[0], process_ready_event, p);
    if (p->ready_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_io_want(p->ready_io, LOOP_IN);
    return 0;
}

void process_gone(struct process *p, const struct policy_exit *how)
{
    p->gone = true;
    loop_timer_stop(&p->grace);
    p->how = *how;
    confined_gone(p);
    if (p->ops->gone != NULL)
        p->ops->gone(p);
    member_process_gone(p);
}

/* A stopped process cannot act on the signal. Most are gone before it has to be thought of. */
static void process_nudge(struct process *p)
{
    int64_t grace = p->member->actor->conf->stop.grace_ms;

    p->nudge = false;
    process_kill(p, SIGCONT);
    (void)loop_timer_start(&p->grace, grace - PROCESS_NUDGE_MS);
}

static void process_grace_over(void *arg)
{
    struct process *p = arg;

    if (p->to_end) {
        process_stop(p);
        return;
    }
    if (p->nudge) {
        process_nudge(p);
        return;
    }
    event_member(p->member, "actor.kill", "pid=%d reason=\"grace is over\"", post_pid_of(p));
    process_kill(p, SIGKILL);
}

void process_init(struct process *p, struct member *m, void (*over)(struct process *p))
{
    memset(p, 0, sizeof(*p));
    p->member = m;
    p->over = over;
    p->ops = &process_child;
    p->err = p->ready = -1;
    bytes_init(&p->err_line);
    loop_timer_init(&p->grace, m->actor->sys->loop, process_grace_over, p);
}

static void process_link(struct process *p)
{
    struct system *s = p->member->actor->sys;

    p->prev = NULL;
    p->next = s->processes;
    if (p->next != NULL)
        p->next->prev = p;
    s->processes = p;
}

static void process_unlink(struct process *p)
{
    struct system *s = p->member->actor->sys;

    if (p->prev != NULL)
        p->prev->next = p->next;
    else if (s->processes == p)
        s->processes = p->next;
    if (p->next != NULL)
        p->next->prev = p->prev;
    p->prev = p->next = NULL;
}

static const struct process_ops *process_ops_of(const struct process *p)
{
    const struct process_ops *ops;

    if (p->check != NULL || p->job != NULL)
        return &process_child;
    if (p->member->host != NULL)
        return &post_ops;
    if (p->member->attached != NULL)
        return &attach_ops;
    ops = carrier_ops(p->member->actor->conf);
    return ops != NULL ? ops : &process_child;
}

int process_start(struct process *p, int in, int out, char *const *extra, struct err *e)
{
    const struct process_spec what = {.in = in, .out = out, .three = -1, .extra = extra};

    p->generation = ++p->member->actor->sys->generation;
    p->gone = p->to_end = false;
    p->strays = 0;
    p->tail_len = 0;
    p->doing = DOING_OWN;
    p->ops = process_ops_of(p);
    int rc = process_token(p, e);
    if (rc == 0)
        rc = p->ops->start(p, &what, e);
    if (rc == 0)
        process_link(p);
    else
        process_release(p);
    return rc;
}

void process_kill(struct process *p, int signal)
{
    p->ops->kill(p, signal);
}

void process_stop(struct process *p)
{
    const struct topo_actor *c = p->member->actor->conf;

    if (p->pid == 0 || p->gone || (loop_timer_armed(&p->grace) && !p->to_end))
        return;
    p->to_end = false;
    p->ops->stop(p);
    p->nudge = c->stop.grace_ms > PROCESS_NUDGE_MS;
    if (!p->nudge)
        process_kill(p, SIGCONT);
    (void)loop_timer_start(&p->grace, p->nudge ? PROCESS_NUDGE_MS : c->stop.grace_ms);
}

void process_end_later(struct process *p)
{
    if (p->pid == 0 || p->gone || loop_timer_armed(&p->grace))
        return;
    p->to_end = true;
    (void)loop_timer_start(&p->grace, p->member->actor->conf->stop.grace_ms);
}

void process_clean(struct process *p)
{
    p->ops->clean(p);
}

/* What stands in the pipe now: a stray that nobody could find may write for ever. */
static void process_drain_err(struct process *p)
{
    size_t rest = p->err >= 0 ? speak_unread(p->err) : 0;

    while (rest > 0) {
        ssize_t n = process_read_err(p);
        if (n <= 0)
            break;
        rest -= (size_t)n < rest ? (size_t)n : rest;
    }
}

void process_over(struct process *p)
{
    process_drain_err(p);
    process_lines(p, true); /* its end may have been read before */
    if (p->ops->over != NULL)
        p->ops->over(p);
    p->over(p);
}

void process_release(struct process *p)
{
    p->ops->release(p);
    process_close(&p->err_io, &p->err);
    process_close(&p->ready_io, &p->ready);
    bytes_release(&p->err_line);
    loop_timer_stop(&p->grace);
    process_unlink(p);
    p->pid = 0;
}
