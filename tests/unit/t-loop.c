#include "tap.h"

#include "io/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static char trail[256];
static char names[4][2] = {"a", "b", "c", "d"};

static void note(void *arg)
{
    strncat(trail, arg, sizeof(trail) - strlen(trail) - 1);
}

static void stop(void *arg)
{
    loop_stop(arg);
}

/* Nothing may run for longer, whatever is broken. */
static void run(struct loop *l)
{
    struct loop_timer guard;

    loop_timer_init(&guard, l, stop, l);
    (void)loop_timer_start(&guard, 10000);
    (void)loop_run(l);
    loop_timer_stop(&guard);
}

static void test_timers(struct loop *l)
{
    struct loop_timer t[5];
    const int ms[] = {6, 2, 2, 0};

    trail[0] = '\0';
    for (int i = 0; i < 4; i++) {
        loop_timer_init(&t[i], l, note, names[i]);
        (void)loop_timer_start(&t[i], ms[i]);
    }
    loop_timer_init(&t[4], l, stop, l);
    (void)loop_timer_start(&t[4], 10);
    run(l);
    is_str(trail, "dbca", "timers ring by due time, ties by order of arming");
    ok(!loop_timer_armed(&t[0]), "a timer that rang is not armed");

    trail[0] = '\0';
    (void)loop_timer_start(&t[0], 5);
    (void)loop_timer_start(&t[1], 1);
    (void)loop_timer_start(&t[0], 2); /* rearmed */
    loop_timer_stop(&t[1]);
    loop_timer_stop(&t[1]);
    (void)loop_timer_start(&t[4], 3);
    run(l);
    is_str(trail, "a", "a rearmed timer rings once, a stopped one never");
}

enum { MANY = 2000 };
static int64_t many_last;
static int many_rung, many_wrong;
static struct loop_timer many[MANY];

static void many_ring(void *arg)
{
    struct loop_timer *t = arg;

    if (t->due < many_last)
        many_wrong++;
    many_last = t->due;
    many_rung++;
}

static void test_heap(struct loop *l)
{
    struct loop_timer end;
    unsigned seed = 7;
    int stopped = 0;

    for (int i = 0; i < MANY; i++) {
        seed = seed * 1103515245u + 12345u;
        loop_timer_init(&many[i], l, many_ring, &many[i]);
        (void)loop_timer_start(&many[i], (seed >> 16) % 20);
    }
    for (int i = 0; i < MANY; i += 3, stopped++)
        loop_timer_stop(&many[i]);
    loop_timer_init(&end, l, stop, l);
    (void)loop_timer_start(&end, 25);
    run(l);
    is_int(many_rung, MANY - stopped, "each of many timers rings once");
    is_int(many_wrong, 0, "and in order");
}

struct again {
    struct loop *l;
    struct loop_timer timer;
    struct loop_task task;
    int fd, turns, io;
};

static void again_timer(void *arg)
{
    struct again *a = arg;

    if (++a->turns < 50)
        (void)loop_timer_start(&a->timer, 0);
    else
        loop_stop(a->l);
}

static void again_task(void *arg)
{
    struct again *a = arg;

    if (++a->turns < 50)
        loop_task_queue(&a->task);
    else
        loop_stop(a->l);
}

static void again_io(void *arg, int events)
{
    struct again *a = arg;

    (void)events;
    a->io++;
}

/* What arms itself again at once must not keep descriptors from being served. */
static void test_fairness(struct loop *l)
{
    int p[2];
    struct again a = {.l = l};

    if (pipe2(p, O_CLOEXEC) != 0 || write(p[1], "x", 1) != 1)
        return;
    struct loop_io *io = loop_io_new(l, p[0], again_io, &a);
    loop_io_want(io, LOOP_IN);
    loop_timer_init(&a.timer, l, again_timer, &a);
    (void)loop_timer_start(&a.timer, 0);
    run(l);
    ok(a.io >= 40, "descriptors are served between timers of 0 ms");
    a.turns = a.io = 0;
    loop_task_init(&a.task, l, again_task, &a);
    loop_task_queue(&a.task);
    run(l);
    ok(a.io >= 40, "descriptors are served between runs of a task");
    loop_io_free(io);
    (void)close(p[0]);
    (void)close(p[1]);
}

struct pair {
    struct loop *l;
    int fd[2][2];
    struct loop_io *io[2];
    int calls[2];
};

static void pair_kill_other(void *arg, int events)
{
    struct pair *p = arg;

    (void)events;
    p->calls[0]++;
    for (int i = 0; i < 2; i++) {
        loop_io_free(p->io[i]);
        p->io[i] = NULL;
    }
}

static void test_io_free(struct loop *l)
{
    struct pair p = {.l = l};
    struct loop_timer end;

    for (int i = 0; i < 2; i++) {
        if (pipe2(p.fd[i], O_CLOEXEC) != 0 || write(p.fd[i][1], "x", 1) != 1)
            return;
        p.io[i] = loop_io_new(l, p.fd[i][0], pair_kill_other, &p);
        loop_io_want(p.io[i], LOOP_IN);
    }
    loop_timer_init(&end, l, stop, l);
    (void)loop_timer_start(&end, 5);
    run(l);
    is_int(p.calls[0], 1, "no callback after loop_io_free in the same turn");
    struct loop_io *io = loop_io_new(l, p.fd[0][0], pair_kill_other, &p);
    ok(io != NULL, "a descriptor may be watched again after its watch was freed");
    loop_io_free(io);
    loop_io_free(NULL);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            (void)close(p.fd[i][j]);
}

struct seen {
    struct loop *l;
    struct loop_io *io;
    int events, calls;
};

static void seen_once(void *arg, int events)
{
    struct seen *s = arg;

    s->events = events;
    s->calls++;
    loop_io_want(s->io, 0);
    loop_stop(s->l);
}

static void seen_still(void *arg, int events)
{
    struct seen *s = arg;

    s->events = events;
    if (++s->calls == 3)
        loop_stop(s->l);
}

static void test_io(struct loop *l)
{
    int p[2];
    struct seen s = {.l = l};
    struct loop_timer end;

    if (pipe2(p, O_CLOEXEC) != 0)
        return;
    s.io = loop_io_new(l, p[1], seen_once, &s);
    is_int(loop_io_wanted(s.io), 0, "a new watch wants nothing");
    loop_io_want(s.io, LOOP_OUT);
    run(l);
    is_int(s.events, LOOP_OUT, "an empty pipe can be written");
    loop_timer_init(&end, l, stop, l);
    (void)loop_timer_start(&end, 3);
    run(l);
    is_int(s.calls, 1, "what is not wanted is not told");
    loop_io_free(s.io);

    s.calls = 0;
    s.io = loop_io_new(l, p[1], seen_still, &s);
    loop_io_want(s.io, LOOP_OUT);
    (void)close(p[0]);
    run(l);
    is_int(s.calls, 3, "a broken pipe is told until it is dealt with");
    is_int(s.events, LOOP_OUT, "as what was wanted");
    ok(write(p[1], "x", 1) < 0, "SIGPIPE is ignored");
    loop_io_free(s.io);
    (void)close(p[1]);

    s.calls = 0;
    if (pipe2(p, O_CLOEXEC) != 0)
        return;
    s.io = loop_io_new(l, p[0], seen_once, &s);
    loop_io_want(s.io, LOOP_IN);
    (void)close(p[1]);
    run(l);
    is_int(s.events, LOOP_IN, "the end of a pipe is told as readable");
    loop_io_free(s.io);
    (void)close(p[0]);
}

static struct loop_task *task_other;

static void task_cancels(void *arg)
{
    note(arg);
    loop_task_cancel(task_other);
}

static void test_tasks(struct loop *l)
{
    struct loop_task a, b, c;
    struct loop_timer end;

    trail[0] = '\0';
    loop_task_init(&a, l, note, names[0]);
    loop_task_init(&b, l, task_cancels, names[1]);
    loop_task_init(&c, l, note, names[2]);
    task_other = &c;
    loop_task_queue(&a);
    loop_task_queue(&b);
    loop_task_queue(&a);
    loop_task_queue(&c);
    loop_timer_init(&end, l, stop, l);
    (void)loop_timer_start(&end, 3);
    run(l);
    is_str(trail, "ab", "a task runs once, in order; a cancelled one does not");
    ok(!a.queued && !c.queued, "and is no longer queued");
}

static int caught;

static void on_signal(void *arg, int signo)
{
    caught = signo;
    loop_stop(arg);
}

static void test_signal(struct loop *l)
{
    is_int(loop_signal(l, SIGUSR1, on_signal, l), 0, "a signal can be handled");
    (void)raise(SIGUSR1);
    run(l);
    is_int(caught, SIGUSR1, "and is told");
    ok(loop_signal(l, SIGKILL, on_signal, l) < 0, "SIGKILL cannot be handled");
}

static long switches(void)
{
    struct rusage u;

    (void)getrusage(RUSAGE_SELF, &u);
    return u.ru_nvcsw;
}

static void test_idle(struct loop *l)
{
    struct loop_timer end;

    long before = switches();
    loop_timer_init(&end, l, stop, l);
    (void)loop_timer_start(&end, 300);
    run(l);
    ok(switches() - before <= 3, "an idle loop sleeps");
    int64_t t = loop_now(l);
    struct timespec from, to;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    do {
        (void)clock_gettime(CLOCK_MONOTONIC, &to);
    } while ((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 < 5);
    is_int(loop_now(l), t, "the time stands still within a turn");
    loop_refresh(l);
    ok(loop_now(l) > t, "until it is refreshed");
}

static void count(void *arg)
{
    (*(int *)arg)++;
}

/* In a loop of its own, as the time does not go on by itself again. */
static void test_time(void)
{
    struct loop *l = loop_new(NULL);
    struct loop_timer t[4];
    int armed = 0;

    if (l == NULL)
        bail_out("no loop");
    loop_timer_init_timed(&t[0], l, note, names[0]);
    is_int(loop_time(l), loop_now(l), "the time is that of the loop");
    (void)loop_timer_start(&t[0], 1);
    loop_timer_init(&t[3], l, stop, l);
    (void)loop_timer_start(&t[3], 3);
    trail[0] = '\0';
    run(l);
    is_str(trail, "a", "and a timer of it rings as the others do");

    loop_stand(l, count, &armed);
    for (int i = 0; i < 3; i++)
        loop_timer_init_timed(&t[i], l, note, names[i]);
    is_int(loop_left(l), -1, "none is armed");
    (void)loop_timer_start(&t[0], 60000);
    (void)loop_timer_start(&t[1], 0);
    (void)loop_timer_start(&t[2], 60000);
    is_int(armed, 3, "it is told of each that is armed");
    (void)loop_timer_start(&t[3], 3);
    trail[0] = '\0';
    run(l);
    is_str(trail, "", "while the time stands still none of its timers rings");
    int64_t before = loop_time(l);
    is_int(loop_left(l), 0, "the first is due");
    loop_pass(l);
    is_str(trail, "b", "and rings when it is let");
    is_int(loop_time(l), before, "no time has passed");
    is_int(loop_left(l), 60000, "a minute to the next");
    loop_pass(l);
    is_int(loop_time(l), before + 60000, "that passes at once");
    loop_pass(l);
    loop_pass(l);
    is_str(trail, "bac", "ties by order of arming; then there is none");
    loop_free(l);
}

static void look(void *arg)
{
    struct loop *l = arg;

    strncat(trail, loop_is_quiet(l) ? "quiet " : "busy ", sizeof(trail) - strlen(trail) - 1);
}

static void test_quiet(struct loop *l)
{
    struct loop_timer first, second;
    int fds[2];

    if (pipe(fds) != 0)
        bail_out("pipe");
    struct loop_io *io = loop_io_new(l, fds[0], again_io, NULL);
    loop_io_want(io, LOOP_IN);
    loop_timer_init(&first, l, look, l);
    loop_timer_init(&second, l, stop, l);
    trail[0] = '\0';
    (void)loop_timer_start(&first, 2);
    (void)loop_timer_start(&second, 4);
    run(l);
    is_str(trail, "quiet ", "with nothing to be read and nothing to be done it is quiet");
    (void)!write(fds[1], "x", 1);
    look(l);
    is_str(trail, "quiet busy ", "but not when something can be read");
    loop_io_want(io, 0);
    (void)loop_timer_start(&second, 2);
    run(l);
    look(l);
    is_str(trail, "quiet busy quiet ", "unless nobody reads it");
    loop_io_free(io);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int main(void)
{
    struct err e;
    struct loop *l = loop_new(&e);

    if (!ok(l != NULL, "a loop can be made"))
        return done();
    test_timers(l);
    test_heap(l);
    test_fairness(l);
    test_io(l);
    test_io_free(l);
    test_tasks(l);
    test_signal(l);
    test_idle(l);
    test_time();
    test_quiet(l);

    struct loop_timer left;
    struct loop_task undone;
    loop_timer_init(&left, l, note, names[3]);
    (void)loop_timer_start(&left, 5000);
    loop_task_init(&undone, l, note, names[3]);
    loop_task_queue(&undone);
    struct loop_io *io = loop_io_new(l, STDOUT_FILENO, again_io, NULL);
    loop_io_want(io, LOOP_IN);
    loop_free(l);
    ok(!loop_timer_armed(&left) && !undone.queued, "what is armed is dropped with the loop");
    return done();
}
