#include "actor/actor.h"

#include "fakesup.h"
#include "tap.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct actor *attach(struct fakesup *s)
{
    struct actor *a = NULL;
    struct actor_error e = {0};

    setenv("ACTOR_URL", s->url, 1);
    setenv("ACTOR_NAME", "count", 1);
    setenv("ACTOR_TOKEN", "sesame", 1);
    fakesup_greet(s);
    int rc = actor_attach(&a, &e);
    fakesup_greeted(s);
    if (rc != 0)
        bail_out("cannot attach: %s", e.text);
    return a;
}

static void deliver(struct fakesup *s, uint64_t id, int type, const char *tag, const char *body)
{
    const struct frame f = {.kind = FRAME_DELIVER,
                            .id = id,
                            .type = (uint8_t)type,
                            .attempt = 1,
                            .from = span_text("split"),
                            .to = span_text("count"),
                            .tag = span_text(tag),
                            .body = span_text(body)};

    fakesup_put(s, &f);
}

static void expect_id(struct fakesup *s, int kind, uint64_t id, const char *what)
{
    struct frame f = {0};

    is_int(fakesup_get(s, &f), kind, "%s: %s", what, frame_kind_name(kind));
    is_int(f.id, id, "%s: of %d", what, (int)id);
}

static void test_attach(struct fakesup *s)
{
    struct actor *a = attach(s);
    struct frame f;

    is_int(s->role, FRAME_ROLE_ACTOR, "says hello as an actor");
    is_str(s->name, "count", "with its name");
    is_str(s->token, "sesame", "and its token");
    is_str(actor_name(a), "count", "knows its name");
    is_str(actor_system(a), "shop", "and its system");
    is_int(actor_detach(a, 5000), 0, "detaches");
    is_int(fakesup_get(s, &f), FRAME_BYE, "and says goodbye");
    is_int(fakesup_get(s, &f), 0, "and closes");
    setenv("ACTOR_INDEX", "3", 1);
    a = attach(s);
    is_str(s->name, "count/3", "a member of a pool says which");
    (void)actor_detach(a, 5000);
    setenv("ACTOR_INDEX", "0", 1);
    a = attach(s);
    is_str(s->name, "count", "index 0 is no pool");
    (void)actor_detach(a, 5000);
    unsetenv("ACTOR_INDEX");
}

static void test_attach_failures(struct fakesup *s)
{
    struct actor *a = NULL;
    struct actor_error e = {0};
    struct actor_options o = {.url = "ipc:///nonexistent/sock", .name = "x", .token = "t"};

    is_int(actor_attach_with(&a, &o, &e), ACTOR_NOT_RUNNING, "no supervisor there");
    ok(strstr(e.text, "/nonexistent/sock") != NULL, "it says where: %s", e.text);
    o.url = "gopher://x";
    is_int(actor_attach_with(&a, &o, &e), ACTOR_INVALID, "no such URL");
    o.url = s->url;
    o.name = "Not A Name";
    is_int(actor_attach_with(&a, &o, &e), ACTOR_INVALID, "no such name");
    o.name = "count";
    s->refuse = ACTOR_DENIED;
    fakesup_greet(s);
    is_int(actor_attach_with(&a, &o, &e), ACTOR_DENIED, "refused");
    fakesup_greeted(s);
    is_str(e.text, "not you", "in the supervisor's words");
    s->refuse = 0;
    o.timeout_ms = 50;
    is_int(actor_attach_with(&a, &o, &e), ACTOR_TIMEOUT, "a supervisor that does not answer");
    (void)close(accept(s->listener, NULL, NULL));
    unsetenv("ACTOR_URL");
    is_int(actor_attach(&a, &e), ACTOR_INVALID, "no environment");
    ok(strstr(e.text, "ACTOR_URL") != NULL, "it names the variable: %s", e.text);
    ok(a == NULL, "no actor comes of a failure");
    is_int(actor_attach_with(&a, &o, NULL), ACTOR_TIMEOUT, "without a place for the error");
    (void)close(accept(s->listener, NULL, NULL));
}

static void test_own_loop(struct fakesup *s)
{
    struct actor *a = attach(s);
    struct actor_message m;
    struct frame f;

    is_int(actor_receive(a, &m, 0), ACTOR_TIMEOUT, "nothing there");
    struct pollfd p = {.fd = actor_fd(a), .events = POLLIN};
    is_int(poll(&p, 1, 0), 0, "nothing to poll either");
    deliver(s, 7, MSG_ASK, "", "how many?");
    is_int(poll(&p, 1, FAKESUP_DEADLINE_MS), 1, "a message shows on the descriptor");
    is_int(actor_receive(a, &m, 5000), 0, "and is received");
    ok(m.id == 7 && m.type == ACTOR_ASK && m.attempt == 1, "id, type, attempt");
    is_str(m.from, "split", "from");
    is_str(m.to, "count", "to");
    is_mem(m.body, m.size, "how many?", 9, "body");
    is_int(actor_receive(a, &m, 0), ACTOR_TIMEOUT, "only one");
    is_int(poll(&p, 1, 0), 0, "the descriptor is quiet again");
    is_int(actor_reply(a, 7, "42", 2), 0, "reply");
    is_int(actor_flush(a, 5000), 0, "flush");
    is_int(fakesup_get(s, &f), FRAME_REPLY, "the reply arrives");
    ok(f.id == 7 && span_is(f.body, "42"), "as it was given");
    fakesup_hang_up(s);
    is_int(actor_receive(a, &m, 5000), ACTOR_CLOSED, "the supervisor is gone");
    ok(actor_why(a)[0] != 0, "in words: %s", actor_why(a));
    (void)actor_detach(a, 0);
}

static void test_sending(struct fakesup *s)
{
    struct actor *a = attach(s);
    const struct actor_pair headers[] = {{"trace", "7f"}, {"lang", ""}, {NULL, NULL}};
    struct span key, value;
    size_t at = 0;
    struct frame f;

    is_int(actor_send(a, "total", "one", 3), 0, "send");
    is_int(actor_send(a, NULL, NULL, 0), 0, "send to what the file says, an empty body");
    is_int(actor_send_with(a, "total/2@west", headers, "two", 3), 0, "send with headers");
    is_int(actor_ask(a, "total", "q1", 1500, "?", 1), 0, "ask");
    is_int(actor_wake(a, 250, "tick", "b", 1), 0, "wake");
    is_int(actor_unwake(a, "tick"), 0, "unwake");
    const char *const args[] = {"x", "y z", NULL};
    const struct actor_spawn how = {.name = "kid", .tag = "s1", .args = args, .env = headers};
    is_int(actor_spawn(a, "worker", &how), 0, "spawn");
    is_int(actor_spawn(a, "", NULL), ACTOR_INVALID, "spawn of nothing");
    is_int(actor_exit(a, "total.kid", 1), 0, "exit");
    is_int(actor_exit(a, "No", 1), ACTOR_INVALID, "exit of what is no address");
    is_int(actor_watch(a, "total"), 0, "watch");
    is_int(actor_unwatch(a, "total"), 0, "unwatch");
    is_int(actor_log(a, ACTOR_WARNING, "odd: %d", 3), 0, "log");
    is_int(actor_ready(a), 0, "ready, which flushes");
    is_int(fakesup_get(s, &f), FRAME_SEND, "SEND");
    ok(span_is(f.to, "total") && span_is(f.body, "one"), "as given");
    is_int(fakesup_get(s, &f), FRAME_SEND, "SEND to the default");
    ok(f.to.len == 0 && f.body.len == 0, "to nobody by name");
    is_int(fakesup_get(s, &f), FRAME_SEND, "SEND with headers");
    is_int(frame_header_next(f.headers, &at, &key, &value), 1, "a header");
    ok(span_is(key, "trace") && span_is(value, "7f"), "trace");
    is_int(frame_header_next(f.headers, &at, &key, &value), 1, "another");
    ok(span_is(key, "lang") && value.len == 0, "lang, empty");
    is_int(frame_header_next(f.headers, &at, &key, &value), 0, "no more");
    is_int(fakesup_get(s, &f), FRAME_ASK, "ASK");
    ok(span_is(f.tag, "q1") && f.millis == 1500, "tag and time-out");
    is_int(fakesup_get(s, &f), FRAME_WAKE, "WAKE");
    ok(span_is(f.tag, "tick") && f.millis == 250 && span_is(f.body, "b"), "as given");
    is_int(fakesup_get(s, &f), FRAME_UNWAKE, "UNWAKE");
    is_int(fakesup_get(s, &f), FRAME_SPAWN, "SPAWN");
    ok(span_is(f.to, "worker") && span_is(f.text, "kid") && span_is(f.tag, "s1"), "as given");
    ok(f.body.len == 6 && memcmp(f.body.data, "x\0y z", 6) == 0 && f.headers.len > 0,
       "arguments and environment");
    is_int(fakesup_get(s, &f), FRAME_EXIT, "EXIT");
    ok(span_is(f.to, "total.kid") && f.flags == 1, "as given");
    is_int(fakesup_get(s, &f), FRAME_WATCH, "WATCH");
    ok(span_is(f.to, "total"), "as given");
    is_int(fakesup_get(s, &f), FRAME_UNWATCH, "UNWATCH");
    is_int(fakesup_get(s, &f), FRAME_LOG, "LOG");
    ok(f.type == 2 && span_is(f.text, "odd: 3"), "level and text");
    is_int(fakesup_get(s, &f), FRAME_READY, "READY");
    (void)actor_detach(a, 5000);
}

static void test_wrong_arguments(struct fakesup *s)
{
    struct actor *a = attach(s);
    char tag[66];
    struct frame f;

    memset(tag, 't', 65);
    tag[65] = 0;
    is_int(actor_send(a, "Not An Address", "x", 1), ACTOR_INVALID, "not an address");
    is_int(actor_ask(a, "total", "", 0, "x", 1), ACTOR_INVALID, "no tag");
    is_int(actor_ask(a, "total", "~mine", 0, "x", 1), ACTOR_INVALID, "a tag of the library's");
    is_int(actor_ask(a, "total", tag, 0, "x", 1), ACTOR_TOO_LARGE, "a tag of 65 bytes");
    is_int(actor_wake(a, 1, tag, NULL, 0), ACTOR_TOO_LARGE, "a timer's tag of 65 bytes");
    is_int(actor_ack(a, 0), ACTOR_INVALID, "id 0 is not settled");
    is_int(actor_on(a, 11, NULL, NULL), ACTOR_INVALID, "no such type");
    is_int(actor_log(a, 4, "x"), ACTOR_INVALID, "no such level");
    char *big = calloc(1, ACTOR_BODY_MAX + 1);
    is_int(actor_send(a, "total", big, ACTOR_BODY_MAX + 1), ACTOR_TOO_LARGE, "over 16 MiB");
    free(big);
    (void)actor_detach(a, 5000);
    is_int(fakesup_get(s, &f), FRAME_BYE, "nothing of it was sent");
}

struct seen {
    int count;
    int result;
    bool settle;
    char last[64];
};

static int see(struct actor *a, const struct actor_message *m, void *arg)
{
    struct seen *seen = arg;

    seen->count++;
    (void)snprintf(seen->last, sizeof(seen->last), "%.*s %s", (int)m->size, (const char *)m->body,
                   m->tag);
    if (seen->settle)
        (void)actor_defer(a, m->id);
    return seen->result;
}

static void test_handlers(struct fakesup *s)
{
    struct actor *a = attach(s);
    struct seen seen = {0};
    struct frame f;

    is_int(actor_step(a, 0), 0, "nothing to handle");
    (void)actor_on(a, ACTOR_TELL, see, &seen);
    deliver(s, 1, MSG_TELL, "", "one");
    is_int(actor_step(a, 5000), 1, "one handled");
    expect_id(s, FRAME_ACK, 1, "0 acks");
    seen.result = -5;
    deliver(s, 2, MSG_TELL, "", "two");
    is_int(actor_step(a, 5000), 1, "a handler that fails");
    expect_id(s, FRAME_FAIL, 2, "fails the attempt");
    seen.result = 0;
    seen.settle = true;
    deliver(s, 3, MSG_TELL, "", "three");
    is_int(actor_step(a, 5000), 1, "a handler that defers");
    expect_id(s, FRAME_DEFER, 3, "is not acked as well");
    deliver(s, 4, MSG_ASK, "", "?");
    is_int(actor_step(a, 5000), 1, "an ask without a handler");
    is_int(fakesup_get(s, &f), FRAME_FAIL, "is failed");
    ok(f.id == 4 && span_is(f.text, "no handler for ask"), "with the reason");
    deliver(s, 5, MSG_WAKE, "tick", "");
    is_int(actor_step(a, 5000), 1, "a timer without a handler");
    expect_id(s, FRAME_ACK, 5, "is acked");
    seen = (struct seen){0};
    (void)actor_on(a, ACTOR_ANY, see, &seen);
    deliver(s, 6, MSG_WAKE, "tick", "b");
    is_int(actor_step(a, 5000), 1, "ACTOR_ANY takes the rest");
    is_str(seen.last, "b tick", "with its tag");
    expect_id(s, FRAME_ACK, 6, "acked");
    struct actor_message m;
    deliver(s, 7, MSG_ASK, "", "?");
    is_int(actor_receive(a, &m, 5000), 0, "received without a handler");
    is_int(actor_fail(a, m.id, "broken"), 0, "actor_fail");
    (void)actor_flush(a, 5000);
    is_int(fakesup_get(s, &f), FRAME_FAIL, "fails it");
    ok(f.id == 7 && span_is(f.text, "broken"), "with its reason");
    (void)actor_detach(a, 5000);
}

static int keep(struct actor *a, const struct actor_message *m, void *arg)
{
    (void)a;
    *(uint64_t *)arg = m->id;
    return ACTOR_KEEP;
}

static int answer(struct actor *a, const struct actor_message *m, void *arg)
{
    const char *reason = actor_header(m, "reason");

    return actor_reply(a, *(uint64_t *)arg, reason != NULL ? reason : m->body,
                       reason != NULL ? strlen(reason) : m->size);
}

/* An ask that is answered once another actor has answered. */
static void test_ask_then(struct fakesup *s)
{
    struct actor *a = attach(s);
    struct bytes headers;
    uint64_t kept = 0;
    char tag[2][70];
    struct frame f;

    (void)actor_on(a, ACTOR_ASK, keep, &kept);
    deliver(s, 10, MSG_ASK, "", "?");
    is_int(actor_step(a, 5000), 1, "kept");
    for (int i = 0; i < 2; i++) {
        is_int(actor_ask_then(a, "oracle", 3000, "!", 1, answer, &kept), 0, "asks another");
        (void)actor_flush(a, 5000);
        is_int(fakesup_get(s, &f), FRAME_ASK, "ASK, and no ack before it");
        ok(f.tag.len > 1 && ((const char *)f.tag.data)[0] == '~', "with a tag of its own");
        (void)snprintf(tag[i], sizeof(tag[i]), "%.*s", (int)f.tag.len, (const char *)f.tag.data);
    }
    deliver(s, 11, MSG_REPLY, tag[0], "yes");
    is_int(actor_step(a, 5000), 1, "the answer");
    is_int(fakesup_get(s, &f), FRAME_REPLY, "is passed on");
    ok(f.id == 10 && span_is(f.body, "yes"), "to the first asker");
    expect_id(s, FRAME_ACK, 11, "and the answer is acked");
    deliver(s, 12, MSG_REPLY, tag[0], "again");
    is_int(actor_step(a, 5000), 1, "a second answer");
    expect_id(s, FRAME_ACK, 12, "finds no handler");
    bytes_init(&headers);
    (void)frame_header_add(&headers, "other", 5, "x", 1);
    (void)frame_header_add(&headers, "reason", 6, "timed out", 9);
    const struct frame dead = {.kind = FRAME_DELIVER,
                               .id = 13,
                               .type = MSG_DEAD,
                               .attempt = 1,
                               .tag = span_text(tag[1]),
                               .headers = span_of(bytes_at(&headers), bytes_len(&headers))};
    fakesup_put(s, &dead);
    is_int(actor_step(a, 5000), 1, "an ask that died");
    is_int(fakesup_get(s, &f), FRAME_REPLY, "comes to the same handler");
    ok(span_is(f.body, "timed out"), "with the reason");
    expect_id(s, FRAME_ACK, 13, "and is acked");
    bytes_release(&headers);
    (void)actor_detach(a, 5000);
}

static void test_run(struct fakesup *s)
{
    struct actor *a = attach(s);
    struct seen seen = {0};
    uint64_t kept = 0;
    struct frame f;

    (void)actor_on(a, ACTOR_TELL, see, &seen);
    for (uint64_t i = 1; i <= 100; i++)
        deliver(s, i, MSG_TELL, "", "x");
    deliver(s, 0, MSG_EXIT, "", "");
    is_int(actor_run(a), 0, "runs until it is asked to stop");
    is_int(seen.count, 100, "and handles what came before");
    bool in_order = true;
    for (uint64_t i = 1; i <= 100; i++)
        in_order = fakesup_get(s, &f) == FRAME_ACK && f.id == i && in_order;
    ok(in_order, "all acked, in order");
    (void)actor_detach(a, 5000);
    a = attach(s);
    (void)actor_on(a, ACTOR_ASK, keep, &kept);
    deliver(s, 1, MSG_ASK, "", "x");
    deliver(s, 0, MSG_EXIT, "", "");
    int steps = actor_step(a, 5000); /* both may come at once */
    if (steps == 1)
        steps += actor_step(a, 5000);
    is_int(steps, 2, "an ask kept, then the end");
    ok(!actor_ended(a), "not while something is in hand");
    is_int(actor_reply(a, kept, "", 0), 0, "settled");
    ok(actor_ended(a), "now it may end");
    is_int(actor_run(a), 0, "and does");
    (void)actor_detach(a, 5000);
    a = attach(s);
    fakesup_hang_up(s);
    is_int(actor_run(a), ACTOR_CLOSED, "a supervisor that is gone ends it, too");
    (void)actor_detach(a, 0);
}

/* What comes in while a send has to wait must not move the message in hand. */
static int flood(struct actor *a, const struct actor_message *m, void *arg)
{
    char big[4096];
    char before[64];

    (void)snprintf(before, sizeof(before), "%.*s", (int)m->size, (const char *)m->body);
    memset(big, 'x', sizeof(big));
    for (int i = 0; i < 512; i++) {
        if (actor_send(a, "total", big, sizeof(big)) != 0)
            return -1;
    }
    *(bool *)arg = strncmp(before, m->body, m->size) == 0;
    return 0;
}

static void *swallow(void *arg)
{
    struct fakesup *s = arg;
    struct frame f;
    intptr_t sends = 0;

    /* More to read while the other side writes. */
    for (uint64_t i = 2; i < 200; i++)
        deliver(s, i, MSG_WAKE, "", "read ahead");
    while (sends < 512 && fakesup_get(s, &f) == FRAME_SEND)
        sends++;
    return (void *)sends;
}

static void test_backpressure(struct fakesup *s)
{
    struct actor *a = attach(s);
    struct seen seen = {0};
    bool same = false;
    pthread_t thread;
    void *sends;

    (void)actor_on(a, ACTOR_TELL, flood, &same);
    (void)actor_on(a, ACTOR_WAKE, see, &seen);
    deliver(s, 1, MSG_TELL, "", "the message in hand");
    if (pthread_create(&thread, NULL, swallow, s) != 0)
        bail_out("no thread");
    int handled = 0, n = 1;
    while (n > 0 && handled < 199)
        handled += n = actor_step(a, 5000);
    (void)pthread_join(thread, &sends);
    is_int((intptr_t)sends, 512, "2 MiB go out while more comes in");
    ok(same, "the message in hand stays where it is");
    is_int(seen.count, 198, "and what came in meanwhile is handled");
    (void)actor_detach(a, 5000);
}

static int child_echo(struct actor *a, const struct actor_message *m, void *arg)
{
    (void)arg;
    printf("a line that is no frame\n");
    (void)fflush(stdout);
    return actor_reply(a, m->id, m->body, m->size);
}

/* This program again, as an actor on its standard descriptors. */
static int child_main(void)
{
    struct actor *a;
    struct actor_error e;

    if (actor_attach(&a, &e) != 0) {
        (void)fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    (void)actor_on(a, ACTOR_ASK, child_echo, NULL);
    int rc = getchar() != EOF ? 2 : actor_run(a);
    return actor_detach(a, 5000) != 0 || rc != 0 ? 1 : 0;
}

static pid_t child_start(const char *self, int in, int out, int err)
{
    char *const argv[] = {(char *)(uintptr_t)self, (char *)(uintptr_t) "child", NULL};
    posix_spawn_file_actions_t fa;
    pid_t pid = -1;

    setenv("ACTOR_URL", "stdio:", 1);
    (void)posix_spawn_file_actions_init(&fa);
    (void)posix_spawn_file_actions_adddup2(&fa, in, 0);
    (void)posix_spawn_file_actions_adddup2(&fa, out, 1);
    (void)posix_spawn_file_actions_adddup2(&fa, err, 2);
    if (posix_spawn(&pid, self, &fa, NULL, argv, environ) != 0)
        bail_out("cannot start a child");
    (void)posix_spawn_file_actions_destroy(&fa);
    return pid;
}

static void test_stdio(struct fakesup *s, const char *self)
{
    int ends[2], log[2], status = -1;
    char text[64] = "";
    struct frame f;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || pipe2(log, O_CLOEXEC))
        bail_out("no descriptors");
    fakesup_hang_up(s);
    pid_t pid = child_start(self, ends[1], ends[1], log[1]);
    (void)close(ends[1]);
    (void)close(log[1]);
    fakesup_greet_fd(s, ends[0]);
    is_str(s->token, "sesame", "stdio: says hello, too");
    deliver(s, 1, MSG_ASK, "", "over pipes");
    is_int(fakesup_get(s, &f), FRAME_REPLY, "stdio: replies");
    ok(span_is(f.body, "over pipes"), "stdio: the same");
    deliver(s, 0, MSG_EXIT, "", "");
    is_int(fakesup_get(s, &f), FRAME_BYE, "stdio: goodbye");
    is_int(fakesup_get(s, &f), 0, "stdio: closed");
    (void)waitpid(pid, &status, 0);
    is_int(status, 0, "stdio: ends well");
    (void)!read(log[0], text, sizeof(text) - 1);
    is_str(text, "a line that is no frame\n", "stdio: what it prints goes to its log");
    (void)close(log[0]);
}

int main(int argc, char **argv)
{
    struct fakesup s;

    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return child_main();
    fakesup_init(&s);
    test_attach(&s);
    test_attach_failures(&s);
    test_own_loop(&s);
    test_sending(&s);
    test_wrong_arguments(&s);
    test_handlers(&s);
    test_ask_then(&s);
    test_run(&s);
    test_backpressure(&s);
    test_stdio(&s, argv[0]);
    fakesup_release(&s);
    return done();
}
