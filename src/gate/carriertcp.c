/* tcp: the bytes as they are. */
#include "gate/gateparts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static long carriertcp_read(struct passage *p, void *buf, size_t size)
{
    ssize_t n;

    do
        n = recv(p->net, buf, size, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
}

static long carriertcp_write(struct passage *p, const void *data, size_t len)
{
    ssize_t n;

    do
        n = send(p->net, data, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
}

static bool carriertcp_flush(struct passage *p)
{
    (void)p;
    return true;
}

static void carriertcp_finish(struct passage *p)
{
    (void)shutdown(p->net, SHUT_WR);
}

const struct carrier carrier_tcp = {
    .transport = "tcp",
    .read = carriertcp_read,
    .write = carriertcp_write,
    .flush = carriertcp_flush,
    .finish = carriertcp_finish,
};
