/* Answers that go on. */
#include "cmd/cmd.h"
#include "cmd/ctl.h"
#include "cmd/link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t ctlstream_interrupted;

static void ctlstream_interrupt(int signo)
{
    (void)signo;
    ctlstream_interrupted = 1;
}

/* Before the first thread is started, so that none of them gets the signals. open: the mask with
 * which they come. */
static void ctlstream_signals(sigset_t *open)
{
    struct sigaction action = {.sa_handler = ctlstream_interrupt};
    sigset_t both;
    sigemptyset(&action.sa_mask);
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_BLOCK, &both, open);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Until there is something to read. False: interrupted, or nobody reads what is printed. */
static bool ctlstream_wait(struct session *s, const sigset_t *open)
{
    while (!session_buffered(s)) {
        struct pollfd p[] = {{.fd = session_fd(s), .events = POLLIN}, {.fd = STDOUT_FILENO}};
        if (ctlstream_interrupted)
            return false;
        if (ppoll(p, 2, NULL, open) < 0)
            continue;
        if ((p[1].revents & (POLLERR | POLLNVAL)) != 0)
            return false;
        if (p[0].revents != 0)
            break;
    }
    return !ctlstream_interrupted;
}

/* What is printed may have to wait for its reader: an interrupt ends that too. */
static bool ctlstream_take(ctl_stream_cb *cb, void *arg, const struct frame *f,
                           const sigset_t *open)
{
    sigset_t closed;
    sigprocmask(SIG_SETMASK, open, &closed);
    bool on = cb(arg, f->body.data, f->body.len);
    sigprocmask(SIG_SETMASK, &closed, NULL);
    return on;
}

static int ctlstream_run(struct session *s, ctl_stream_cb *cb, void *arg, const sigset_t *open,
                         struct err *e)
{
    while (ctlstream_wait(s, open)) {
        struct frame f;
        int rc = session_next(s, &f, (int)link_answer_ms(), e);
        if (rc == ERR_TIMEOUT)
            continue;
        if (rc == ERR_CLOSED)
            return err_set(e, rc, "the supervisor has ended; see `actorsup logs actorsup`");
        if (rc != 0)
            return rc;
        if (f.kind != FRAME_RESULT)
            continue;
        if ((f.flags & FRAME_MORE) == 0)
            return ctl_last(&f, e);
        if (!ctlstream_take(cb, arg, &f, open))
            break;
    }
    return 0;
}

int ctl_stream(const char *system, json_t *request, ctl_stream_cb *cb, void *arg, struct err *e)
{
    struct session *s = NULL;
    sigset_t open;
    char *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (text == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    ctlstream_signals(&open);
    int rc = link_open(system, FRAME_ROLE_CONTROL, &s, e);
    if (rc == 0) {
        struct frame f = {.kind = FRAME_CALL, .body = span_of(text, strlen(text))};
        rc = session_put(s, &f);
        if (rc == 0)
            rc = session_flush(s, (int)link_answer_ms());
        if (rc != 0)
            err_set(e, rc, "the supervisor did not take the request: %s", err_name(rc));
        else
            rc = ctlstream_run(s, cb, arg, &open, e);
        if (rc == ERR_NOT_RUNNING) /* it did run */
            rc = e->code = ERR_REFUSED;
    }
    session_close(s);
    free(text);
    return rc;
}
