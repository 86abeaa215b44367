#include "tests/fuzz/fuzzhost.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FUZZ_MAX = 32 * 1024, FUZZ_MESSAGES = 5 };

static struct fuzz {
    struct loop *loop;
    struct loop_task stop;
    struct mailbox *box;
    struct topo_actor conf;
    struct speak *sp;
    uint64_t left; /* messages not yet handled */
    uint64_t sum;  /* so that every byte of a span is looked at */
} fuzz;

static void fuzz_see(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        fuzz.sum += ((const unsigned char *)s.data)[i];
}

static void fuzz_must(bool held, const char *what)
{
    if (held)
        return;
    (void)fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static void fuzz_see_headers(struct span headers)
{
    struct span key, value;
    size_t at = 0;
    int rc;

    while ((rc = frame_header_next(headers, &at, &key, &value)) == 1) {
        fuzz_see(key);
        fuzz_see(value);
    }
    fuzz_must(rc == 0, "headers are whole");
}

static bool fuzz_take(void *member, uint64_t max, size_t bytes, struct mail_run *run)
{
    (void)member;
    return mailbox_take(fuzz.box, max, bytes, run) && hand_push(&fuzz.sp->hand, run) == 0;
}

static void fuzz_send(void *member, const struct speak_out *out)
{
    (void)member;
    fuzz_must(out->type == MSG_TELL
                  ? out->tag.len == 0
                  : out->type == MSG_ASK && out->tag.len >= 1 && out->tag.len <= FRAME_TAG_MAX,
              "only an ask has a tag");
    fuzz_must(out->body.len <= FRAME_BODY_MAX, "a body is bounded");
    fuzz_see(out->to);
    fuzz_see(out->tag);
    fuzz_see_headers(out->headers);
    fuzz_see(out->body);
}

static bool fuzz_congested(void *member)
{
    (void)member;
    return false;
}

static void fuzz_reply(void *member, uint64_t id, struct span headers, struct span body)
{
    (void)member, (void)id;
    fuzz_see_headers(headers);
    fuzz_see(body);
}

static void fuzz_handled(void *member, uint64_t n)
{
    (void)member;
    fuzz_must(n <= fuzz.left, "no more is handled than there is");
    fuzz.left -= n;
}

static void fuzz_fail(void *member, uint64_t id, const char *reason)
{
    (void)member;
    fuzz_see(span_of(reason, strlen(reason)));
    fuzz_must(hand_return(&fuzz.sp->hand, id, (struct mail_change){.again = true, .blame = true}),
              "what failed was in hand");
}

static void fuzz_defer(void *member, uint64_t id)
{
    struct letter l;

    (void)member;
    fuzz_must(hand_find(&fuzz.sp->hand, id, &l) && mailbox_put(fuzz.box, &l) == 0 &&
                  hand_done(&fuzz.sp->hand, id),
              "what is put back was in hand");
}

static void fuzz_ready(void *member)
{
    (void)member;
}

static void fuzz_wake(void *member, int64_t after_ms, struct span tag, struct span body)
{
    (void)member;
    fuzz_must(after_ms >= 0 && tag.len <= FRAME_TAG_MAX, "a timer has a time and a short id");
    fuzz_see(tag);
    fuzz_see(body);
}

static void fuzz_unwake(void *member, struct span tag)
{
    (void)member;
    fuzz_see(tag);
}

static void fuzz_spawn(void *member, const struct speak_spawn *what)
{
    (void)member;
    fuzz_must(what->args.len == 0 || ((const char *)what->args.data)[what->args.len - 1] == 0,
              "every argument ends");
    fuzz_see(what->template);
    fuzz_see(what->name);
    fuzz_see(what->tag);
    fuzz_see(what->args);
    fuzz_see_headers(what->env);
}

static void fuzz_exit(void *member, struct span to, bool now)
{
    (void)member;
    (void)now;
    fuzz_see(to);
}

static void fuzz_watch(void *member, struct span to, bool on)
{
    (void)member;
    (void)on;
    fuzz_see(to);
}

static void fuzz_log(void *member, enum speak_level level, struct span text)
{
    (void)member;
    fuzz_must(level <= SPEAK_ERROR, "a level");
    fuzz_must(text.len == 0 || memchr(text.data, '\n', text.len) == NULL, "one line");
    fuzz_see(text);
}

static void fuzz_note(void *member, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    (void)member;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    fuzz_must(strchr(text, '\n') == NULL, "one line is noted");
}

static void fuzz_drained(void *member)
{
    (void)member;
}

static void fuzz_broken(void *member, const char *why)
{
    (void)member;
    fuzz_see(span_of(why, strlen(why)));
}

static size_t fuzz_origin(void *member, mail_origin from, char *buf, size_t size)
{
    (void)member;
    return (size_t)snprintf(buf, size, "from%u", from);
}

static const struct speak_host fuzz_host = {
    .take = fuzz_take,
    .send = fuzz_send,
    .congested = fuzz_congested,
    .reply = fuzz_reply,
    .handled = fuzz_handled,
    .fail = fuzz_fail,
    .defer = fuzz_defer,
    .ready = fuzz_ready,
    .wake = fuzz_wake,
    .unwake = fuzz_unwake,
    .spawn = fuzz_spawn,
    .exit = fuzz_exit,
    .watch = fuzz_watch,
    .log = fuzz_log,
    .note = fuzz_note,
    .broken = fuzz_broken,
    .cut_off = fuzz_broken,
    .drained = fuzz_drained,
    .origin = fuzz_origin,
};

static void fuzz_stop(void *arg)
{
    (void)arg;
    loop_stop(fuzz.loop);
}

static void fuzz_turn(void)
{
    loop_task_queue(&fuzz.stop);
    (void)loop_run(fuzz.loop);
}

static void fuzz_begin(const struct speak_ops *ops)
{
    if (fuzz.loop == NULL) {
        (void)signal(SIGPIPE, SIG_IGN);
        fuzz.loop = loop_new(NULL);
        loop_task_init(&fuzz.stop, fuzz.loop, fuzz_stop, NULL);
        fuzz.conf.name = "me";
    }
    fuzz.box = mailbox_new(1000, UINT64_C(1) << 40, '\n');
    for (uint64_t id = 1; id <= FUZZ_MESSAGES; id++) {
        struct letter l = {.id = id, .type = MSG_TELL, .body = span_of("body", 4)};
        fuzz_must(mailbox_put(fuzz.box, &l) == 0, "memory");
    }
    fuzz.left = FUZZ_MESSAGES;
    fuzz.sp = speak_new(ops, &fuzz_host, NULL, fuzz.loop, &fuzz.conf, false, NULL);
}

static void fuzz_write(int fd, const uint8_t *data, size_t len)
{
    fuzz_must(write(fd, data, len) == (ssize_t)len, "the socket takes it");
}

void fuzzhost_run(const struct speak_ops *ops, const uint8_t *data, size_t len)
{
    struct policy_exit how = {.started = true};
    uint64_t n_read = 0;
    int pair[2];

    if (len < 1 || len > FUZZ_MAX)
        return;
    fuzz_begin(ops);
    size_t part = (len - 1) * data[0] / 255;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    if (ops->adopt != NULL) {
        fuzz_must(ops->start(fuzz.sp, NULL) == 0, "start");
        ops->adopt(fuzz.sp, pair[0], data[0] % 2 != 0, data + 1, part);
    } else {
        fuzz.sp->in = pair[0];
        fuzz.sp->out = dup(pair[0]);
        fuzz_must(ops->start(fuzz.sp, NULL) == 0, "start");
        fuzz_turn();
        fuzz_write(pair[1], data + 1, part);
    }
    fuzz_turn();
    fuzz_write(pair[1], data + 1 + part, len - 1 - part);
    fuzz_turn();
    (void)close(pair[1]);
    fuzz_must(ops->drain(fuzz.sp, &how, &n_read), "drained");
    fuzz_must(n_read <= hand_count(&fuzz.sp->hand), "no more was read than is in hand");
    fuzz_must(mailbox_queued(fuzz.box) + mailbox_held(fuzz.box) == fuzz.left,
              "nothing is lost, nothing is made");
    hand_return_all(&fuzz.sp->hand, NULL, NULL);
    ops->stop(fuzz.sp);
    speak_free(fuzz.sp);
    mailbox_free(fuzz.box);
    fuzz_turn();
}
