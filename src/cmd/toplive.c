#include "cmd/toplive.h"

#include "cmd/cmd.h"
#include "cmd/link.h"
#include "cmd/topscreen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { TOPLIVE_SOON_MS = 300 /* to the second sample, which has the first rates */ };

/* They leave the terminal as it was, then do what they do. */
static const int toplive_ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define TOPLIVE_ENDS (sizeof toplive_ends / sizeof toplive_ends[0])

static volatile sig_atomic_t toplive_signal;

static void toplive_caught(int signal)
{
    toplive_signal = signal;
}

/* Signals come while we wait, and at no other time. waiting: the mask for that. */
static void toplive_signals(sigset_t *waiting)
{
    struct sigaction end = {.sa_handler = toplive_caught}, was;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGWINCH);
    for (size_t i = 0; i < TOPLIVE_ENDS; i++) {
        sigaction(toplive_ends[i], NULL, &was);
        if (was.sa_handler == SIG_IGN) /* as under nohup */
            continue;
        sigaction(toplive_ends[i], &end, NULL);
        sigaddset(&blocked, toplive_ends[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, waiting);
}

/* The end that a signal asked for, as if it had not been caught. */
static void toplive_die(const sigset_t *mask)
{
    (void)signal(toplive_signal, SIG_DFL);
    (void)raise(toplive_signal);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

void toplive_show(struct top *t)
{
    if (topview_show(&t->view, topsource_sample(t->source)) != 0)
        (void)snprintf(t->message, sizeof t->message, "out of memory");
}

static int toplive_ended(struct top *t, const struct err *e)
{
    t->quit = true;
    if (e->code == ERR_CLOSED) {
        topscreen_close();
        t->status = cmd_fail(CMD_NOT_RUNNING, "system \"%s\" has ended", t->system);
    } else if (e->code != 0) {
        topscreen_close();
        t->status = cmd_fail_err(e);
    }
    return t->status;
}

/* Asks when it is time, and takes what has come. */
static void toplive_sample(struct top *t, int64_t *next)
{
    struct err e = {0};
    if (topsource_asked(t->source)) {
        bool first = topsource_sample(t->source)->answer == NULL;
        int rc = topsource_take(t->source, 0, &e);
        t->silent = rc == ERR_TIMEOUT && cmd_now() > *next + link_answer_ms();
        if (rc == ERR_TIMEOUT)
            return;
        if (rc != 0) {
            (void)toplive_ended(t, &e);
            return;
        }
        toplive_show(t);
        *next =
            cmd_now() + (first && t->delay_ms > TOPLIVE_SOON_MS ? TOPLIVE_SOON_MS : t->delay_ms);
    } else if (cmd_now() >= *next) {
        *next = cmd_now();
        if (topsource_ask(t->source, &e) != 0)
            (void)toplive_ended(t, &e);
    }
}

static void toplive_keys(struct top *t)
{
    int key, height, width;
    while (!t->quit && (key = topscreen_key()) != TOPKEY_NONE) {
        topscreen_size(&height, &width);
        bool small = height < TOPLIVE_LINES || width < TOPLIVE_COLUMNS;
        if (!small || key == 'q')
            topkeys_press(t, key);
    }
}

static void toplive_wait(const struct top *t, int64_t next, const sigset_t *mask)
{
    struct pollfd p[TOPACT_MAX + 3] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    size_t n = 1;
    bool asked = topsource_asked(t->source);
    int64_t ms = asked ? link_answer_ms() : next - cmd_now();
    struct timespec left = {.tv_sec = ms > 0 ? ms / 1000 : 0,
                            .tv_nsec = ms > 0 ? ms % 1000 * 1000000 : 0};
    if (asked)
        p[n++] = (struct pollfd){.fd = topsource_fd(t->source), .events = POLLIN};
    if (t->log != NULL)
        p[n++] = (struct pollfd){.fd = toplog_fd(t->log), .events = POLLIN};
    n += topact_poll(&t->acts, p + n);
    (void)ppoll(p, n, &left, mask);
    if ((p[0].revents & (POLLERR | POLLNVAL | POLLHUP)) != 0) /* the terminal is gone */
        toplive_signal = SIGHUP;
}

static void toplive_loop(struct top *t, const sigset_t *mask)
{
    int64_t next = cmd_now();
    while (!t->quit && toplive_signal == 0) {
        toplive_sample(t, &next);
        if (topsource_asked(t->source)) /* the answer may be here already */
            toplive_sample(t, &next);
        while (topact_take(&t->acts, t->message, sizeof t->message) != 0)
            ;
        if (t->log != NULL)
            toplog_drain(t->log);
        toplive_keys(t);
        if (t->quit)
            break;
        if (topsource_sample(t->source)->answer != NULL)
            topdraw(t);
        toplive_wait(t, next, mask);
    }
}

int toplive_run(struct top *t)
{
    sigset_t mask;
    struct err e;
    toplive_signals(&mask);
    if (topscreen_open(&e) != 0)
        t->status = cmd_fail(CMD_NO, "%s", e.text);
    else
        toplive_loop(t, &mask);
    topscreen_close();
    toplog_close(t->log);
    topact_release(&t->acts);
    topsource_close(t->source);
    if (toplive_signal != 0)
        toplive_die(&mask);
    return t->status;
}
