#include "speak/jsonobject.h"
#include "tests/unit/fakehost.h"
#include "tests/unit/tap.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buf[1 << 20];

static void json_open(struct fake *f, bool shared)
{
    fake_init(f);
    fake_open(f, &speak_json, shared);
    fake_pipes(f);
}

static void test_in(void)
{
    struct fake f;

    json_open(&f, false);
    (void)fake_put_str(&f, "hello");
    (void)fake_read(&f, buf, sizeof(buf));
    is_str(buf,
           "{\"id\":\"0000000000000001\",\"from\":\"from7\",\"to\":\"me\",\"type\":\"tell\","
           "\"attempt\":1,\"body\":\"hello\"}\n",
           "a tell");
    (void)fake_put(&f, MSG_ASK, "secret", "a\"\\\n\t\x01\x7f\xc3\xa9", 9);
    (void)fake_read(&f, buf, sizeof(buf));
    is_str(strstr(buf, "\"type\""),
           "\"type\":\"ask\",\"attempt\":1,\"body\":\"a\\\"\\\\\\n\\t\\u0001\\u007f\xc3\xa9\"}\n",
           "an ask: escapes, and no tag of its asker");
    (void)fake_put(&f, MSG_WAKE, "tick", "\xff\x00", 2);
    (void)fake_read(&f, buf, sizeof(buf));
    is_str(strstr(buf, "\"type\""),
           "\"type\":\"wake\",\"re\":\"tick\",\"attempt\":1,\"body64\":\"/wA=\"}\n",
           "a wake with its timer's id, and bytes that are no text");
    fake_put_headers(&f, "k", "v", "b");
    (void)fake_read(&f, buf, sizeof(buf));
    is_str(strstr(buf, "\"type\""),
           "\"type\":\"tell\",\"attempt\":1,\"headers\":{\"k\":\"v\"},\"body\":\"b\"}\n",
           "headers");
    is_int(hand_count(&f.sp->hand), 4, "all of them are in hand");
    fake_close(&f);
}

static void test_ops(void)
{
    static const struct {
        const char *line, *said, *what;
    } rows[] = {
        {"{\"op\":\"send\",\"to\":\"a\",\"body\":\"x\"}", "send tell to=a body=x\n", "send"},
        {"{\"op\":\"send\",\"to\":\"a\",\"ask\":\"q1\",\"timeout\":1.5,\"body\":\"x\"}",
         "send ask to=a tag=q1 timeout=1500 body=x\n", "an ask"},
        {"{\"op\":\"send\",\"to\":\"a\",\"ask\":7,\"timeout\":\"250ms\",\"body\":\"x\"}",
         "send ask to=a tag=7 timeout=250 body=x\n", "an ask with a number, and a duration"},
        {"{\"op\":\"send\",\"to\":\"a\",\"headers\":{\"k\":\"v\",\"n\":1},\"body64\":\"aGk=\"}",
         "send tell to=a k:v n:1 body=hi\n", "headers and body64"},
        {"{\"op\":\"send\",\"to\":\"a\",\"body\":{\"x\": [1, true, null]}}",
         "send tell to=a body={\"x\":[1,true,null]}\n", "a body that is no string"},
        {"{\"op\":\"send\",\"to\":\"a\"}", "send tell to=a\n", "an empty body"},
        {"{\"op\":\"ready\"}", "ready\n", "ready"},
        {"{\"op\":\"wake\",\"after\":2,\"id\":\"t\",\"body\":\"b\"}",
         "wake after=2000 tag=t body=b\n", "wake"},
        {"{\"op\":\"unwake\",\"id\":\"t\"}", "unwake tag=t\n", "unwake"},
        {"{\"op\":\"log\",\"level\":\"error\",\"text\":\"a\\nb\"}",
         "log level=3 text=a\nlog level=3 text=b\n", "a log of two lines"},
        {"  \r", "", "a blank line"},
        {"{\"op\":\"ack\",\"id\":\"0000000000000000\"}", "", "an ack of exit"},
        {"{\"op\":\"reply\",\"re\":\"00000000000000ff\",\"body\":\"y\"}", "reply id=255 body=y\n",
         "a reply to what another has in hand"},
        {"{\"op\":\"send\",\"body\":\"x\"}", "send tell body=x\n",
         "no address: for the host to say so"},
        {"{\"op\":\"spawn\",\"template\":\"t\"}", "spawn template=t\n", "spawn"},
        {"{\"op\":\"sned\"}", "note speak.bad line=16 reason=no such op: did you mean send?\n",
         "a slip"},
        {"{\"op\":\"ack\",\"id\":\"1\"}",
         "note speak.bad line=17 reason=the id of a message is 16 hexadecimal digits in a "
         "string\n",
         "no id"},
        {"{\"op\":\"ack\",\"id\":\"0000000000000009\"}",
         "note speak.bad line=18 reason=no message with this id is in hand\n", "an unknown id"},
        {"{\"op\":\"send\",\"to\":\"a\",\"body\":\"x\",\"body64\":\"eA==\"}",
         "note speak.bad line=19 reason=body and body64 at once\n", "two bodies"},
        {"{\"op\":\"send\",\"to\":\"a\",\"body64\":\"x\"}",
         "note speak.bad line=20 reason=body64 is not base64\n", "no base64"},
        {"{\"op\":\"send\",\"to\":\"a\",\"ask\":\"\"}",
         "note speak.bad line=21 reason=ask is an id of 1 to 64 bytes\n", "an empty ask"},
        {"{\"op\":\"wake\"}", "note speak.bad line=22 reason=after is missing\n", "no time"},
        {"{\"op\":\"wake\",\"after\":-1}",
         "note speak.bad line=23 reason=a time is at least 0 and at most a hundred years\n",
         "a time before now"},
        {"[1]", "note speak.bad line=24 reason=a line is one JSON object\n", "no object"},
        {"{}", "note speak.bad line=25 reason=op is missing, or not a string\n", "no op"},
        {"{\"op\":\"send\",\"op\":\"send\"}",
         "note speak.bad line=26 reason=not JSON: duplicate object key near '\"op\"' (column "
         "17)\n",
         "a key twice"},
    };
    struct fake f;

    json_open(&f, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_write_str(&f, rows[i].line);
        fake_write_str(&f, "\n");
        is_str(fake_said(&f), rows[i].said, "%s", rows[i].what);
    }
    fake_write_str(&f, "\xff\x01garbage\n{\"op\":\"ready\"}\n");
    const char *said = fake_said(&f);
    ok(strncmp(said, "note speak.bad line=27 reason=not JSON: ", 40) == 0 &&
           strstr(said, "\nready\n") != NULL,
       "garbage is noted, and what follows is heard");
    fake_close(&f);
}

/* Other actors: what is asked for, and what is wrong with it. */
static void test_others(void)
{
    static const struct {
        const char *line, *said;
    } rows[] = {
        {"{\"op\":\"spawn\",\"template\":\"t\",\"name\":\"n\",\"id\":7,\"args\":[\"a\",\"b c\"],"
         "\"env\":{\"K\":\"v\"}}",
         "spawn template=t name=n tag=7 [a] [b c] K:v\n"},
        {"{\"op\":\"exit\",\"to\":\"a.b\"}", "exit to=a.b\n"},
        {"{\"op\":\"exit\",\"to\":\"a.b\",\"now\":true}", "exit now to=a.b\n"},
        {"{\"op\":\"watch\",\"to\":\"a\"}", "watch to=a\n"},
        {"{\"op\":\"unwatch\",\"to\":\"a\"}", "unwatch to=a\n"},
        {"{\"op\":\"spawn\"}",
         "note speak.bad line=6 reason=template is missing, or not a string\n"},
        {"{\"op\":\"spawn\",\"template\":\"t\",\"name\":1}",
         "note speak.bad line=7 reason=name is not a name\n"},
        {"{\"op\":\"spawn\",\"template\":\"t\",\"args\":\"x\"}",
         "note speak.bad line=8 reason=args is not a list\n"},
        {"{\"op\":\"spawn\",\"template\":\"t\",\"args\":[1]}",
         "note speak.bad line=9 reason=args has what is no text, or has a NUL in it\n"},
        {"{\"op\":\"spawn\",\"template\":\"t\",\"args\":[\"a\\u0000b\"]}",
         "note speak.bad line=10 reason=args has what is no text, or has a NUL in it\n"},
        {"{\"op\":\"spawn\",\"template\":\"t\",\"env\":[]}",
         "note speak.bad line=11 reason=env is not an object\n"},
        {"{\"op\":\"exit\"}", "note speak.bad line=12 reason=to is missing, or not an address\n"},
        {"{\"op\":\"exit\",\"to\":\"a\",\"now\":1}",
         "note speak.bad line=13 reason=now is not true or false\n"},
        {"{\"op\":\"watch\",\"to\":\"\"}",
         "note speak.bad line=14 reason=to is missing, or not an address\n"},
    };
    struct fake f;

    json_open(&f, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_write_str(&f, rows[i].line);
        fake_write_str(&f, "\n");
        is_str(fake_said(&f), rows[i].said, "%s", rows[i].line);
    }
    fake_close(&f);
}

static void test_hand(void)
{
    struct fake f;

    json_open(&f, false);
    for (int i = 0; i < 5; i++)
        (void)fake_put_str(&f, "m");
    (void)fake_read(&f, buf, sizeof(buf));
    fake_write_str(&f, "{\"op\":\"ack\",\"id\":\"0000000000000001\"}\n"
                       "{\"op\":\"reply\",\"re\":\"0000000000000003\",\"body\":\"r\"}\n");
    is_str(fake_said(&f), "reply id=3 body=r\n", "a reply");
    is_int(f.handled, 2, "an ack and a reply handle");
    is_int(hand_count(&f.sp->hand), 3, "three are left in hand");
    fake_write_str(&f, "{\"op\":\"fail\",\"id\":\"0000000000000002\",\"reason\":\"no\"}\n");
    is_str(fake_said(&f), "fail id=2 reason=no\n", "fail");
    (void)fake_read(&f, buf, sizeof(buf));
    ok(strstr(buf, "\"id\":\"0000000000000002\"") != NULL && strstr(buf, "\"attempt\":2") != NULL,
       "it comes again, with a higher attempt");
    fake_write_str(&f, "{\"op\":\"defer\",\"id\":\"0000000000000004\"}\n");
    is_str(fake_said(&f), "defer id=4\n", "defer");
    is_int(f.handled, 2, "neither handles");
    fake_close(&f);
}

static void test_pieces(void)
{
    static const char line[] = "{\"op\":\"send\",\"to\":\"a\",\"body\":\"piece\"}\n";
    struct fake f;
    bool alike = true;

    json_open(&f, false);
    for (size_t i = 0; i < sizeof(line) - 1; i++) {
        alike = alike && f.sent == 0;
        fake_write(&f, line + i, 1);
    }
    ok(alike && f.sent == 1, "one byte at a time");
    is_str(fake_said(&f), "send tell to=a body=piece\n", "and whole");

    size_t big = 16 * 1024 * 1024, size = big + 64;
    char *text = malloc(size + 1);
    memset(text, 'x', size);
    int head = snprintf(text, size, "{\"op\":\"send\",\"to\":\"a\",\"body\":\"");
    text[head] = 'x';
    memcpy(text + (size_t)head + big, "\"}\n", 3);
    fake_write(&f, text, (size_t)head + big + 3);
    is_str(fake_said(&f), "send tell to=a body=<16777216>\n", "a body of 16 MiB");
    memcpy(text + (size_t)head + big, "x\"}\n", 4);
    fake_write(&f, text, (size_t)head + big + 4);
    is_str(fake_said(&f), "note speak.bad line=3 reason=the body is over 16 MiB\n",
           "one byte more");
    memset(text, 'y', size);
    fake_write(&f, text, size);
    fake_write(&f, text, size);
    fake_write_str(&f, "\n{\"op\":\"ready\"}\n");
    is_str(fake_said(&f), "note speak.bad line=4 reason=the line is too long\nready\n",
           "a line without end is passed over, once noted");
    memcpy(text, "{\"op\":\"send\",\"to\":\"a\",\"body\":[", 31);
    for (size_t i = 31; i < 1000000; i += 2)
        memcpy(text + i, "0,", 2);
    fake_write(&f, text, 1000000);
    fake_write_str(&f, "0]}\n");
    is_str(fake_said(&f), "note speak.bad line=6 reason=more than 200,000 values in one line\n",
           "a line that would take many times its size is not parsed");
    free(text);
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
    size_t big = 16 * 1024 * 1024;
    char *text = malloc(big);
    struct gather g = {&f, {0}, 4 * ((big + 2) / 3)};

    json_open(&f, false);
    memset(text, 0xfe, big);
    (void)fake_put(&f, MSG_TELL, "", text, big);
    ok(fake_until(&f, gather, &g), "16 MiB that are no text arrive");
    fake_settle(&f);
    (void)gather(&g);
    json_t *o = json_loadb((char *)bytes_at(&g.got), bytes_len(&g.got), 0, NULL);
    is_int(json_string_length(json_object_get(o, "body64")), g.want, "in base64");
    json_decref(o);
    bytes_release(&g.got);
    free(text);
    fake_close(&f);
}

static void test_congested(void)
{
    struct fake f;
    uint64_t before;

    json_open(&f, false);
    (void)fake_put_str(&f, "m");
    (void)fake_read(&f, buf, sizeof(buf));
    f.congested = true;
    fake_write_str(&f, "{\"op\":\"ready\"}\n");
    is_str(fake_said(&f), "", "nothing is read while a send waits");
    f.congested = false;
    f.sp->ops->room(f.sp);
    fake_settle(&f);
    is_str(fake_said(&f), "ready\n", "and all once there is room");

    /* A process that does not read gets no more than the pipe and what is built ahead hold. */
    memset(buf, 'x', 1000);
    for (int i = 0; i < 10000; i++)
        (void)fake_put(&f, MSG_TELL, "", buf, 1000);
    fake_settle(&f);
    ok(f.taken < 300, "what is not read is not built: %d taken", (int)f.taken);
    before = f.taken;
    (void)fake_read(&f, buf, sizeof(buf));
    fake_settle(&f);
    ok(f.taken > before, "what was read makes room");
    fake_close(&f);
}

static void test_death(void)
{
    struct policy_exit killed = {.started = true, .signal = 9}, fine = {.started = true};
    struct fake f;
    uint64_t n = 99;

    json_open(&f, false);
    for (int i = 0; i < 4; i++)
        (void)fake_put_str(&f, "12345");
    fake_settle(&f);
    size_t one = 0;
    (void)fake_read(&f, buf, 2); /* one byte: learns nothing, but the rest is there */
    ssize_t got = read(f.stdin_fd, buf, sizeof(buf));
    one = ((size_t)got + 1) / 4;
    ok(one > 50, "four lines came");
    for (int i = 0; i < 3; i++)
        (void)fake_put_str(&f, "12345");
    fake_settle(&f);
    fake_pull(&f, buf, one + 3);
    fake_write_str(&f, "{\"op\":\"ack\",\"id\":\"0000000000000002\"}\n{\"op\":\"ready\"}");
    (void)fake_said(&f);
    fake_gone(&f);
    ok(f.sp->ops->drain(f.sp, &killed, &n), "drained at once");
    is_int(n, 4, "1, 3, 4 and 5 were read, 6 by a half");
    is_str(fake_said(&f),
           "note speak.bad line=2 reason=the process ended in the middle of the line\n",
           "a half line of one that was killed is no message");
    hand_return_all(&f.sp->hand, NULL, NULL);
    f.sp->ops->stop(f.sp);

    fake_pipes(&f);
    fake_settle(&f);
    fake_pull(&f, buf, one);
    fake_write_str(&f, "{\"op\":\"ack\",\"id\":\"0000000000000001\"}\n{\"op\":\"ready\"}");
    fake_gone(&f);
    f.congested = true;
    ok(!f.sp->ops->drain(f.sp, &fine, &n), "output that waits for room is not drained");
    f.congested = false;
    ok(f.sp->ops->drain(f.sp, &fine, &n), "but then");
    is_int(n, 0, "what was acked does not count");
    is_str(fake_said(&f), "ready\n", "a last line without a newline counts after exit 0");
    fake_close(&f);
}

static void test_repeat(void)
{
    struct policy_exit killed = {.started = true, .signal = 9};
    struct fake f;
    uint64_t n = 99;

    json_open(&f, false);
    (void)fake_put_str(&f, "m");
    (void)fake_read(&f, buf, sizeof(buf));
    fake_write_str(&f, "{\"op\":\"fail\",\"id\":\"0000000000000001\"}\n");
    fake_settle(&f);
    ok(f.sp->ops->drain(f.sp, &killed, &n) && n == 0, "read once, but not when it came again");
    fake_close(&f);
}

static void test_end(void)
{
    struct policy_exit fine = {.started = true};
    struct fake f;
    uint64_t n = 99;

    json_open(&f, false);
    (void)fake_put_str(&f, "m");
    f.sp->ops->end(f.sp);
    (void)fake_read(&f, buf, sizeof(buf));
    ok(strstr(buf, "\"body\":\"m\"}\n{\"id\":\"0000000000000000\"") != NULL &&
           strstr(buf, "\"type\":\"exit\"") != NULL,
       "exit stands behind the last message");
    is_int(fake_read(&f, buf, sizeof(buf)), 0, "then the end of input");
    fake_write_str(&f, "{\"op\":\"ack\",\"id\":\"0000000000000001\"}\n");
    is_int(f.handled, 1, "what was in hand can still be acked");
    ok(f.sp->ops->drain(f.sp, &fine, &n) && n == 0, "nothing is left");
    fake_close(&f);
}

static void test_window(void)
{
    struct fake f;
    char ack[64];
    uint64_t most = 0, next = 1;

    json_open(&f, true);
    for (int i = 0; i < 200; i++)
        (void)fake_put_str(&f, "m");
    fake_settle(&f);
    is_int(hand_count(&f.sp->hand), 1, "a member of a pool gets one at first");
    while (next <= 200) {
        uint64_t count = hand_count(&f.sp->hand);
        if (count == 0)
            break;
        most = count > most ? count : most;
        for (; count > 0; count--) {
            (void)snprintf(ack, sizeof(ack), "{\"op\":\"ack\",\"id\":\"%016llx\"}\n",
                           (unsigned long long)next++);
            fake_push(&f, ack);
        }
        fake_settle(&f);
    }
    is_int(f.handled, 200, "all are handled");
    ok(most > 8, "and more as it handles them quickly: %d", (int)most);
    fake_close(&f);
}

/* Which lines are of the plain form; what is not is read by jansson, or wrong. */
static void test_plain(void)
{
    static const struct {
        const char *line;
        int members; /* -1: not plain */
    } rows[] = {
        {"{\"op\":\"ack\",\"id\":\"1\"}", 2},
        {" { \"a\" :\t\"b\" , \"\" : \"\" } \r", 2},
        {"{\"a\":\"\xc3\xa9 \xf0\x9f\x99\x82 \x7f\"}", 1},
        {"{\"a\":\"sixteen and more bytes, with a tab\there\"}", -1},
        {"{\"a\":\"sixteen and more bytes, \\n, escaped\"}", -1},
        {"{\"a\":\"\xc0\x80\"}", -1},
        {"{\"a\":\"\xed\xa0\x80\"}", -1},
        {"{\"a\":\"b\",\"a\":\"c\"}", -1},
        {"{\"a\":1}", -1},
        {"{\"a\":null}", -1},
        {"{\"a\":{\"b\":\"c\"}}", -1},
        {"{\"a\":\"b\",}", -1},
        {"{\"a\":\"b\"} x", -1},
        {"{\"a\":\"b\"", -1},
        {"{\"a\":\"b", -1},
        {"{\"a\" \"b\"}", -1},
        {"{}", -1},
        {"[\"a\"]", -1},
        {"", -1},
    };
    struct jsonobject o;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool plain = jsonobject_scan(&o, rows[i].line, strlen(rows[i].line));
        is_int(plain ? (int)o.n : -1, rows[i].members, "plain or not: %s", rows[i].line);
    }
}

int main(void)
{
    test_plain();
    test_in();
    test_ops();
    test_others();
    test_hand();
    test_pieces();
    test_large_in();
    test_congested();
    test_death();
    test_repeat();
    test_end();
    test_window();
    return done();
}
