#include "wire/streamops.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct stream_fds {
    struct stream base;
    int in;
    int out;
    bool owned;
    bool in_socket;  /* asked for with MSG_DONTWAIT rather than by changing its flags */
    bool out_socket; /* also: no SIGPIPE from it */
    int in_flags;    /* to be given back; -1: unchanged */
    int out_flags;
};

static long stream_fds_read(struct stream *base, void *buf, size_t size)
{
    struct stream_fds *s = (struct stream_fds *)base;
    ssize_t n;

    do {
        n = s->in_socket ? recv(s->in, buf, size, MSG_DONTWAIT) : read(s->in, buf, size);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n == 0 || errno == ECONNRESET)
        return ERR_CLOSED;
    return errno == EAGAIN ? ERR_AGAIN : ERR_SYSTEM;
}

/* A pipe whose reader is gone must not end a process that did not ask for it: the signal is
 * held back for the write, and taken if it is ours. */
static ssize_t stream_fds_write_pipe(int fd, const void *data, size_t len)
{
    sigset_t pipe_set, old, pending;
    const struct timespec none = {0, 0};

    (void)sigemptyset(&pipe_set);
    (void)sigaddset(&pipe_set, SIGPIPE);
    (void)sigemptyset(&pending);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
    if (sigismember(&old, SIGPIPE) == 1) /* else none can be pending: it would have come */
        (void)sigpending(&pending);
    ssize_t n = write(fd, data, len);
    int saved = errno;
    if (n < 0 && saved == EPIPE && sigismember(&pending, SIGPIPE) == 0)
        (void)sigtimedwait(&pipe_set, NULL, &none);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = saved;
    return n;
}

static long stream_fds_write(struct stream *base, const void *data, size_t len)
{
    struct stream_fds *s = (struct stream_fds *)base;
    ssize_t n;

    do {
        n = s->out_socket ? send(s->out, data, len, MSG_DONTWAIT | MSG_NOSIGNAL)
                          : stream_fds_write_pipe(s->out, data, len);
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return n;
    if (errno == EPIPE || errno == ECONNRESET)
        return ERR_CLOSED;
    return errno == EAGAIN ? ERR_AGAIN : ERR_SYSTEM;
}

static int stream_fds_wait(struct stream *base, int want, int timeout_ms)
{
    struct stream_fds *s = (struct stream_fds *)base;
    struct pollfd fds[2] = {{.fd = (want & STREAM_IN) != 0 ? s->in : -1, .events = POLLIN},
                            {.fd = (want & STREAM_OUT) != 0 ? s->out : -1, .events = POLLOUT}};
    int64_t start = stream_now();
    int n;

    if ((want & STREAM_DRAINED) != 0)
        return STREAM_DRAINED;
    do {
        n = poll(fds, 2, stream_left(start, timeout_ms));
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return want;
    return (fds[0].revents != 0 ? STREAM_IN : 0) | (fds[1].revents != 0 ? STREAM_OUT : 0);
}

static int stream_fds_fd(struct stream *base)
{
    return ((struct stream_fds *)base)->in;
}

static void stream_fds_close(struct stream *base)
{
    struct stream_fds *s = (struct stream_fds *)base;

    if (s->in_flags >= 0)
        (void)fcntl(s->in, F_SETFL, s->in_flags);
    if (s->out_flags >= 0)
        (void)fcntl(s->out, F_SETFL, s->out_flags);
    if (s->owned) {
        (void)close(s->in);
        if (s->out != s->in)
            (void)close(s->out);
    }
    free(s);
}

static const struct stream_ops stream_fds_ops = {
    .read = stream_fds_read,
    .write = stream_fds_write,
    .wait = stream_fds_wait,
    .fd = stream_fds_fd,
    .close = stream_fds_close,
};

/* The flags that it had, or -1 when it has been non-blocking all the time. */
static int stream_fds_unblock(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || (flags & O_NONBLOCK) != 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return -1;
    return flags;
}

static bool stream_fds_is_socket(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int stream_from_fds(struct stream **out, int in_fd, int out_fd, bool owned, struct err *e)
{
    if (fcntl(in_fd, F_GETFD) < 0 || fcntl(out_fd, F_GETFD) < 0)
        return err_errno(e, "descriptors %d and %d are to be a stream", in_fd, out_fd);
    struct stream_fds *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return err_set(e, ERR_NOMEM, "no memory for a stream");
    *s = (struct stream_fds){.base = {&stream_fds_ops},
                             .in = in_fd,
                             .out = out_fd,
                             .owned = owned,
                             .in_socket = stream_fds_is_socket(in_fd),
                             .out_socket = stream_fds_is_socket(out_fd),
                             .in_flags = -1,
                             .out_flags = -1};
    if (!s->in_socket)
        s->in_flags = stream_fds_unblock(in_fd);
    if (!s->out_socket)
        s->out_flags = stream_fds_unblock(out_fd);
    *out = &s->base;
    return 0;
}

/* A unix socket's connect waits while the backlog is full, for as long as SO_SNDTIMEO says. */
static int stream_connect(int fd, const struct sockaddr_un *to, int timeout_ms)
{
    struct timeval limit = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};
    int n;

    if (timeout_ms == 0)
        limit.tv_usec = 1000;
    if (timeout_ms >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    do {
        n = connect(fd, (const struct sockaddr *)to, sizeof(*to));
    } while (n != 0 && errno == EINTR);
    return n;
}

int stream_dial_plain(struct stream **out, const char *path, int timeout_ms, struct err *e)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    int rc;

    if (len >= sizeof(to.sun_path))
        return err_set(e, ERR_TOO_LARGE, "the path of a socket is over %zu bytes: %s",
                       sizeof(to.sun_path) - 1, path);
    memcpy(to.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    if (stream_connect(fd, &to, timeout_ms) == 0) {
        rc = stream_from_fds(out, fd, fd, true, e);
    } else if (errno == ENOENT || errno == ECONNREFUSED) {
        rc = err_set(e, ERR_NOT_RUNNING, "nothing listens at %s", path);
    } else if (errno == EAGAIN) {
        rc = err_set(e, ERR_TIMEOUT, "no answer at %s", path);
    } else {
        rc = err_errno(e, "cannot connect to %s", path);
    }
    if (rc != 0)
        (void)close(fd);
    return rc;
}
