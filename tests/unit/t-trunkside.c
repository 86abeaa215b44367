/* One side of a trunk against bytes: what it refuses, what it says, what somebody else inherits. */
#include "base/bytes.h"
#include "tap.h"
#include "trunk/trunk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct one {
    struct loop *loop;
    struct trunk *t;
    size_t got;
    bool wrong, lost;
    int other;
    struct loop_timer end;
};

static void took(void *arg, const struct frame *f)
{
    (void)f;
    ((struct one *)arg)->got++;
}

static void opened(void *arg, const struct frame *f)
{
    struct one *o = arg;

    if (trunk_resume(o->t, f->number) != 0)
        o->wrong = true;
}

static void lost(void *arg, const char *why)
{
    (void)why;
    ((struct one *)arg)->lost = true;
}

static void beat(void *arg, uint64_t number)
{
    (void)arg;
    (void)number;
}

static const struct trunk_ops ops = {took, opened, lost, beat};

static void over(void *arg)
{
    loop_stop(((struct one *)arg)->loop);
}

static void turn(struct one *o)
{
    (void)loop_timer_start(&o->end, 20);
    (void)loop_run(o->loop);
}

static void one_begin(struct one *o)
{
    struct err e;
    int pair[2];

    memset(o, 0, sizeof(*o));
    o->loop = loop_new(&e);
    o->t = trunk_new(o->loop, &ops, o);
    loop_timer_init(&o->end, o->loop, over, o);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    o->other = pair[1];
    (void)trunk_attach(o->t, pair[0], pair[0], "", 0);
}

static void one_end(struct one *o)
{
    trunk_free(o->t);
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
        struct one o;
        one_begin(&o);
        say(&o, &bad[i].f);
        turn(&o);
        ok(bad[i].f.kind == FRAME_TAKEN ? o.wrong : o.lost && o.got == 0, "refused: %s",
           bad[i].what);
        one_end(&o);
    }
    struct one o;
    one_begin(&o);
    if (write(o.other, "no frame at all", 15) != 15)
        abort();
    turn(&o);
    ok(o.lost && !trunk_attached(o.t), "refused: what is no frame");
    one_end(&o);
}

static void test_seen_too_much(void)
{
    struct one o;
    struct frame f = {.kind = FRAME_PASS}, taken = {.kind = FRAME_TAKEN},
                 seen = {.kind = FRAME_SEEN, .number = 3};

    one_begin(&o);
    say(&o, &taken);
    (void)trunk_send(o.t, 0, &f);
    turn(&o);
    ok(!o.lost && trunk_kept(o.t) > 0, "what was sent is kept");
    say(&o, &seen);
    turn(&o);
    ok(o.lost, "refused: seen more than there is");
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
    struct one o;
    struct frame taken = {.kind = FRAME_TAKEN}, f = {.kind = FRAME_PASS};
    const struct frame told = {.kind = FRAME_SEEN, .number = seen};
    uint64_t ids[20], channels[20];
    bool right = true;

    one_begin(&o);
    say(&o, &taken);
    turn(&o);
    for (f.id = 0; f.id < 10; f.id++) /* with CHANNEL twice: 12 in all */
        (void)trunk_send(o.t, f.id < 5 ? 7 : 9, &f);
    turn(&o);
    (void)heard(&o, ids, channels, 20);
    say(&o, &told);
    turn(&o);
    is_int(trunk_inherit(o.t), 0, "inherited, with %d seen", (int)seen);
    uint64_t first = seen <= 1 ? 0 : seen <= 6 ? seen - 1 : seen == 7 ? 5 : seen - 2;
    (void)trunk_resume(o.t, 0);
    (void)trunk_send(o.t, 9, &f);
    turn(&o);
    size_t n = heard(&o, ids, channels, 20);
    for (size_t i = 0; i < n; i++)
        right = right && ids[i] == first + i && channels[i] == (ids[i] < 5 ? 7 : 9);
    ok(right && n == 11 - first,
       "what was not seen comes, each on its channel, and then what is new");
    one_end(&o);
}

/* --- large frames --- */

/* Says what `pieces` of them hold, one after the other; ends says which are the last of a frame. */
static void say_pieces(struct one *o, const struct frame *inner, const char *ends)
{
    struct bytes b;
    size_t n = strlen(ends);

    bytes_init(&b);
    (void)frame_pack(&b, inner);
    size_t each = bytes_len(&b) / n;
    for (size_t i = 0; i < n; i++) {
        size_t len = i == n - 1 ? bytes_len(&b) - i * each : each;
        struct frame f = {
            .kind = FRAME_PIECE, .flags = ends[i] == 'e', .body = {bytes_at(&b) + i * each, len}};
        say(o, &f);
    }
    bytes_release(&b);
}

static void test_bad_pieces(void)
{
    static const struct {
        struct frame inner;
        const char *ends, *what;
    } bad[] = {
        {{.kind = FRAME_CHANNEL, .number = 3}, "..e", "a CHANNEL in pieces"},
        {{.kind = FRAME_SEEN, .number = 0}, "..e", "a SEEN in pieces"},
        {{.kind = FRAME_PIECE, .flags = 1}, "..e", "a piece in pieces"},
        {{.kind = FRAME_PASS}, ".e.", "pieces that end before their frame"},
    };
    const struct frame taken = {.kind = FRAME_TAKEN}, pass = {.kind = FRAME_PASS},
                       none = {.kind = FRAME_PIECE};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]) + 2; i++) {
        struct one o;
        one_begin(&o);
        say(&o, &taken);
        turn(&o);
        if (i < sizeof(bad) / sizeof(bad[0])) {
            say_pieces(&o, &bad[i].inner, bad[i].ends);
            turn(&o);
            ok(o.lost && o.got == 0, "refused: %s", bad[i].what);
        } else if (i == sizeof(bad) / sizeof(bad[0])) {
            say(&o, &none);
            turn(&o);
            ok(o.lost, "refused: a piece of nothing");
        } else {
            say_pieces(&o, &pass, "..");
            say(&o, &pass);
            turn(&o);
            ok(o.lost && o.got == 0, "refused: another frame between pieces");
        }
        one_end(&o);
    }
}

/* The place of the first frame of this kind and with these flags; 0: there is none. */
static size_t place_of(const struct bytes *b, int kind, int flags)
{
    size_t at = 0;

    while (at < bytes_len(b)) {
        struct frame f;
        long size = frame_size(bytes_at(b) + at, bytes_len(b) - at);
        if (size <= 0 || frame_unpack(bytes_at(b) + at, (size_t)size, &f, NULL) != 0)
            break;
        if (f.kind == kind && f.flags == flags)
            return at;
        at += (size_t)size;
    }
    return 0;
}

/* What comes until such a frame is there. */
static void drain(struct one *o, struct bytes *b, int kind, int flags)
{
    static char buf[65536];
    size_t turns = 0;

    while (place_of(b, kind, flags) == 0 && turns++ < 500) {
        for (ssize_t n = 0; (n = read(o->other, buf, sizeof(buf))) > 0;)
            (void)bytes_append(b, buf, (size_t)n);
        turn(o);
    }
}

static void test_beat_between(void)
{
    static char body[8 * 1024 * 1024];
    const struct frame taken = {.kind = FRAME_TAKEN},
                       large = {.kind = FRAME_PASS, .body = {body, sizeof(body)}};
    struct one o;
    struct bytes all;

    bytes_init(&all);
    one_begin(&o);
    say(&o, &taken);
    turn(&o);
    (void)trunk_send(o.t, 1, &large);
    turn(&o); /* as much of it as the line takes */
    trunk_beat(o.t, 1);
    drain(&o, &all, FRAME_PIECE, 1);
    size_t beat_at = place_of(&all, FRAME_BEAT, 0), last = place_of(&all, FRAME_PIECE, 1);
    ok(beat_at > 0 && last > sizeof(body) / 2 && beat_at < last / 2,
       "a beat does not wait for all of a large frame: %zu of %zu", beat_at, last);
    bytes_release(&all);
    one_end(&o);
}

/* A large frame of which so many pieces were seen goes to somebody else. */
static void test_inherit_pieces(uint64_t seen)
{
    static char body[300 * 1024];
    const struct frame taken = {.kind = FRAME_TAKEN}, told = {.kind = FRAME_SEEN, .number = seen},
                       large = {.kind = FRAME_PASS, .body = {body, sizeof(body)}},
                       small = {.kind = FRAME_PASS};
    struct one o;
    struct bytes all;
    size_t pieces = 0;

    bytes_init(&all);
    one_begin(&o);
    say(&o, &taken);
    turn(&o);
    (void)trunk_send(o.t, 1, &large); /* CHANNEL and five pieces */
    (void)trunk_send(o.t, 1, &small);
    drain(&o, &all, FRAME_PASS, 0);
    say(&o, &told);
    turn(&o);
    is_int(trunk_inherit(o.t), 0, "inherited, with %d seen of one in pieces", (int)seen);
    bytes_release(&all);
    (void)trunk_resume(o.t, 0);
    drain(&o, &all, FRAME_PASS, 0);
    bool right = place_of(&all, FRAME_PASS, 0) > 0 && place_of(&all, FRAME_PIECE, 1) > 0;
    for (size_t at = 0; at < bytes_len(&all);) {
        pieces += bytes_at(&all)[at + 4] == FRAME_PIECE;
        at += (size_t)frame_size(bytes_at(&all) + at, bytes_len(&all) - at);
    }
    /* Not seen, its CHANNEL comes behind one that says where this session begins. */
    ok(right && pieces == 5 && trunk_sent(o.t) == (seen == 0 ? 8 : 7),
       "it comes whole, and what is behind it");
    bytes_release(&all);
    one_end(&o);
}

int main(void)
{
    test_bad();
    test_seen_too_much();
    test_bad_pieces();
    test_beat_between();
    for (uint64_t seen = 0; seen <= 5; seen++)
        test_inherit_pieces(seen);
    for (uint64_t seen = 0; seen <= 12; seen++)
        test_inherit(seen);
    return done();
}
