/* The door of a node: what was launched comes in by a socket in its run folder, hands over its
 * standard input and output, and stays until the connection ends, for its launcher waits for it;
 * and when the node ends, until nothing of that is left. */
#include "engine/events.h"
#include "io/packet.h"
#include "node/nodeparts.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NODEDOOR_NAME "door"

enum {
    NODEDOOR_BACKLOG = 16,
    NODEDOOR_LAST_MS = 5000, /* for the guardian to end behind its node */
};

static int nodedoor_address(const struct rundir *r, struct sockaddr_un *a)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(a->sun_path, sizeof(a->sun_path), "%s/" NODEDOOR_NAME, rundir_path(r));
    return n < 0 || (size_t)n >= sizeof(a->sun_path) ? ERR_TOO_LARGE : 0;
}

/* --- from inside --- */

static void nodedoor_close_fd(struct loop_io **io, int *fd)
{
    loop_io_free(*io);
    *io = NULL;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void nodedoor_close_word(struct node *n)
{
    nodedoor_close_fd(&n->word_io, &n->word);
    for (int i = 0; i < 2; i++) {
        int *fd = i == 0 ? &n->in : &n->out;
        if (*fd >= 0)
            (void)close(*fd);
        *fd = -1;
    }
}

static void nodedoor_word(void *arg, int events)
{
    struct node *n = arg;
    struct packet p;

    (void)events;
    int rc = packet_receive(n->word, &p);
    if (rc == ERR_AGAIN)
        return;
    if (rc != 0) {
        trunk_detach(n->trunk);
        node_left(n, "what was launched has ended");
        return;
    }
    int *fd = p.n == 1 && strcmp(p.words[0], "in") == 0 ? &n->in : &n->out;
    if (p.fd >= 0 && *fd < 0)
        *fd = p.fd;
    else if (p.fd >= 0)
        (void)close(p.fd);
    if (n->in < 0 || n->out < 0)
        return;
    int in = n->in, out = n->out;
    n->in = n->out = -1;
    node_attached(n, in, out);
}

/* Of the same supervisor the newest is right: one that was before hangs, or its launcher is gone.
 * Another's has to wait until nothing is heard of this one. */
static bool nodedoor_lets(const struct node *n, const char *run)
{
    bool ours = *run == '\0' || n->run[0] == '\0' || strcmp(run, n->run) == 0;

    return ours || !trunk_attached(n->trunk) ||
           loop_now(n->sys->loop) - trunk_heard(n->trunk) >= n->answer_ms;
}

static void nodedoor_admit(struct node *n, const char *run)
{
    const char *const yes[] = {"yes", NULL};

    trunk_detach(n->trunk);
    nodedoor_close_word(n);
    (void)snprintf(n->run, sizeof(n->run), "%s", run);
    loop_io_free(n->guest_io);
    n->guest_io = NULL;
    n->word = n->guest;
    n->guest = -1;
    n->word_io = loop_io_new(n->sys->loop, n->word, nodedoor_word, n);
    if (n->word_io == NULL || packet_send(n->word, yes, -1) != 0)
        nodedoor_close_word(n);
    else
        loop_io_want(n->word_io, LOOP_IN);
}

/* Whom it comes from. */
static void nodedoor_guest(void *arg, int events)
{
    const char *const no[] = {"no", NULL};
    struct node *n = arg;
    struct packet p;

    (void)events;
    int rc = packet_receive(n->guest, &p);
    if (rc == ERR_AGAIN)
        return;
    if (rc == 0 && p.fd >= 0)
        (void)close(p.fd);
    const char *run = rc == 0 && p.n == 2 ? p.words[1] : "";
    if (rc == 0 && nodedoor_lets(n, run)) {
        nodedoor_admit(n, run);
        return;
    }
    if (rc == 0)
        (void)packet_send(n->guest, no, -1);
    nodedoor_close_fd(&n->guest_io, &n->guest);
}

static void nodedoor_accept(void *arg, int events)
{
    struct node *n = arg;
    // cppcheck-suppress nullPointer
    int fd = accept4(n->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd < 0)
        return;
    nodedoor_close_fd(&n->guest_io, &n->guest);
    n->guest = fd;
    n->guest_io = loop_io_new(n->sys->loop, fd, nodedoor_guest, n);
    if (n->guest_io == NULL)
        nodedoor_close_fd(&n->guest_io, &n->guest);
    else
        loop_io_want(n->guest_io, LOOP_IN);
}

int nodedoor_open(struct node *n, struct err *e)
{
    struct sockaddr_un a;

    n->word = n->guest = n->in = n->out = -1;
    if (nodedoor_address(n->sys->rundir, &a) != 0)
        return err_set(e, ERR_TOO_LARGE, "the path of the run folder is too long");
    (void)unlink(a.sun_path);
    n->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->listener < 0 || bind(n->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        chmod(a.sun_path, 0600) != 0 || listen(n->listener, NODEDOOR_BACKLOG) != 0)
        return err_errno(e, "cannot listen at %s", a.sun_path);
    n->listener_io = loop_io_new(n->sys->loop, n->listener, nodedoor_accept, n);
    if (n->listener_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_io_want(n->listener_io, LOOP_IN);
    return 0;
}

/* Its guardian, which is the last of it, goes to who is to wait for that. */
static void nodedoor_tell_last(const struct node *n)
{
    const char *const last[] = {"last", NULL};
    int guardian = n->word < 0 ? -1 : pidfd_open(getppid(), 0);

    if (guardian < 0)
        return;
    (void)packet_send(n->word, last, guardian);
    (void)close(guardian);
}

void nodedoor_close(struct node *n)
{
    struct sockaddr_un a;

    nodedoor_tell_last(n);
    nodedoor_close_word(n);
    nodedoor_close_fd(&n->guest_io, &n->guest);
    nodedoor_close_fd(&n->listener_io, &n->listener);
    if (nodedoor_address(n->sys->rundir, &a) == 0)
        (void)unlink(a.sun_path);
}

/* --- from outside --- */

static int nodedoor_dial(const struct rundir *r)
{
    struct sockaddr_un a;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd >= 0 && nodedoor_address(r, &a) == 0 &&
        connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

bool nodedoor_try(const struct rundir *r)
{
    int fd = nodedoor_dial(r);

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* 1: it may go in, 0: it may not, -1: the node is gone. */
static int nodedoor_asked(int fd, const char *run)
{
    const char *const who[] = {"run", run, NULL};
    char answer[8];
    ssize_t n;

    if (packet_send(fd, who, -1) != 0)
        return -1;
    do
        n = recv(fd, answer, sizeof(answer), 0);
    while (n < 0 && errno == EINTR);
    return n <= 0 ? -1 : answer[0] == 'y';
}

static void nodedoor_await(int fd, int ms)
{
    struct pollfd p = {fd, POLLIN, 0};

    while (poll(&p, 1, ms) < 0 && errno == EINTR)
        ;
}

/* Until the connection ends, and the node when it does that. */
static void nodedoor_stay(int fd)
{
    struct packet last;

    nodedoor_await(fd, -1);
    if (packet_receive(fd, &last) != 0 || last.fd < 0)
        return;
    nodedoor_await(last.fd, NODEDOOR_LAST_MS);
    (void)close(last.fd);
}

static int nodedoor_hand(int fd, int in, int out)
{
    const char *const words[][2] = {{"in", NULL}, {"out", NULL}};

    if (packet_send(fd, words[0], in) != 0 || packet_send(fd, words[1], out) != 0)
        return 1;
    /* Nobody else but the node may keep them open. */
    (void)close(in);
    if (out != in)
        (void)close(out);
    nodedoor_stay(fd);
    return 0;
}

int nodedoor_enter(const struct rundir *r, const struct nodedoor_call *c)
{
    int fd = nodedoor_dial(r), status = 1;

    if (fd < 0) {
        (void)fprintf(stderr, "actorsup: %s/" NODEDOOR_NAME ": %s\n", rundir_path(r),
                      strerror(errno));
        return 1;
    }
    int may = nodedoor_asked(fd, c->run);
    const char *say = may == 1 ? c->first : may == 0 ? c->refused : "";
    size_t n = strlen(say);
    if (write(c->out, say, n) == (ssize_t)n && may == 1)
        status = nodedoor_hand(fd, c->in, c->out);
    (void)close(fd);
    return status;
}
