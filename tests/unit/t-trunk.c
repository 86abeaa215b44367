/* A trunk over connections that break anywhere: all frames come, in order and each once. */
#include "base/bytes.h"
#include "tap.h"
#include "trunk/trunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAMES = 20000, CUTS = 200, BODY = 3000, LARGE = 64, SHIFT = 251 };

struct side {
    struct trunk *t;
    uint64_t sent, got; /* numbered frames */
    uint64_t channel;   /* that the next one is to come on */
    bool wrong, lost;
    size_t lens[FRAMES];
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

/* Of a body: no two places of a large one are alike, nor two bodies that follow each other. */
static const unsigned char *body_of(uint64_t n)
{
    static unsigned char text[BODY * LARGE + SHIFT];

    for (size_t i = 0; text[1] == 0 && i < sizeof(text); i++)
        text[i] = (unsigned char)(i * 2654435761u >> 13);
    return text + n % SHIFT;
}

static size_t some_length(struct both *b)
{
    if (die(b, 500) == 0)
        return (size_t)die(b, BODY) * LARGE;
    return die(b, 8) == 0 ? die(b, BODY) : 10;
}

static void send_some(struct side *s)
{
    for (unsigned i = die(s->both, 40); i > 0 && s->sent < FRAMES; i--) {
        size_t len = s->lens[s->sent] = some_length(s->both);
        struct frame f = {.kind = FRAME_PASS, .id = s->sent, .body = {body_of(s->sent), len}};
        (void)trunk_send(s->t, channel_of(s->sent), &f);
        s->sent++;
    }
}

/* What the other side has sent as the n-th. */
static bool is_whole(const struct side *from, const struct frame *f, uint64_t n)
{
    return f->body.len == from->lens[n] && memcmp(f->body.data, body_of(n), f->body.len) == 0;
}

static void took(void *arg, const struct frame *f)
{
    struct side *s = arg;

    if (f->kind != FRAME_PASS || f->id != s->got || trunk_channel(s->t) != channel_of(s->got) ||
        !is_whole(s == &s->both->a ? &s->both->b : &s->both->a, f, s->got))
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
    static struct both b = {.random = 42};
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

int main(void)
{
    test_cuts();
    return done();
}
