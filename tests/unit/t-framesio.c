#include "tests/unit/fakehost.h"
#include "tests/unit/tap.h"

#include "base/err.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[1 << 20];

static void frames_open(struct fake *f)
{
    fake_init(f);
    fake_open(f, &speak_frames, false);
}

/* Sends one frame as the process. */
static void put(struct fake *f, const struct frame *frame)
{
    struct bytes b = {0};

    (void)frame_pack(&b, frame);
    fake_write(f, bytes_at(&b), bytes_len(&b));
    bytes_release(&b);
}

static void put_id(struct fake *f, uint8_t kind, uint64_t id)
{
    struct frame frame = {.kind = kind, .id = id};

    put(f, &frame);
}

/* Reads frames that came, the first of them into out; returns how many. */
static int get(struct fake *f, struct frame *out)
{
    size_t len = fake_read(f, buf, sizeof(buf)), at = 0;
    int n = 0;

    memset(out, 0, sizeof(*out));
    while (at < len) {
        struct frame frame;
        long size = frame_size(buf + at, len - at);
        if (size <= 0 || frame_unpack(buf + at, (size_t)size, &frame, NULL) != 0)
            return -1;
        if (n++ == 0)
            *out = frame;
        at += (size_t)size;
    }
    return n;
}

/* Returns how many frames came with the welcome. */
static int hello(struct fake *f)
{
    struct frame h = {.kind = FRAME_HELLO,
                      .version = FRAME_VERSION,
                      .role = FRAME_ROLE_ACTOR,
                      .to = span_of("me/2", 4),
                      .text = span_of("token", 5)};
    struct frame w;

    put(f, &h);
    int n = get(f, &w);
    if (n < 1 || w.kind != FRAME_WELCOME)
        bail_out("not welcome");
    ok(w.to.len == 4 && memcmp(w.to.data, "me/2", 4) == 0 && w.from.len == 4, "welcomed");
    return n - 1;
}

/* A frames actor over a socket; the process's end is both of f's. */
static void adopt(struct fake *f, const void *rest, size_t len)
{
    int pair[2];
    struct err e;

    if (f->sp->ops->start(f->sp, &e) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        bail_out("no socket");
    f->sp->ops->adopt(f->sp, pair[0], false, rest, len);
    f->stdin_fd = pair[1];
    f->stdout_fd = dup(pair[1]);
}

static void test_stdio(void)
{
    struct fake f;
    struct frame d;

    frames_open(&f);
    fake_pipes(&f);
    (void)fake_put_str(&f, "early");
    fake_settle(&f);
    is_int(f.taken, 0, "before HELLO mail waits");
    is_int(hello(&f), 1, "then it comes");
    (void)fake_put_str(&f, "later");
    ok(get(&f, &d) == 1 && d.kind == FRAME_DELIVER && d.id == 2 && d.type == MSG_TELL &&
           d.attempt == 1 && d.body.len == 5 && d.from.len == 5 && d.to.len == 2,
       "and the next");
    put_id(&f, FRAME_ACK, 1);
    is_int(f.handled, 1, "and is acked");
    fake_close(&f);
}

/* What the adaptor packs by hand is what frame_pack makes. */
static void test_pack(void)
{
    struct fake f;
    struct frame d;
    struct bytes again = {0}, packed = {0};
    struct letter l = {.id = 77, .from = 9, .type = MSG_REPLY, .attempt = 4, .tag = {"tag", 3}};

    frames_open(&f);
    adopt(&f, "", 0);
    (void)frame_header_add(&packed, "key", 3, "value", 5);
    l.headers = span_of(bytes_at(&packed), bytes_len(&packed));
    l.body = span_of("body", 4);
    (void)mailbox_put(f.box, &l);
    f.sp->ops->mail(f.sp);
    is_int(get(&f, &d), 1, "a reply with all it can have");
    (void)frame_pack(&again, &d);
    is_mem(buf, bytes_len(&again), bytes_at(&again), bytes_len(&again), "is packed alike");
    ok(d.tag.len == 3 && d.attempt == 4 && d.headers.len == l.headers.len, "and whole");
    (void)fake_put(&f, MSG_ASK, "secret", "", 0);
    ok(get(&f, &d) == 1 && d.tag.len == 0 && d.headers.len == 0 && d.body.len == 0,
       "an ask does not show its asker's tag");
    bytes_release(&again);
    bytes_release(&packed);
    fake_close(&f);
}

static void test_ops(void)
{
    struct bytes headers = {0};
    struct fake f;
    struct frame d;

    frames_open(&f);
    adopt(&f, "", 0);
    (void)frame_header_add(&headers, "k", 1, "v", 1);
    struct span packed = span_of(bytes_at(&headers), bytes_len(&headers));
    for (int i = 0; i < 6; i++)
        (void)fake_put_str(&f, "m");
    is_int(get(&f, &d), 6, "six messages");
    const struct {
        struct frame frame;
        const char *said;
    } rows[] = {
        {{.kind = FRAME_SEND, .to = {"a", 1}, .headers = packed, .body = {"x", 1}},
         "send tell to=a k:v body=x\n"},
        {{.kind = FRAME_ASK, .to = {"a", 1}, .tag = {"q", 1}, .millis = 9, .body = {"x", 1}},
         "send ask to=a tag=q timeout=9 body=x\n"},
        {{.kind = FRAME_REPLY, .id = 3, .headers = packed, .body = {"x", 1}},
         "reply id=3 k:v body=x\n"},
        {{.kind = FRAME_ACK, .id = 1}, ""},
        {{.kind = FRAME_ACK, .id = 5}, ""},
        {{.kind = FRAME_ACK, .id = 0}, ""},
        {{.kind = FRAME_ACK, .id = 99},
         "note speak.bad reason=ACK of a message that is not in hand\n"},
        {{.kind = FRAME_FAIL, .id = 2, .text = {"no", 2}}, "fail id=2 reason=no\n"},
        {{.kind = FRAME_FAIL, .id = 99},
         "note speak.bad reason=FAIL of a message that is not in hand\n"},
        {{.kind = FRAME_DEFER, .id = 4}, "defer id=4\n"},
        {{.kind = FRAME_READY}, "ready\n"},
        {{.kind = FRAME_WAKE, .millis = 5, .tag = {"t", 1}, .body = {"x", 1}},
         "wake after=5 tag=t body=x\n"},
        {{.kind = FRAME_UNWAKE, .tag = {"t", 1}}, "unwake tag=t\n"},
        {{.kind = FRAME_LOG, .type = 2, .text = {"hm", 2}}, "log level=2 text=hm\n"},
        {{.kind = FRAME_SPAWN,
          .to = {"t", 1},
          .tag = {"s", 1},
          .text = {"kid", 3},
          .body = {"a\0b c", 6}},
         "spawn template=t name=kid tag=s [a] [b c]\n"},
        {{.kind = FRAME_EXIT, .flags = 1, .to = {"t.kid", 5}}, "exit now to=t.kid\n"},
        {{.kind = FRAME_EXIT, .to = {"t.kid", 5}}, "exit to=t.kid\n"},
        {{.kind = FRAME_WATCH, .to = {"b", 1}}, "watch to=b\n"},
        {{.kind = FRAME_UNWATCH, .to = {"b", 1}}, "unwatch to=b\n"},
        {{.kind = FRAME_SEND, .body = {"x", 1}}, "send tell body=x\n"},
        {{.kind = FRAME_BYE}, ""},
        {{.kind = FRAME_READY}, "broken a frame came after BYE\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put(&f, &rows[i].frame);
        is_str(fake_said(&f), rows[i].said, "%s", frame_kind_name(rows[i].frame.kind));
    }
    is_int(f.handled, 3, "two acks and a reply handle");
    bytes_release(&headers);
    fake_close(&f);
}

static void test_violations(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *said, *what;
    } rows[] = {
        {"\x00\x00\x00\x00\x08", 5, "broken not a frame: its length or its kind cannot be\n",
         "a length of 0"},
        {"\xff\xff\xff\xff\x05", 5, "broken not a frame: its length or its kind cannot be\n",
         "4 GiB"},
        {"hello world\n", 12, "broken not a frame: its length or its kind cannot be\n", "a text"},
        {"\x00\x00\x00\x01\x13hello world\n", 17,
         "broken not a frame: its length or its kind cannot be\n", "a text behind a good frame"},
        {"\x00\x00\x00\x0a\x08zzzzzzzzz", 14, "broken bytes behind the last field\n",
         "a byte too much"},
        {"\x00\x00\x00\x01\x03", 5, "broken a field is too long or not whole\n",
         "a frame without its fields"},
        {"\x00\x00\x00\x09\x0f\x00\x00\x00\x00\x00\x00\x00\x00", 13,
         "broken a frame of a kind that an open actor may not send\n",
         "a frame of the supervisor's"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake f;
        struct frame d;
        frames_open(&f);
        adopt(&f, "", 0);
        fake_settle(&f);
        fake_write(&f, rows[i].bytes, rows[i].len);
        is_str(fake_said(&f), rows[i].said, "%s", rows[i].what);
        ok(get(&f, &d) == 1 && d.kind == FRAME_ERROR, "and is told so");
        (void)fake_put_str(&f, "m");
        fake_settle(&f);
        is_int(f.taken, 0, "it gets no more mail");
        fake_close(&f);
    }

    struct fake f;
    frames_open(&f);
    fake_pipes(&f);
    put_id(&f, FRAME_ACK, 1);
    is_str(fake_said(&f), "broken the first frame is not HELLO\n", "on pipes HELLO comes first");
    fake_close(&f);
}

static void test_pieces(void)
{
    struct fake f;
    struct bytes b = {0};
    struct frame s = {.kind = FRAME_SEND, .to = {"a", 1}, .body = {"piece", 5}};
    size_t big = FRAME_BODY_MAX;
    char *text = malloc(big);

    (void)frame_pack(&b, &s);
    frames_open(&f);
    adopt(&f, bytes_at(&b), bytes_len(&b));
    fake_settle(&f);
    is_str(fake_said(&f), "send tell to=a body=piece\n", "a frame that came with HELLO");
    for (size_t i = 0; i < bytes_len(&b); i++)
        fake_write(&f, bytes_at(&b) + i, 1);
    is_str(fake_said(&f), "send tell to=a body=piece\n", "one byte at a time");
    bytes_release(&b);

    memset(text, 'x', big);
    s.body = span_of(text, big);
    put(&f, &s);
    s.body = span_of(text, 70000);
    put(&f, &s);
    s.body = span_of(text, 1);
    put(&f, &s);
    is_str(fake_said(&f),
           "send tell to=a body=<16777216>\nsend tell to=a body=<70000>\nsend tell to=a body=x\n",
           "large frames, and a small one behind them");
    free(text);
    fake_close(&f);
}

static void test_many(void)
{
    struct fake f;
    struct bytes b = {0};
    char body[3000] = {0};
    size_t total = 0;

    frames_open(&f);
    adopt(&f, "", 0);
    f.quiet = true;
    srandom(5);
    for (int i = 0; i < 20000; i++) {
        struct frame s = {
            .kind = FRAME_SEND, .to = {"a", 1}, .body = {body, (size_t)random() % sizeof(body)}};
        total += s.body.len;
        (void)frame_pack(&b, &s);
    }
    fake_write(&f, bytes_at(&b), bytes_len(&b));
    ok(f.sent == 20000 && f.sent_bytes == total, "20,000 frames of all sizes, in one stream");
    bytes_release(&b);
    fake_close(&f);
}

struct gather {
    struct fake *f;
    struct bytes got;
    size_t want;
};

static bool gather(void *arg)
{
    struct gather *g = arg;
    unsigned char *to = bytes_room(&g->got, 1 << 16);
    ssize_t n = read(g->f->stdin_fd, to, 1 << 16);

    if (n > 0)
        bytes_grew(&g->got, (size_t)n);
    return bytes_len(&g->got) >= g->want;
}

static void test_large_in(void)
{
    struct fake f;
    struct frame d;
    size_t big = FRAME_BODY_MAX;
    char *text = calloc(1, big);
    struct gather g = {&f, {0}, big + 40};

    frames_open(&f);
    adopt(&f, "", 0);
    (void)fake_put(&f, MSG_TELL, "", text, big);
    (void)fake_put(&f, MSG_TELL, "", text, big);
    (void)fake_until(&f, gather, &g);
    long size = frame_size(bytes_at(&g.got), bytes_len(&g.got));
    ok(size > 0 && frame_unpack(bytes_at(&g.got), (size_t)size, &d, NULL) == 0 && d.body.len == big,
       "16 MiB arrive");
    ok(f.taken <= 2, "and no more is built than that");
    bytes_release(&g.got);
    free(text);
    fake_close(&f);
}

/* Whatever is read at once: all that is queued goes out with no further word from the host. */
static void test_all_goes_out(void)
{
    struct fake f;
    struct gather g = {&f, {0}, 0};
    size_t size = 34 + 100;

    frames_open(&f);
    adopt(&f, "", 0);
    memset(buf, 'x', 100);
    for (int i = 0; i < 20000; i++)
        (void)fake_put(&f, MSG_TELL, "", buf, 100);
    g.want = 20000 * size;
    ok(fake_until(&f, gather, &g), "20,000 messages go out through a small socket");
    is_int(bytes_len(&g.got), g.want, "whole");
    bytes_release(&g.got);
    fake_close(&f);
}

static void test_congested(void)
{
    struct fake f;

    frames_open(&f);
    adopt(&f, "", 0);
    fake_settle(&f);
    f.congested = true;
    f.sp->ops->room(f.sp);
    fake_settle(&f);
    put_id(&f, FRAME_READY, 0);
    is_str(fake_said(&f), "", "nothing is read while a send waits");
    f.congested = false;
    f.sp->ops->room(f.sp);
    fake_settle(&f);
    is_str(fake_said(&f), "ready\n", "and all once there is room");
    fake_close(&f);
}

static void test_death(void)
{
    struct policy_exit killed = {.started = true, .signal = 9};
    struct fake f;
    struct frame d;
    uint64_t n = 99;

    frames_open(&f);
    fake_pipes(&f);
    (void)hello(&f);
    for (int i = 0; i < 3; i++)
        (void)fake_put_str(&f, "12345");
    fake_settle(&f);
    size_t one = 5 + 8 + 1 + 4 + 6 + 3 + 1 + 2 + 4 + 5;
    fake_pull(&f, buf, 2 * one + 9);
    put_id(&f, FRAME_ACK, 2);
    struct frame send = {.kind = FRAME_SEND, .to = {"a", 1}, .body = {"last", 4}};
    put(&f, &send);
    fake_write(&f, "\x00\x00\x00\x09\x08\x00", 6);
    fake_gone(&f);
    ok(f.sp->ops->drain(f.sp, &killed, &n), "drained");
    is_int(n, 1, "1 was read and is in hand, 2 acked, 3 read by a half");
    is_str(fake_said(&f),
           "send tell to=a body=last\n"
           "note speak.bad reason=the process ended in the middle of a frame\n",
           "its last whole frame counts");
    hand_return_all(&f.sp->hand, NULL, NULL);
    f.sp->ops->stop(f.sp);

    adopt(&f, "", 0);
    is_int(get(&f, &d), 2, "the rest goes to the next, over a socket");
    fake_gone(&f);
    ok(f.sp->ops->drain(f.sp, &killed, &n), "which dies too");
    is_int(n, 2, "what was written to a socket counts as read");
    fake_close(&f);
}

static void test_end(void)
{
    struct fake f;
    struct frame d;

    frames_open(&f);
    fake_pipes(&f);
    (void)hello(&f);
    f.sp->ops->end(f.sp);
    ok(get(&f, &d) == 1 && d.type == MSG_EXIT && d.id == 0, "exit");
    is_int(fake_read(&f, buf, sizeof(buf)), 0, "then the end of input on a pipe");
    fake_close(&f);

    frames_open(&f);
    adopt(&f, "", 0);
    (void)fake_put_str(&f, "m");
    f.sp->ops->end(f.sp);
    is_int(get(&f, &d), 2, "over a socket the last message and exit");
    put_id(&f, FRAME_ACK, 1);
    is_int(f.handled, 1, "and the stream stays open");
    fake_close(&f);
}

static void test_second_stream(void)
{
    struct fake f;
    int pair[2];
    char c;

    frames_open(&f);
    adopt(&f, "", 0);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        bail_out("no socket");
    f.sp->ops->adopt(f.sp, pair[0], false, "", 0);
    is_int(read(pair[1], &c, 1), 0, "a second stream of one process is closed");
    (void)close(pair[1]);
    fake_close(&f);
}

int main(void)
{
    test_stdio();
    test_pack();
    test_ops();
    test_violations();
    test_pieces();
    test_many();
    test_large_in();
    test_all_goes_out();
    test_congested();
    test_death();
    test_end();
    test_second_stream();
    return done();
}
