#include "wire/streamops.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Puts `other` in the place of the standard descriptor fd, and returns a duplicate of what was
 * there, or -1. */
static int stream_take_standard(int fd, int other)
{
    int taken = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    if (taken >= 0 && dup2(other, fd) < 0) {
        (void)close(taken);
        return -1;
    }
    return taken;
}

/* The frames have 0 and 1 to themselves: whatever else in the process reads gets nothing, and
 * what it prints goes to the log instead of between two frames. */
static int stream_dial_stdio(struct stream **out, struct err *e)
{
    int out_fd = -1;
    int in_fd = -1;
    int rc = ERR_SYSTEM;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0)
        return err_errno(e, "cannot open /dev/null");
    in_fd = stream_take_standard(0, null);
    if (in_fd >= 0)
        out_fd = stream_take_standard(1, 2);
    if (out_fd >= 0)
        rc = stream_from_fds(out, in_fd, out_fd, true, e);
    else
        (void)err_errno(e, "cannot take over standard input and output");
    (void)close(null);
    if (rc == 0)
        return 0;
    if (in_fd >= 0)
        (void)close(in_fd);
    if (out_fd >= 0)
        (void)close(out_fd);
    return rc;
}

static const char *const stream_schemes[] = {"ipc://", "tcp://", "ws://", "tls+tcp://"};

int stream_dial(struct stream **out, const char *url, int timeout_ms, struct err *e)
{
    if (strcmp(url, "stdio:") == 0)
        return stream_dial_stdio(out, e);
    for (size_t i = 0; i < sizeof(stream_schemes) / sizeof(stream_schemes[0]); i++)
        if (strncmp(url, stream_schemes[i], strlen(stream_schemes[i])) == 0)
            return stream_dial_nng(out, url, timeout_ms, e);
    return err_set(e, ERR_INVALID, "not a URL of ipc://, tcp://, ws://, tls+tcp:// or stdio: %s",
                   url);
}
