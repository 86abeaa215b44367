#include "tests/unit/fakehost.h"

#include "base/text.h"
#include "tests/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAKE_SHOWN = 80, FAKE_PIPE = 256 * 1024 };

static void fake_span(struct fake *f, const char *name, struct span s)
{
    if (s.len == 0)
        return;
    if (s.len > FAKE_SHOWN)
        (void)bytes_printf(&f->said, " %s=<%zu>", name, s.len);
    else
        (void)bytes_printf(&f->said, " %s=%.*s", name, (int)s.len, (const char *)s.data);
}

static void fake_headers(struct fake *f, struct span headers)
{
    struct span key, value;
    size_t at = 0;

    while (frame_header_next(headers, &at, &key, &value) == 1)
        (void)bytes_printf(&f->said, " %.*s:%.*s", (int)key.len, (const char *)key.data,
                           (int)value.len, (const char *)value.data);
}

static bool fake_take(void *member, uint64_t max, size_t bytes, struct mail_run *run)
{
    struct fake *f = member;

    if (!mailbox_take(f->box, max, bytes, run) || hand_push(&f->sp->hand, run) != 0)
        return false;
    f->taken += run->count;
    return true;
}

static int fake_pass(void *member, const struct letter *in, struct span body)
{
    struct fake *f = member;

    if (f->no_room)
        return ERR_AGAIN;
    (void)bytes_printf(&f->said, "pass id=%" PRIu64, in->id);
    fake_headers(f, in->headers);
    fake_span(f, "body", body);
    (void)bytes_byte(&f->said, '\n');
    return 0;
}

static void fake_send(void *member, const struct speak_out *out)
{
    struct fake *f = member;

    f->sent++;
    f->sent_bytes += out->body.len;
    if (f->quiet)
        return;
    (void)bytes_printf(&f->said, "send %s", out->type == MSG_ASK ? "ask" : "tell");
    fake_span(f, "to", out->to);
    fake_span(f, "tag", out->tag);
    if (out->timeout_ms > 0)
        (void)bytes_printf(&f->said, " timeout=%" PRId64, out->timeout_ms);
    fake_headers(f, out->headers);
    fake_span(f, "body", out->body);
    (void)bytes_byte(&f->said, '\n');
}

static bool fake_congested(void *member)
{
    return ((struct fake *)member)->congested;
}

static void fake_reply(void *member, uint64_t id, struct span headers, struct span body)
{
    struct fake *f = member;

    f->replied++;
    if (f->quiet)
        return;
    (void)bytes_printf(&f->said, "reply id=%" PRIu64, id);
    fake_headers(f, headers);
    fake_span(f, "body", body);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_handled(void *member, uint64_t n)
{
    ((struct fake *)member)->handled += n;
}

static void fake_fail(void *member, uint64_t id, const char *reason)
{
    struct fake *f = member;

    (void)bytes_printf(&f->said, "fail id=%" PRIu64 " reason=%s\n", id, reason);
    ok(hand_return(&f->sp->hand, id, (struct mail_change){.again = true, .blame = true}),
       "a failed message was in hand");
    speak_ops_of(f->conf.speaks)->mail(f->sp);
}

static void fake_defer(void *member, uint64_t id)
{
    struct fake *f = member;
    struct letter l;

    (void)bytes_printf(&f->said, "defer id=%" PRIu64 "\n", id);
    if (!ok(hand_find(&f->sp->hand, id, &l), "a deferred message was in hand"))
        return;
    if (mailbox_put(f->box, &l) != 0 || !hand_done(&f->sp->hand, id))
        bail_out("cannot defer");
    speak_ops_of(f->conf.speaks)->mail(f->sp);
}

static void fake_ready(void *member)
{
    (void)bytes_str(&((struct fake *)member)->said, "ready\n");
}

static void fake_wake(void *member, int64_t after_ms, struct span tag, struct span body)
{
    struct fake *f = member;

    (void)bytes_printf(&f->said, "wake after=%" PRId64, after_ms);
    fake_span(f, "tag", tag);
    fake_span(f, "body", body);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_unwake(void *member, struct span tag)
{
    struct fake *f = member;

    (void)bytes_str(&f->said, "unwake");
    fake_span(f, "tag", tag);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_spawn(void *member, const struct speak_spawn *what)
{
    struct fake *f = member;
    const char *args = what->args.data, *end = args + what->args.len;

    (void)bytes_str(&f->said, "spawn");
    fake_span(f, "template", what->template);
    fake_span(f, "name", what->name);
    fake_span(f, "tag", what->tag);
    for (; args < end; args += strlen(args) + 1)
        (void)bytes_printf(&f->said, " [%s]", args);
    fake_headers(f, what->env);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_exit(void *member, struct span to, bool now)
{
    struct fake *f = member;

    (void)bytes_str(&f->said, now ? "exit now" : "exit");
    fake_span(f, "to", to);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_watch(void *member, struct span to, bool on)
{
    struct fake *f = member;

    (void)bytes_str(&f->said, on ? "watch" : "unwatch");
    fake_span(f, "to", to);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_output(void *member, struct span text)
{
    struct fake *f = member;

    (void)bytes_str(&f->said, "output");
    fake_span(f, "text", text);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_log(void *member, enum speak_level level, struct span text)
{
    struct fake *f = member;

    (void)bytes_printf(&f->said, "log level=%d", (int)level);
    fake_span(f, "text", text);
    (void)bytes_byte(&f->said, '\n');
}

static void fake_note(void *member, const char *fmt, ...)
{
    struct fake *f = member;
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)bytes_printf(&f->said, "note %s\n", text);
}

static void fake_drained(void *member)
{
    (void)member;
}

static void fake_broken(void *member, const char *why)
{
    struct fake *f = member;

    f->broken = true;
    (void)bytes_printf(&f->said, "broken %s\n", why);
}

static void fake_ended(void *member)
{
    ((struct fake *)member)->ended = true;
}

static size_t fake_origin(void *member, mail_origin from, char *buf, size_t size)
{
    (void)member;
    return (size_t)snprintf(buf, size, "from%u", from % 1000);
}

static const char *fake_hello(void *member, const struct frame *hello, struct span *name,
                              struct span *system)
{
    (void)member;
    *name = hello->to;
    *system = span_of("shop", 4);
    return hello->to.len == 0 ? "HELLO names another actor" : NULL;
}

static int fake_job_start(void *member, char *const *extra_env, int in, int out, void *job,
                          struct err *e)
{
    struct fake *f = member;
    struct bytes env = {0};

    if (f->no_start)
        return err_set(e, ERR_SYSTEM, "cannot start");
    if (f->n_jobs == (int)(sizeof(f->jobs) / sizeof(f->jobs[0])))
        bail_out("more jobs than the test expects");
    for (; *extra_env != NULL; extra_env++)
        (void)bytes_printf(&env, "%s\n", *extra_env);
    f->jobs[f->n_jobs] = job;
    f->job_in[f->n_jobs] = dup(in);
    f->job_out[f->n_jobs] = dup(out);
    f->job_env[f->n_jobs++] = bytes_cstr(&env);
    return 0;
}

static void fake_job_kill(void *member, void *job)
{
    struct fake *f = member;

    (void)job;
    f->killed++;
}

const struct speak_host fake_host = {
    .take = fake_take,
    .pass = fake_pass,
    .send = fake_send,
    .congested = fake_congested,
    .reply = fake_reply,
    .handled = fake_handled,
    .fail = fake_fail,
    .defer = fake_defer,
    .ready = fake_ready,
    .wake = fake_wake,
    .unwake = fake_unwake,
    .spawn = fake_spawn,
    .exit = fake_exit,
    .watch = fake_watch,
    .output = fake_output,
    .log = fake_log,
    .note = fake_note,
    .broken = fake_broken,
    .cut_off = fake_broken,
    .drained = fake_drained,
    .ended = fake_ended,
    .origin = fake_origin,
    .hello = fake_hello,
    .job_start = fake_job_start,
    .job_kill = fake_job_kill,
};

/* ---- life ---- */

void fake_init(struct fake *f)
{
    memset(f, 0, sizeof(*f));
    (void)signal(SIGPIPE, SIG_IGN);
    f->stdin_fd = f->stdout_fd = -1;
    f->next_id = 1;
    f->conf = (struct topo_actor){.name = "me",
                                  .concurrency = 1,
                                  .backoff = {.min_ms = 1, .max_ms = 2, .factor = 2},
                                  .mailbox = {.retry = 3}};
    f->loop = loop_new(NULL);
    f->box = mailbox_new(1000000, UINT64_C(1) << 40, '\n');
    if (f->loop == NULL || f->box == NULL)
        bail_out("no loop or no mailbox");
}

void fake_open(struct fake *f, const struct speak_ops *ops, bool shared)
{
    struct err e;

    for (int s = SPEAKS_LINES; s <= SPEAKS_NONE; s++)
        if (speak_ops_of((enum topo_speaks)s) == ops)
            f->conf.speaks = (enum topo_speaks)s;
    f->sp = speak_new(ops, &fake_host, f, f->loop, &f->conf, shared, &e);
    if (f->sp == NULL)
        bail_out("%s", e.text);
}

static void fake_nonblock(int fd)
{
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void fake_pipes(struct fake *f)
{
    int in[2], out[2];
    struct err e;

    if (pipe(in) != 0 || pipe(out) != 0)
        bail_out("no pipes");
    f->stdin_fd = in[0];
    speak_open(f->sp, in[1], out[0]);
    (void)fcntl(out[0], F_SETPIPE_SZ, FAKE_PIPE); /* so that a test can write ahead */
    f->stdout_fd = out[1];
    for (int i = 0; i < 2; i++) {
        fake_nonblock(in[i]);
        fake_nonblock(out[i]);
    }
    if (f->sp->ops->start(f->sp, &e) != 0)
        bail_out("%s", e.text);
}

void fake_close(struct fake *f)
{
    hand_return_all(&f->sp->hand, NULL, NULL);
    f->sp->ops->stop(f->sp);
    speak_free(f->sp);
    mailbox_free(f->box);
    loop_free(f->loop);
    bytes_release(&f->said);
    for (int i = 0; i < f->n_jobs; i++) {
        (void)close(f->job_in[i]);
        (void)close(f->job_out[i]);
        free(f->job_env[i]);
    }
    fake_gone(f);
}

uint64_t fake_put(struct fake *f, uint8_t type, const char *tag, const void *body, size_t len)
{
    struct letter l = {.id = f->next_id++,
                       .from = 7,
                       .type = type,
                       .tag = span_of(tag, strlen(tag)),
                       .body = span_of(body, len)};

    if (mailbox_put(f->box, &l) != 0)
        bail_out("no memory");
    f->sp->ops->mail(f->sp);
    return l.id;
}

uint64_t fake_put_str(struct fake *f, const char *body)
{
    return fake_put(f, MSG_TELL, "", body, strlen(body));
}

void fake_put_headers(struct fake *f, const char *key, const char *value, const char *body)
{
    struct bytes packed = {0};
    struct letter l = {
        .id = f->next_id++, .from = 7, .type = MSG_TELL, .body = span_of(body, strlen(body))};

    (void)frame_header_add(&packed, key, strlen(key), value, strlen(value));
    l.headers = span_of(bytes_at(&packed), bytes_len(&packed));
    if (mailbox_put(f->box, &l) != 0)
        bail_out("no memory");
    bytes_release(&packed);
    f->sp->ops->mail(f->sp);
}

/* ---- running ---- */

struct fake_wait {
    struct fake *f;
    bool (*cond)(void *arg);
    void *arg;
    struct loop_timer timer;
    int64_t deadline;
    bool held;
};

static void fake_look(void *arg)
{
    struct fake_wait *w = arg;

    w->held = w->cond(w->arg);
    if (w->held || loop_now(w->f->loop) >= w->deadline)
        loop_stop(w->f->loop);
    else
        (void)loop_timer_start(&w->timer, 1);
}

bool fake_until(struct fake *f, bool (*cond)(void *arg), void *arg)
{
    struct fake_wait w = {.f = f, .cond = cond, .arg = arg};

    loop_refresh(f->loop);
    w.deadline = loop_now(f->loop) + 10000;
    loop_timer_init(&w.timer, f->loop, fake_look, &w);
    (void)loop_timer_start(&w.timer, 0);
    (void)loop_run(f->loop);
    loop_timer_stop(&w.timer);
    return w.held;
}

static bool fake_third(void *arg)
{
    return ++*(int *)arg >= 3;
}

void fake_settle(struct fake *f)
{
    int turns = 0;

    (void)fake_until(f, fake_third, &turns);
}

const char *fake_said(struct fake *f)
{
    static char *last;

    free(last);
    last = strdup(bytes_cstr(&f->said));
    bytes_consume(&f->said, bytes_len(&f->said));
    return last;
}

/* ---- the process ---- */

struct fake_io {
    struct fake *f;
    char *buf;
    size_t size, done;
};

static bool fake_can_read(void *arg)
{
    struct fake_io *io = arg;
    ssize_t n = read(io->f->stdin_fd, io->buf, io->size);

    if (n > 0)
        io->done = (size_t)n;
    return n >= 0;
}

size_t fake_read(struct fake *f, char *buf, size_t size)
{
    struct fake_io io = {f, buf, size - 1, 0};

    (void)fake_until(f, fake_can_read, &io);
    buf[io.done] = 0;
    return io.done;
}

static bool fake_can_write(void *arg)
{
    struct fake_io *io = arg;
    ssize_t n = write(io->f->stdout_fd, io->buf + io->done, io->size - io->done);

    if (n > 0)
        io->done += (size_t)n;
    return io->done == io->size || (n < 0 && errno != EAGAIN);
}

void fake_write(struct fake *f, const void *data, size_t len)
{
    struct fake_io io = {f, (char *)(uintptr_t)data, len, 0};

    (void)fake_until(f, fake_can_write, &io);
    fake_settle(f);
}

void fake_write_str(struct fake *f, const char *text)
{
    fake_write(f, text, strlen(text));
}

void fake_pull(struct fake *f, void *buf, size_t len)
{
    ssize_t n = read(f->stdin_fd, buf, len);

    if (n != (ssize_t)len)
        bail_out("%zd bytes read, not %zu", n, len);
}

void fake_push(struct fake *f, const char *text)
{
    size_t len = strlen(text);

    if (write(f->stdout_fd, text, len) != (ssize_t)len)
        bail_out("the pipe is full");
}

void fake_gone(struct fake *f)
{
    if (f->stdin_fd >= 0)
        (void)close(f->stdin_fd);
    if (f->stdout_fd >= 0)
        (void)close(f->stdout_fd);
    f->stdin_fd = f->stdout_fd = -1;
}
