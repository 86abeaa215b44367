#include "tests/unit/fakehost.h"
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void once_open(struct fake *f, unsigned concurrency)
{
    struct err e;

    fake_init(f);
    f->conf.concurrency = concurrency;
    fake_open(f, &speak_once, false);
    if (f->sp->ops->start(f->sp, &e) != 0)
        bail_out("%s", e.text);
}

static char *to_shop[] = {(char *)(uintptr_t) "shop", NULL};

/* The n-th job writes text and ends; signal 0: with that status. */
static void job_ends(struct fake *f, int n, const char *text, int status, int sig)
{
    struct policy_exit how = {.started = true, .status = status, .signal = sig};

    if (write(f->job_out[n], text, strlen(text)) != (ssize_t)strlen(text))
        bail_out("the job's pipe is full");
    (void)close(f->job_out[n]);
    (void)close(f->job_in[n]);
    f->job_in[n] = f->job_out[n] = open("/dev/null", O_RDWR | O_CLOEXEC);
    f->job_out[n] = dup(f->job_in[n]);
    f->sp->ops->job_over(f->sp, f->jobs[n], &how);
    fake_settle(f);
}

static void test_environment(void)
{
    struct fake f;
    char buf[64] = "";

    once_open(&f, 1);
    fake_put_headers(&f, "X-key.1", "a value", "the body");
    fake_settle(&f);
    is_int(f.n_jobs, 1, "a message starts a process");
    is_str(f.job_env[0],
           "MSG_ID=0000000000000001\nMSG_FROM=from7\nMSG_TYPE=tell\nMSG_ATTEMPT=1\n"
           "MSG_H_X_KEY_1=a value\n",
           "its environment");
    ssize_t n = read(f.job_in[0], buf, sizeof(buf) - 1);
    is_str(buf, "the body", "its input");
    n = read(f.job_in[0], buf, sizeof(buf));
    is_int(n, 0, "and its end");
    (void)fake_put_str(&f, "second");
    fake_settle(&f);
    is_int(f.n_jobs, 1, "one at a time");
    job_ends(&f, 0, "one\ntwo\n", 0, 0);
    is_str(fake_said(&f), "output text=one\noutput text=two\n",
           "without `to` its output is logged");
    is_int(f.handled, 1, "exit 0 handles");
    is_int(f.n_jobs, 2, "and the next one starts");
    fake_close(&f);
}

static void test_output(void)
{
    struct fake f;

    once_open(&f, 1);
    f.conf.to = to_shop;
    f.conf.n_to = 1;
    fake_put_headers(&f, "k", "v", "m");
    fake_settle(&f);
    job_ends(&f, 0, "out\n", 0, 0);
    is_str(fake_said(&f), "pass id=1 k:v body=out\n\n", "all of the output is one message");
    (void)fake_put_str(&f, "m");
    fake_settle(&f);
    job_ends(&f, 1, "", 0, 0);
    is_str(fake_said(&f), "", "no output is no message");
    (void)fake_put(&f, MSG_ASK, "t", "m", 1);
    fake_settle(&f);
    job_ends(&f, 2, "", 0, 0);
    is_str(fake_said(&f), "reply id=3\n", "but answers an ask");

    f.no_room = true;
    (void)fake_put_str(&f, "m");
    (void)fake_put_str(&f, "m");
    fake_settle(&f);
    job_ends(&f, 3, "wait", 0, 0);
    is_int(f.n_jobs, 4, "while its output waits for room, no other starts in its place");
    is_int(f.handled, 3, "and the message is not handled");
    f.no_room = false;
    f.sp->ops->room(f.sp);
    fake_settle(&f);
    is_str(fake_said(&f), "pass id=4 body=wait\n", "it leaves once there is room");
    is_int(f.n_jobs, 5, "and the next one starts");
    fake_close(&f);
}

static bool four_jobs(void *arg)
{
    return ((struct fake *)arg)->n_jobs == 4;
}

static bool two_jobs(void *arg)
{
    return ((struct fake *)arg)->n_jobs == 2;
}

static bool three_jobs(void *arg)
{
    return ((struct fake *)arg)->n_jobs == 3;
}

static void test_failures(void)
{
    struct fake f;

    once_open(&f, 1);
    (void)fake_put_str(&f, "bad");
    (void)fake_put_str(&f, "good");
    fake_settle(&f);
    job_ends(&f, 0, "discarded", 3, 0);
    ok(fake_until(&f, two_jobs, &f), "a failed attempt is followed by another");
    is_str(fake_said(&f), "fail id=1 reason=exit 3\n", "its output discarded");
    ok(strstr(f.job_env[1], "MSG_ID=0000000000000001\n") != NULL &&
           strstr(f.job_env[1], "MSG_ATTEMPT=2\n") != NULL,
       "the same message, before what comes after it");
    job_ends(&f, 1, "", 0, 9);
    ok(fake_until(&f, three_jobs, &f), "and another");
    is_str(fake_said(&f), "fail id=1 reason=signal KILL\n", "after a signal");
    is_int(f.handled, 0, "none is handled");
    fake_close(&f);
}

static void test_later(void)
{
    struct fake f;

    once_open(&f, 1);
    (void)fake_put_str(&f, "first");
    (void)fake_put_str(&f, "second");
    fake_settle(&f);
    job_ends(&f, 0, "", 75, 0);
    ok(fake_until(&f, two_jobs, &f), "75 puts it back");
    is_str(fake_said(&f), "defer id=1\n", "uncounted");
    ok(strstr(f.job_env[1], "MSG_ID=0000000000000002\n") != NULL, "the next one comes first");
    fake_close(&f);
}

static void test_concurrency(void)
{
    struct fake f;

    once_open(&f, 3);
    for (int i = 0; i < 6; i++)
        (void)fake_put_str(&f, "m");
    fake_settle(&f);
    is_int(f.n_jobs, 3, "three at a time");
    job_ends(&f, 1, "b", 0, 0);
    job_ends(&f, 0, "a", 0, 0);
    is_str(fake_said(&f), "output text=b\noutput text=a\n", "outputs leave as they finish");
    is_int(f.n_jobs, 5, "each makes place for another");
    job_ends(&f, 2, "", 1, 0);
    ok(f.n_jobs >= 5, "a failed one waits alone");
    fake_close(&f);
}

static void test_large(void)
{
    struct fake f;
    size_t big = 1 << 20, got = 0;
    char *body = calloc(1, big), buf[65536];

    once_open(&f, 1);
    (void)fake_put(&f, MSG_TELL, "", body, big);
    fake_settle(&f);
    (void)fcntl(f.job_in[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 1000 && got < big; i++) {
        ssize_t n = read(f.job_in[0], buf, sizeof(buf));
        if (n > 0)
            got += (size_t)n;
        fake_settle(&f);
    }
    is_int(got, big, "a body larger than a pipe is fed");
    job_ends(&f, 0, "", 0, 0);

    (void)fake_put(&f, MSG_TELL, "", body, big);
    fake_settle(&f);
    job_ends(&f, 1, "done", 0, 0);
    is_int(f.handled, 2, "a process need not read its input");

    (void)fake_put_str(&f, "m");
    fake_settle(&f);
    (void)fcntl(f.job_out[2], F_SETFL, O_NONBLOCK);
    for (size_t out = 0; out <= FRAME_BODY_MAX + sizeof(buf);) {
        ssize_t n = write(f.job_out[2], body, sizeof(buf));
        if (n > 0)
            out += (size_t)n;
        fake_settle(&f);
    }
    is_int(f.killed, 1, "output over 16 MiB ends its process");
    (void)fake_said(&f);
    job_ends(&f, 2, "", 0, 15);
    (void)fake_until(&f, four_jobs, &f);
    is_str(fake_said(&f), "fail id=3 reason=its output is over 16 MiB\n", "and fails the attempt");
    free(body);
    fake_close(&f);
}

static void test_unstarted(void)
{
    struct fake f;

    once_open(&f, 1);
    f.no_start = true;
    (void)fake_put_str(&f, "m");
    fake_settle(&f);
    ok(strncmp(fake_said(&f), "note once.unstarted reason=cannot start\n", 40) == 0,
       "a process that cannot be started is noted");
    f.no_start = false;
    fake_settle(&f);
    while (f.n_jobs == 0)
        fake_settle(&f);
    ok(strstr(f.job_env[0], "MSG_ATTEMPT=1\n") != NULL, "and tried again, uncounted");
    fake_close(&f);
}

static void test_stop(void)
{
    struct policy_exit how = {.started = true, .signal = 15};
    struct fake f;
    uint64_t n = 99;

    once_open(&f, 2);
    for (int i = 0; i < 4; i++)
        (void)fake_put_str(&f, "m");
    fake_settle(&f);
    ok(!f.sp->ops->drain(f.sp, &how, &n), "not drained while a process is there");
    job_ends(&f, 0, "", 0, 15);
    is_int(f.n_jobs, 2, "no other is started");
    job_ends(&f, 1, "x", 0, 0);
    is_str(fake_said(&f), "output text=x\n", "one that ended well counts, no other does");
    ok(f.sp->ops->drain(f.sp, &how, &n), "drained");
    is_int(n, 1, "the message of the killed one had been seen");
    is_int(hand_count(&f.sp->hand), 1, "and goes back");
    fake_close(&f);
}

static void test_end(void)
{
    struct fake f;

    once_open(&f, 2);
    (void)fake_put_str(&f, "m");
    fake_settle(&f);
    f.sp->ops->end(f.sp);
    fake_settle(&f);
    ok(!f.ended, "not at the end while a process is there");
    job_ends(&f, 0, "", 0, 0);
    ok(f.ended, "but then");
    fake_close(&f);
}

int main(void)
{
    test_environment();
    test_output();
    test_failures();
    test_later();
    test_concurrency();
    test_large();
    test_unstarted();
    test_stop();
    test_end();
    return done();
}
