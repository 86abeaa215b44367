/* A trunk over connections that break anywhere: all frames come, in order and each once. */
#include "base/bytes.h"
#include "tap.h"
#include "trunk/trunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAMES = 20000, CUTS = 200, BODY = 3000 };

struct side {
    struct trunk *t;
    uint64_t sent, got; /* numbered frames */
    uint64_t channel;   /* that the next one is to come on */
    bool wrong, lost;
    struct both *both;
};

struct both {
    struct loop *loop;
    struct side a, b;
    struct loop_timer cut, feed;
    int pair[2]; /* in the middle, see shove */
    unsigned cuts, random;
    struct loop_io *left, *right;
    int left_fd, right_fd;
    struct bytes there, back;
    size_t budget; /* bytes until the connection breaks */
};

static unsigned die(struct both *b, unsigned n)
{
    b->random = b->random * 1103515245u + 12345u;
    return (b->random >> 16) % n;
}

static uint64_t channel_of(uint64_t n)
{
    return n / 7 % 5;
}

static void send_some(struct side *s)
{
    static char body[BODY];

    for (unsigned i = die(s->both, 40); i > 0 && s->sent < FRAMES; i--) {
        struct frame f = {.kind = FRAME_PASS,
                          .id = s->sent,
                          .body = {body, die(s->both, 8) == 0 ? die(s->both, BODY) : 10}};
        (void)trunk_send(s->t, channel_of(s->sent), &f);
        s->sent++;
    }
}

static void took(void *arg, const struct frame *f)
{
    struct side *s = arg;

    if (f->kind != FRAME_PASS || f->id != s->got || trunk_channel(s->t) != channel_of(s->got))
        s->wrong = true;
    s->got++;
    if (s->both->a.got == FRAMES && s->both->b.got == FRAMES)
        loop_stop(s->both->loop);
}

static void opened(void *arg, const struct frame *f)
{
    struct side *s = arg;

    if (trunk_resume(s->t, f->number) != 0)
        s->wrong = true;
}

static void lost(void *arg, const char *why)
{
    (void)why;
    ((struct side *)arg)->lost = true;
}

static void beat(void *arg, uint64_t number)
{
    (void)arg;
    (void)number;
}

static const struct trunk_ops ops = {took, opened, lost, beat};

/* Somebody in the middle who passes on at most `budget` bytes, and then breaks it. */
static void hang_up(struct both *b)
{
    loop_io_free(b->left);
    loop_io_free(b->right);
    b->left = b->right = NULL;
    (void)close(b->left_fd);
    (void)close(b->right_fd);
    bytes_release(&b->there);
    bytes_release(&b->back);
    (void)loop_timer_start(&b->cut, 1);
}

static bool shove(struct both *b, int from, int to, struct bytes *rest)
{
    char buf[5000];
    ssize_t n = bytes_len(rest) == 0 ? recv(from, buf, 1 + die(b, sizeof(buf)), MSG_DONTWAIT) : 0;

    if (n > 0)
        (void)bytes_append(rest, buf, (size_t)n);
    size_t len = bytes_len(rest) < b->budget ? bytes_len(rest) : b->budget;
    ssize_t sent = send(to, bytes_at(rest), len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
        bytes_consume(rest, (size_t)sent);
        b->budget -= (size_t)sent;
    }
    return b->budget > 0;
}

static void middle(void *arg, int events)
{
    struct both *b = arg;

    (void)events;
    if (!shove(b, b->left_fd, b->right_fd, &b->there) ||
        !shove(b, b->right_fd, b->left_fd, &b->back))
        hang_up(b);
}

static void connect_both(void *arg)
{
    struct both *b = arg;
    int left[2], right[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, left) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, right) != 0)
        abort();
    b->left_fd = left[1];
    b->right_fd = right[1];
    b->budget = b->cuts++ < CUTS ? die(b, 400000) + 1 : SIZE_MAX;
    b->left = loop_io_new(b->loop, left[1], middle, b);
    b->right = loop_io_new(b->loop, right[1], middle, b);
    loop_io_want(b->left, LOOP_IN);
    loop_io_want(b->right, LOOP_IN);
    (void)trunk_attach(b->a.t, left[0], left[0], "", 0);
    (void)trunk_attach(b->b.t, right[0], right[0], "", 0);
    struct frame f = {.kind = FRAME_NODE, .version = 1, .number = trunk_received(b->a.t)};
    trunk_open(b->a.t, &f);
    f.kind = FRAME_TAKEN;
    f.number = trunk_received(b->b.t);
    trunk_open(b->b.t, &f);
}

static void feed(void *arg)
{
    struct both *b = arg;

    send_some(&b->a);
    send_some(&b->b);
    if (b->a.sent < FRAMES || b->b.sent < FRAMES)
        (void)loop_timer_start(&b->feed, 1);
}

static void test_cuts(void)
{
    struct both b = {.random = 42};
    struct err e;

    b.loop = loop_new(&e);
    b.a.both = b.b.both = &b;
    b.a.t = trunk_new(b.loop, &ops, &b.a);
    b.b.t = trunk_new(b.loop, &ops, &b.b);
    bytes_init(&b.there);
    bytes_init(&b.back);
    loop_timer_init(&b.cut, b.loop, connect_both, &b);
    loop_timer_init(&b.feed, b.loop, feed, &b);
    connect_both(&b);
    feed(&b);
    (void)loop_run(b.loop);
    ok(b.a.got == FRAMES && b.b.got == FRAMES && !b.a.wrong && !b.b.wrong,
       "over %u connections that break all frames come, in order, each once, on their channel",
       b.cuts);
    loop_io_free(b.left);
    loop_io_free(b.right);
    (void)close(b.left_fd);
    (void)close(b.right_fd);
    bytes_release(&b.there);
    bytes_release(&b.back);
    trunk_free(b.a.t);
    trunk_free(b.b.t);
    loop_free(b.loop);
}

/* --- one side against bytes --- */

struct one {
    struct loop *loop;
    struct side s;
    int other;
    struct loop_timer end;
};

static void over(void *arg)
{
    loop_stop(((struct one *)arg)->loop);
}

static void turn(struct one *o)
{
    (void)loop_timer_start(&o->end, 20);
    (void)loop_run(o->loop);
}

static void one_begin(struct one *o, struct both *b)
{
    struct err e;
    int pair[2];

    memset(o, 0, sizeof(*o));
    o->loop = b->loop = loop_new(&e);
    o->s.both = b;
    o->s.t = trunk_new(o->loop, &ops, &o->s);
    loop_timer_init(&o->end, o->loop, over, o);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    o->other = pair[1];
    (void)trunk_attach(o->s.t, pair[0], pair[0], "", 0);
}

static void one_end(struct one *o)
{
    trunk_free(o->s.t);
    loop_free(o->loop);
    (void)close(o->other);
}

static void say(struct one *o, const struct frame *f)
{
    struct bytes b;

    bytes_init(&b);
    (void)frame_pack(&b, f);
    if (write(o->other, bytes_at(&b), bytes_len(&b)) < 0)
        abort();
    bytes_release(&b);
}

static void test_bad(void)
{
    static const struct {
        struct frame f;
        const char *what;
    } bad[] = {
        {{.kind = FRAME_PASS}, "a frame before the connection is opened"},
        {{.kind = FRAME_SEEN, .number = 1}, "seen before it is opened"},
        {{.kind = FRAME_TAKEN, .number = 7}, "more has come than was sent"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct both b = {0};
        struct one o;
        one_begin(&o, &b);
        say(&o, &bad[i].f);
        turn(&o);
        ok(bad[i].f.kind == FRAME_TAKEN ? o.s.wrong : o.s.lost && o.s.got == 0, "refused: %s",
           bad[i].what);
        one_end(&o);
    }
    struct both b = {0};
    struct one o;
    one_begin(&o, &b);
    if (write(o.other, "no frame at all", 15) != 15)
        abort();
    turn(&o);
    ok(o.s.lost && !trunk_attached(o.s.t), "refused: what is no frame");
    one_end(&o);
}

static void test_seen_too_much(void)
{
    struct both b = {0};
    struct one o;
    struct frame f = {.kind = FRAME_PASS}, taken = {.kind = FRAME_TAKEN},
                 seen = {.kind = FRAME_SEEN, .number = 3};

    one_begin(&o, &b);
    say(&o, &taken);
    (void)trunk_send(o.s.t, 0, &f);
    turn(&o);
    ok(!o.s.lost && trunk_kept(o.s.t) > 0, "what was sent is kept");
    say(&o, &seen);
    turn(&o);
    ok(o.s.lost, "refused: seen more than there is");
    one_end(&o);
}

/* All frames that stand in what has come, with CHANNEL as its number, others as theirs. */
static size_t heard(struct one *o, uint64_t *ids, uint64_t *channels, size_t max)
{
    static unsigned char buf[65536];
    ssize_t len = read(o->other, buf, sizeof(buf));
    uint64_t channel = 0;
    size_t n = 0;

    for (ssize_t at = 0; at < len;) {
        struct frame f;
        long size = frame_size(buf + at, (size_t)(len - at));
        if (size <= 0 || frame_unpack(buf + at, (size_t)size, &f, NULL) != 0)
            break;
        if (f.kind == FRAME_CHANNEL)
            channel = f.number;
        else if (f.kind == FRAME_PASS && n < max) {
            ids[n] = f.id;
            channels[n++] = channel;
        }
        at += size;
    }
    return n;
}

/* Of ten frames on two channels the other side has seen some; somebody else gets the others. */
static void test_inherit(uint64_t seen)
{
    struct both b = {0};
    struct one o;
    struct frame taken = {.kind = FRAME_TAKEN}, f = {.kind = FRAME_PASS};
    const struct frame told = {.kind = FRAME_SEEN, .number = seen};
    uint64_t ids[20], channels[20];
    bool right = true;

    one_begin(&o, &b);
    say(&o, &taken);
    turn(&o);
    for (f.id = 0; f.id < 10; f.id++) /* with CHANNEL twice: 12 in all */
        (void)trunk_send(o.s.t, f.id < 5 ? 7 : 9, &f);
    turn(&o);
    (void)heard(&o, ids, channels, 20);
    say(&o, &told);
    turn(&o);
    is_int(trunk_inherit(o.s.t), 0, "inherited, with %d seen", (int)seen);
    uint64_t first = seen <= 1 ? 0 : seen <= 6 ? seen - 1 : seen == 7 ? 5 : seen - 2;
    (void)trunk_resume(o.s.t, 0);
    (void)trunk_send(o.s.t, 9, &f);
    turn(&o);
    size_t n = heard(&o, ids, channels, 20);
    for (size_t i = 0; i < n; i++)
        right = right && ids[i] == first + i && channels[i] == (ids[i] < 5 ? 7 : 9);
    ok(right && n == 11 - first,
       "what was not seen comes, each on its channel, and then what is new");
    one_end(&o);
}

int main(void)
{
    test_cuts();
    test_bad();
    test_seen_too_much();
    for (uint64_t seen = 0; seen <= 12; seen++)
        test_inherit(seen);
    return done();
}
