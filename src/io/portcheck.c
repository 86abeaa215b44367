#include "io/portcheck.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const portcheck_here[] = {"127.0.0.1", "::1"};
enum { PORTCHECK_HERE = sizeof(portcheck_here) / sizeof(portcheck_here[0]) };

void portcheck_init(struct portcheck *c, struct loop *l, portcheck_cb *cb, void *arg)
{
    *c = (struct portcheck){.loop = l, .cb = cb, .arg = arg, .fd = -1};
}

void portcheck_stop(struct portcheck *c)
{
    loop_io_free(c->io);
    c->io = NULL;
    if (c->fd >= 0)
        (void)close(c->fd);
    c->fd = -1;
}

static socklen_t portcheck_address(const char *host, unsigned port, struct sockaddr_storage *to)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

    if (inet_pton(AF_INET, host, &four.sin_addr) == 1) {
        memcpy(to, &four, sizeof(four));
        return sizeof(four);
    }
    if (inet_pton(AF_INET6, host, &six.sin6_addr) != 1)
        return 0;
    memcpy(to, &six, sizeof(six));
    return sizeof(six);
}

/* A port out of the range of those that are given to clients can be connected to itself, with
 * nobody listening. */
static bool portcheck_is_self(int fd)
{
    struct sockaddr_storage here = {0}, there = {0};
    socklen_t n = sizeof(here), m = sizeof(there);

    return getsockname(fd, (struct sockaddr *)&here, &n) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &m) == 0 && n == m &&
           memcmp(&here, &there, n) == 0;
}

static void portcheck_next(struct portcheck *c);

/* The address of this turn has answered; 0: it takes connections. */
static void portcheck_answer(struct portcheck *c, int error)
{
    if (error == 0 && portcheck_is_self(c->fd))
        error = ECONNREFUSED;
    portcheck_stop(c);
    bool ours = error == EMFILE || error == ENFILE || error == ENOMEM;
    if (error != 0 && !ours && c->host == NULL && c->turn < PORTCHECK_HERE)
        portcheck_next(c);
    else
        c->cb(c->arg, error);
}

static void portcheck_event(void *arg, int events)
{
    struct portcheck *c = arg;
    int error = 0;
    socklen_t n = sizeof(error);

    (void)events;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
        error = errno;
    portcheck_answer(c, error);
}

static void portcheck_next(struct portcheck *c)
{
    const char *host = c->host != NULL ? c->host : portcheck_here[c->turn];
    struct sockaddr_storage to = {0};
    socklen_t n = portcheck_address(host, c->port, &to);

    c->turn++;
    c->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        portcheck_answer(c, errno);
        return;
    }
    int error = connect(c->fd, (struct sockaddr *)&to, n) == 0 ? 0 : errno;
    if (error != EINPROGRESS) {
        portcheck_answer(c, error);
        return;
    }
    c->io = loop_io_new(c->loop, c->fd, portcheck_event, c);
    if (c->io == NULL)
        portcheck_answer(c, ENOMEM);
    else
        loop_io_want(c->io, LOOP_OUT);
}

void portcheck_start(struct portcheck *c, const char *host, unsigned port)
{
    portcheck_stop(c);
    c->host = host;
    c->port = port;
    c->turn = 0;
    portcheck_next(c);
}
