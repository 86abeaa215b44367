#include "wire/stream.h"

#include "fakesup.h"
#include "tap.h"
#include "wire/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BIG = 4 * 1024 * 1024 };

/* Two streams that are connected, by each carrier that there is. */
struct both {
    struct stream *near;
    struct stream *far;
};

typedef void open_both(struct fakesup *s, struct both *b);

static void open_plain(struct fakesup *s, struct both *b)
{
    int rc = stream_dial_plain(&b->near, s->path, 5000, NULL);
    int fd = rc == 0 ? accept4(s->listener, NULL, NULL, SOCK_CLOEXEC) : -1;

    if (fd < 0 || stream_from_fds(&b->far, fd, fd, true, NULL) != 0)
        bail_out("no stream over a socket");
}

static void open_nng(struct fakesup *s, struct both *b)
{
    int rc = stream_dial(&b->near, s->url, 5000, NULL);
    int fd = rc == 0 ? accept4(s->listener, NULL, NULL, SOCK_CLOEXEC) : -1;

    if (fd < 0 || stream_from_fds(&b->far, fd, fd, true, NULL) != 0)
        bail_out("no stream through nng");
}

static void open_pipes(struct fakesup *s, struct both *b)
{
    int there[2], back[2];

    (void)s;
    if (pipe2(there, O_CLOEXEC) != 0 || pipe2(back, O_CLOEXEC) != 0 ||
        stream_from_fds(&b->near, back[0], there[1], true, NULL) != 0 ||
        stream_from_fds(&b->far, there[0], back[1], true, NULL) != 0)
        bail_out("no stream over pipes");
}

static void test_small(const struct both *b, const char *name)
{
    struct bytes got;
    char few[2];

    bytes_init(&got);
    is_int(stream_recv(b->near, &got, 100, 0), ERR_TIMEOUT, "%s: nothing there, at once", name);
    is_int(stream_recv(b->near, &got, 100, 20), ERR_TIMEOUT, "%s: nor after a while", name);
    is_int(stream_read(b->near, few, 2), ERR_AGAIN, "%s: nor without waiting", name);
    struct pollfd p = {.fd = stream_fd(b->near), .events = POLLIN};
    is_int(poll(&p, 1, 0), 0, "%s: not readable", name);
    is_int(stream_send(b->far, "hello", 5, 5000), 0, "%s: sent", name);
    is_int(poll(&p, 1, FAKESUP_DEADLINE_MS), 1, "%s: readable", name);
    is_int(stream_wait(b->near, STREAM_IN, 0), STREAM_IN, "%s: ready", name);
    is_int(stream_read(b->near, few, 2), 2, "%s: two bytes", name);
    is_int(poll(&p, 1, 0), 1, "%s: still readable", name);
    is_int(stream_recv(b->near, &got, 100, 5000), 3, "%s: the rest", name);
    is_mem(bytes_at(&got), bytes_len(&got), "llo", 3, "%s: in order", name);
    is_int(poll(&p, 1, 0), 0, "%s: no longer readable", name);
    bytes_release(&got);
}

struct pour {
    struct stream *from;
    bool whole;
};

static void *pour_out(void *arg)
{
    struct pour *pour = arg;
    struct bytes got;

    bytes_init(&got);
    while (bytes_len(&got) < BIG && stream_recv(pour->from, &got, 65536, 20000) > 0)
        continue;
    pour->whole = bytes_len(&got) == BIG;
    for (size_t i = 0; i < bytes_len(&got); i++)
        pour->whole = pour->whole && bytes_at(&got)[i] == (unsigned char)(i * 7 >> 3);
    bytes_release(&got);
    return NULL;
}

static void test_big(struct stream *to, struct stream *from, const char *name)
{
    struct pour pour = {.from = from};
    unsigned char *big = malloc(BIG);
    pthread_t thread;

    if (big == NULL)
        bail_out("no memory");
    for (size_t i = 0; i < BIG; i++)
        big[i] = (unsigned char)(i * 7 >> 3);
    is_int(stream_send(to, big, BIG, 30), ERR_TIMEOUT, "%s: what nobody reads times out", name);
    struct bytes drop;
    bytes_init(&drop);
    while (stream_recv(from, &drop, 65536, 200) > 0)
        bytes_consume(&drop, bytes_len(&drop));
    bytes_release(&drop);
    if (pthread_create(&thread, NULL, pour_out, &pour) != 0)
        bail_out("no thread");
    is_int(stream_send(to, big, BIG, 20000), 0, "%s: 4 MiB", name);
    is_int(stream_drain(to, 20000), 0, "%s: all gone", name);
    (void)pthread_join(thread, NULL);
    ok(pour.whole, "%s: and arrived whole", name);
    free(big);
}

static void test_end(struct both *b, const char *name)
{
    struct bytes got;
    int rc = 0;

    bytes_init(&got);
    is_int(stream_send(b->far, "last", 4, 5000), 0, "%s: the last words", name);
    stream_close(b->far);
    is_int(stream_recv(b->near, &got, 100, 5000), 4, "%s: arrive", name);
    is_int(stream_recv(b->near, &got, 100, 5000), ERR_CLOSED, "%s: then the end", name);
    is_int(stream_recv(b->near, &got, 100, 0), ERR_CLOSED, "%s: which stays", name);
    for (int i = 0; i < 1000 && rc == 0; i++)
        if ((rc = stream_send(b->near, "x", 1, 5000)) == 0)
            rc = stream_drain(b->near, 5000);
    is_int(rc, ERR_CLOSED, "%s: sending finds it out, without SIGPIPE", name);
    stream_close(b->near);
    bytes_release(&got);
}

static void test_carrier(struct fakesup *s, open_both *open, const char *name)
{
    struct both b = {NULL, NULL};

    open(s, &b);
    test_small(&b, name);
    test_big(b.near, b.far, name);
    test_big(b.far, b.near, name);
    test_end(&b, name);
    open(s, &b);
    stream_close(b.near);
    char c;
    is_int(stream_wait(b.far, STREAM_IN, 5000), STREAM_IN, "%s: the near end closes", name);
    is_int(stream_read(b.far, &c, 1), ERR_CLOSED, "%s: and the far end knows", name);
    stream_close(b.far);
}

static void test_dial_failures(struct fakesup *s)
{
    struct stream *stream = NULL;
    struct err e = {0};
    char longer[200];

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    is_int(stream_dial_plain(&stream, "/nonexistent/sock", 100, &e), ERR_NOT_RUNNING, "no file");
    is_int(stream_dial_plain(&stream, longer, 100, &e), ERR_TOO_LARGE, "too long a path");
    is_int(stream_dial(&stream, "ipc:///nonexistent/sock", 100, &e), ERR_NOT_RUNNING,
           "nng: no file");
    is_int(stream_dial(&stream, "udp://127.0.0.1:1", 100, &e), ERR_INVALID, "no such transport");
    is_int(stream_from_fds(&stream, 999, 999, false, &e), ERR_SYSTEM, "no such descriptors");
    ok(stream == NULL, "nothing comes of a failure");

    /* A backlog that is full for good: both dials give up in time. */
    struct stream *filler[64] = {NULL};
    size_t n = 0;
    (void)listen(s->listener, 0);
    while (n < 64 && stream_dial_plain(&filler[n], s->path, 20, &e) == 0)
        n++;
    ok(n < 64, "the backlog fills");
    is_int(e.code, ERR_TIMEOUT, "then a dial times out");
    is_int(stream_dial(&stream, s->url, 50, &e), ERR_TIMEOUT, "nng: as well");
    for (size_t i = 0; i < n; i++)
        stream_close(filler[i]);
    (void)listen(s->listener, 8);
    (void)fcntl(s->listener, F_SETFL, O_NONBLOCK);
    for (int fd; (fd = accept(s->listener, NULL, NULL)) >= 0;)
        (void)close(fd);
    (void)fcntl(s->listener, F_SETFL, 0);
}

static void test_signals(void)
{
    sigset_t mask;

    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ok(sigismember(&mask, SIGTERM) == 0, "the caller's signal mask is what it was");
    ok(sigpending(&mask) == 0 && sigismember(&mask, SIGPIPE) == 0, "no SIGPIPE is left over");
}

static void test_flags(void)
{
    struct stream *stream;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0 || stream_from_fds(&stream, ends[0], ends[1], false, NULL) != 0)
        bail_out("no pipe");
    ok((fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0, "a pipe is made non-blocking");
    stream_close(stream);
    ok((fcntl(ends[0], F_GETFL) & O_NONBLOCK) == 0, "and blocking again");
    ok(fcntl(ends[0], F_GETFD) >= 0, "and left open when it is not the stream's");
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static struct session *open_session(struct fakesup *s, struct err *e)
{
    const struct session_hello hello = {
        .role = FRAME_ROLE_SEND, .name = "count", .token = "sesame"};
    struct session *session = NULL;
    struct stream *stream;

    fakesup_greet(s);
    if (stream_dial_plain(&stream, s->path, 5000, e) != 0)
        bail_out("cannot dial: %s", e->text);
    (void)session_open(&session, stream, &hello, 20000, e);
    fakesup_greeted(s);
    return session;
}

static void test_session(struct fakesup *s)
{
    struct err e = {0};
    struct session *session = open_session(s, &e);
    struct frame f = {.kind = FRAME_SEND, .to = span_text("a"), .body = span_text("b")};

    is_int(s->role, FRAME_ROLE_SEND, "session: the role");
    is_str(s->name, "count", "session: the name");
    is_str(s->token, "sesame", "session: the token");
    is_str(session_name(session), "count", "session: its name");
    is_str(session_system(session), "shop", "session: the system");
    is_int(session_put(session, &f), 0, "session: put");
    ok(session_unsent(session) > 0, "session: waits");
    is_int(session_flush(session, 5000), 0, "session: flush");
    is_int(session_unsent(session), 0, "session: waits no more");
    is_int(fakesup_get(s, &f), FRAME_SEND, "session: arrived");
    is_int(session_next(session, &f, 0, &e), ERR_TIMEOUT, "session: nothing yet");
    f = (struct frame){.kind = FRAME_ACCEPTED, .number = 1};
    fakesup_put(s, &f);
    f.number = 2;
    fakesup_put(s, &f);
    is_int(session_next(session, &f, 5000, &e), 0, "session: a frame");
    ok(f.kind == FRAME_ACCEPTED && f.number == 1, "session: the first");
    is_int(session_next(session, &f, 5000, &e), 0, "session: another");
    is_int(f.number, 2, "session: the second");
    ok(!session_buffered(session), "session: that was all");
    fakesup_hang_up(s);
    is_int(session_next(session, &f, 5000, &e), ERR_CLOSED, "session: closed between frames");
    is_int(session_next(session, &f, 5000, &e), ERR_CLOSED, "session: and stays so");
    session_close(session);
}

static void test_session_failure(struct fakesup *s, const void *data, size_t len, int code,
                                 const char *words, const char *name)
{
    struct err e = {0};
    struct session *session = open_session(s, &e);
    struct frame f;

    (void)!write(s->fd, data, len);
    fakesup_hang_up(s);
    is_int(session_next(session, &f, 5000, &e), code, "session: %s", name);
    ok(strstr(e.text, words) != NULL, "session: %s: %s", name, e.text);
    session_close(session);
}

static void test_session_failures(struct fakesup *s)
{
    static const char refused[] = "\0\0\0\x0c\x03\xff\xff\xff\xf2\0\x05stale";
    static const char half[] = "\0\0\0\x09\x0f\0\0";
    static const char huge[] = "\xff\xff\xff\xff\x04";
    static const char other[] = "\0\0\0\x01\x13";
    static const char behind[] = "\0\0\0\x0a\x0f\0\0\0\0\0\0\0\1\0";
    struct err e = {0};

    test_session_failure(s, refused, sizeof(refused) - 1, ERR_DENIED, "stale", "an ERROR frame");
    test_session_failure(s, half, sizeof(half) - 1, ERR_PROTOCOL, "whole", "half a frame");
    test_session_failure(s, huge, sizeof(huge) - 1, ERR_PROTOCOL, "no frame", "4 GiB");
    test_session_failure(s, other, sizeof(other) - 1, ERR_PROTOCOL, "BYE", "an actor's frame");
    test_session_failure(s, behind, sizeof(behind) - 1, ERR_PROTOCOL, "behind", "a byte too many");
    s->refuse = ERR_REFUSED;
    ok(open_session(s, &e) == NULL, "session: refused");
    is_int(e.code, ERR_REFUSED, "session: with the code");
    is_str(e.text, "not you", "session: and the words");
    s->refuse = 0;
}

int main(void)
{
    struct fakesup s;

    fakesup_init(&s);
    test_carrier(&s, open_plain, "socket");
    test_carrier(&s, open_pipes, "pipes");
    test_carrier(&s, open_nng, "nng");
    test_dial_failures(&s);
    test_signals();
    test_flags();
    test_session(&s);
    test_session_failures(&s);
    fakesup_release(&s);
    return done();
}
