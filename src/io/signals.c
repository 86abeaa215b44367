#include "io/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { SIGNALS_AT_ONCE = 8 };

struct signals {
    int fd;
    struct loop_io *io;
    sigset_t set;
    struct {
        loop_signal_cb *cb;
        void *arg;
    } handlers[NSIG];
};

static void signals_event(void *arg, int events)
{
    struct signals *s = arg;
    struct signalfd_siginfo info[SIGNALS_AT_ONCE];
    ssize_t n = read(s->fd, info, sizeof(info));

    (void)events;
    for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(info[0]); i++) {
        uint32_t signo = info[i].ssi_signo;
        if (signo < NSIG && s->handlers[signo].cb != NULL)
            s->handlers[signo].cb(s->handlers[signo].arg, (int)signo);
    }
}

static struct signals *signals_new(struct loop *l)
{
    struct signals *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    (void)sigemptyset(&s->set);
    s->fd = signalfd(-1, &s->set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (s->fd >= 0)
        s->io = loop_io_new(l, s->fd, signals_event, s);
    if (s->io == NULL) {
        if (s->fd >= 0)
            (void)close(s->fd);
        free(s);
        return NULL;
    }
    loop_io_want(s->io, LOOP_IN);
    return s;
}

int signals_watch(struct signals **at, struct loop *l, int signo, loop_signal_cb *cb, void *arg)
{
    sigset_t one;

    if (signo <= 0 || signo >= NSIG || signo == SIGKILL || signo == SIGSTOP)
        return ERR_SYSTEM;
    if (*at == NULL && (*at = signals_new(l)) == NULL)
        return ERR_SYSTEM;
    struct signals *s = *at;
    (void)sigemptyset(&one);
    (void)sigaddset(&one, signo);
    (void)sigaddset(&s->set, signo);
    if (pthread_sigmask(SIG_BLOCK, &one, NULL) != 0 || signalfd(s->fd, &s->set, 0) < 0)
        return ERR_SYSTEM;
    s->handlers[signo].cb = cb;
    s->handlers[signo].arg = arg;
    return 0;
}

void signals_free(struct signals *s)
{
    const struct timespec none = {0, 0};

    if (s == NULL)
        return;
    loop_io_free(s->io);
    (void)close(s->fd);
    while (sigtimedwait(&s->set, NULL, &none) > 0 || errno == EINTR)
        ;
    (void)pthread_sigmask(SIG_UNBLOCK, &s->set, NULL);
    free(s);
}
