#include "cmd/sender.h"

#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "cmd/sendask.h"
#include "cmd/sendinput.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* So much is packed before it is written: large enough that system calls do not count. */
#define SENDER_BATCH ((size_t)256 * 1024)
/* So much of the input goes into one frame. */
#define SENDER_RUN ((size_t)64 * 1024)
/* After an interrupt what is under way may still be accepted for so long, so that it is counted. */
#define SENDER_SETTLE_MS 500

struct sender {
    struct session *session;
    const struct sender_job *job;
    struct sendinput in;
    struct sendask *asks; /* NULL for tells */
    struct progress progress;
    uint64_t put;      /* messages handed to the session */
    uint64_t accepted; /* of them */
    bool input_done;
    bool starved;         /* no whole message is here: standard input must be read */
    bool ended;           /* nothing more can be done; `why` says why */
    bool silent;          /* and it need not be said */
    bool cut;             /* the input could not be read to its end; `why` says why */
    int64_t settle_until; /* interrupted; 0: not */
    int64_t since;        /* when a message was last accepted, or the first began to wait */
    struct err why;
};

static volatile sig_atomic_t sender_signal;

static void sender_on_signal(int signo)
{
    sender_signal = signo;
}

static void sender_stop(struct sender *s, const char *why)
{
    if (s->ended)
        return;
    s->ended = true;
    err_set(&s->why, ERR_REFUSED, "%s", why);
}

/* What was read until now is still sent. */
static void sender_cut(struct sender *s, const char *why)
{
    s->input_done = s->cut = true;
    err_set(&s->why, ERR_INVALID, "%s", why);
}

/* A frame of n messages. */
static int sender_put_frame(struct sender *s, const struct frame *f, uint64_t n)
{
    if (s->put == s->accepted)
        s->since = cmd_now();
    int rc = session_put(s->session, f);
    s->put += rc == 0 ? n : 0;
    return rc;
}

static int sender_put(struct sender *s, struct span body)
{
    char tag[SENDASK_TAG_MAX];
    struct frame f = {
        .kind = FRAME_SEND,
        .to = span_of(s->job->address, strlen(s->job->address)),
        .headers = s->job->headers,
        .body = body,
    };
    if (s->asks != NULL) {
        f.kind = FRAME_ASK;
        f.millis = s->job->reply_ms;
        f.tag = sendask_sent(s->asks, cmd_now(), tag);
    }
    return sender_put_frame(s, &f, 1);
}

/* Many lines in one frame: none of them has anything of its own. */
static int sender_put_run(struct sender *s)
{
    struct span run;
    if (s->asks != NULL || s->job->headers.len > 0)
        return 0;
    uint64_t n = sendinput_run(&s->in, SENDER_RUN, &run);
    if (n == 0)
        return 0;
    struct frame f = {
        .kind = FRAME_LINES,
        .flags = (uint8_t)s->job->delimiter,
        .to = span_of(s->job->address, strlen(s->job->address)),
        .body = run,
    };
    int rc = sender_put_frame(s, &f, n);
    return rc == 0 ? 1 : rc;
}

static bool sender_wants_more(const struct sender *s)
{
    return !s->input_done && !s->ended && session_unsent(s->session) < SENDER_BATCH &&
           (s->asks == NULL || sendask_room(s->asks));
}

static void sender_put_input(struct sender *s)
{
    struct span body;
    while (sender_wants_more(s)) {
        int rc = sender_put_run(s);
        if (rc == 1)
            continue;
        rc = rc == 0 ? sendinput_next(&s->in, &body) : rc;
        if (rc == 1)
            rc = sender_put(s, body);
        else if (rc == 0 && s->in.done)
            s->input_done = true;
        else if (rc == 0)
            s->starved = true;
        if (rc != 0) {
            char why[160];
            snprintf(why, sizeof why, "message %" PRIu64 " is too large: 16 MiB is the most%s",
                     s->put + 1, s->in.delimiter < 0 ? "" : "; see -0 and -w");
            sender_cut(s, rc == ERR_TOO_LARGE ? why : err_name(rc));
        }
        if (s->starved)
            return;
    }
}

static void sender_fill(struct sender *s)
{
    if (s->job->message == NULL) {
        sender_put_input(s);
        return;
    }
    struct span body = span_of(s->job->message, strlen(s->job->message));
    while (sender_wants_more(s)) {
        int rc = s->put < s->job->count ? sender_put(s, body) : 0;
        if (rc != 0)
            sender_stop(s, err_name(rc));
        s->input_done = s->put == s->job->count;
    }
}

static void sender_accepted(struct sender *s, uint64_t number)
{
    if (number <= s->accepted)
        return;
    s->accepted = number;
    s->since = cmd_now();
}

static void sender_refused(struct sender *s, const struct frame *f)
{
    char why[ERR_TEXT_MAX];
    if (f->number > 0)
        sender_accepted(s, f->number - 1);
    snprintf(why, sizeof why, "%.*s", (int)f->text.len, (const char *)f->text.data);
    sender_stop(s, *why != '\0' ? why : err_name(f->code));
}

static void sender_take(struct sender *s, const struct frame *f)
{
    if (f->kind == FRAME_ACCEPTED) {
        sender_accepted(s, f->number);
    } else if (f->kind == FRAME_REFUSED) {
        sender_refused(s, f);
    } else if (f->kind == FRAME_DELIVER && s->asks != NULL) {
        int rc = sendask_answer(s->asks, f, cmd_now());
        if (rc == ERR_SYSTEM) {
            s->silent = errno == EPIPE;
            sender_stop(s, "cannot write the replies to standard output");
        } else if (rc != 0) {
            sender_stop(s, err_name(rc));
        }
    }
}

/* Takes all that has come. */
static void sender_receive(struct sender *s)
{
    while (!s->ended) {
        struct frame f;
        struct err e;
        int rc = session_next(s->session, &f, 0, &e);
        if (rc == ERR_TIMEOUT)
            return;
        if (rc == 0)
            sender_take(s, &f);
        else if (rc == ERR_CLOSED)
            sender_stop(s, "the supervisor ended");
        else
            sender_stop(s, e.text);
    }
}

static bool sender_all_accepted(const struct sender *s)
{
    return s->input_done && s->accepted == s->put && (s->asks == NULL || !sendask_pending(s->asks));
}

static int sender_sooner(int ms, int64_t left)
{
    left = left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : left;
    return ms < 0 || left < ms ? (int)left : ms;
}

/* How long may be slept: until a message must have been accepted, or the next progress line. */
static int sender_sleep(const struct sender *s, int64_t now)
{
    int ms = progress_wait(&s->progress, now);
    if (s->job->accept_ms >= 0 && s->accepted < s->put)
        ms = sender_sooner(ms, s->since + s->job->accept_ms - now);
    return s->settle_until > 0 ? sender_sooner(ms, s->settle_until - now) : ms;
}

/* The second one ends it at once. */
static void sender_interrupted(struct sender *s, int64_t now)
{
    sender_signal = 0;
    if (s->settle_until > 0 || s->asks != NULL) {
        sender_stop(s, "interrupted");
        return;
    }
    s->settle_until = now + SENDER_SETTLE_MS;
    sender_cut(s, "interrupted");
}

static void sender_check_time(struct sender *s, int64_t now)
{
    if (s->settle_until > 0 && now >= s->settle_until)
        sender_stop(s, "interrupted");
    if (s->job->accept_ms >= 0 && s->accepted < s->put && now - s->since >= s->job->accept_ms)
        sender_stop(s, "not accepted in time: the mailbox is full, or the actor cannot take it; "
                       "see `actorsup ps`");
}

/* One look at both ends; sleeps only when there is nothing to do. Signals come in here alone. */
static void sender_poll(struct sender *s, const sigset_t *open_mask)
{
    int64_t now = cmd_now();
    bool flushed = session_unsent(s->session) == 0;
    bool read_input = s->starved && s->job->message == NULL;
    struct pollfd p[] = {
        {.fd = session_fd(s->session), .events = (short)(POLLIN | (flushed ? 0 : POLLOUT))},
        {.fd = read_input ? s->in.fd : -1, .events = POLLIN},
    };
    bool busy = session_buffered(s->session) || (!read_input && sender_wants_more(s));
    int ms = busy ? 0 : sender_sleep(s, now);
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    fflush(stdout);
    int n = ppoll(p, 2, ms < 0 ? NULL : &t, open_mask);
    if (sender_signal != 0)
        sender_interrupted(s, cmd_now());
    if (n > 0 && p[1].revents != 0) {
        int rc = sendinput_read(&s->in);
        s->starved = rc == ERR_AGAIN;
        if (rc != 0 && rc != ERR_AGAIN)
            sender_cut(s, rc == ERR_SYSTEM ? "cannot read standard input" : err_name(rc));
    }
    now = cmd_now();
    sender_check_time(s, now);
    progress_draw(&s->progress, now, s->accepted,
                  s->job->message != NULL ? s->accepted : s->in.read);
}

static void sender_flush(struct sender *s)
{
    int rc = session_flush(s->session, 0);
    if (rc == 0 || rc == ERR_TIMEOUT)
        return;
    /* The reason may be on its way: what came before the end is read first. */
    sender_receive(s);
    sender_stop(s, rc == ERR_CLOSED ? "the supervisor ended" : err_name(rc));
}

static uint64_t sender_total(const struct sender_job *job)
{
    struct stat st;
    if (job->message != NULL)
        return job->count;
    if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);
    return at >= 0 && at < st.st_size ? (uint64_t)(st.st_size - at) : 0;
}

/* Interrupts are taken only while it polls, so that none is missed and none comes between. */
static void sender_signals(sigset_t *open_mask)
{
    struct sigaction act = {.sa_handler = sender_on_signal};
    sigset_t set;
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, open_mask);
    sigdelset(open_mask, SIGINT);
    sigdelset(open_mask, SIGTERM);
}

static int sender_status(const struct sender *s)
{
    if (s->silent)
        return CMD_NO;
    if ((s->ended || s->cut) && s->put == 0)
        return cmd_fail(CMD_NO, "%s", s->why.text);
    if (s->ended || s->cut)
        return cmd_fail(CMD_NO, "accepted %" PRIu64 " of %" PRIu64 "%s: %s", s->accepted, s->put,
                        s->input_done && !s->cut ? "" : " so far", s->why.text);
    return s->asks != NULL && sendask_failed(s->asks) > 0 ? CMD_NO : CMD_OK;
}

int sender_run(struct session *session, const struct sender_job *job)
{
    struct sender s = {.session = session, .job = job};
    sigset_t open_mask;
    sender_signals(&open_mask);
    sendinput_init(&s.in, STDIN_FILENO, job->delimiter);
    progress_init(&s.progress, job->progress, sender_total(job));
    if (job->ask) {
        char ends = job->delimiter == '\0' ? '\0' : '\n';
        s.asks = sendask_new(job->json, ends, job->reply_ms);
        if (s.asks == NULL)
            return cmd_fail(CMD_NO, "out of memory");
    }

    for (;;) {
        sender_receive(&s);
        sender_fill(&s);
        if (!s.ended)
            sender_flush(&s);
        if (s.ended || sender_all_accepted(&s))
            break;
        sender_poll(&s, &open_mask);
    }

    progress_end(&s.progress);
    int status = sender_status(&s);
    sendask_free(s.asks);
    sendinput_release(&s.in);
    return status;
}
