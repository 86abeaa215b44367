/* The other end of a gate: what is said on a socket here is carried there by TLS. */
#include "gate/gateparts.h"
#include "gate/tlsfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DIAL_OWN = 0, DIAL_MS = 10000, DIAL_BAD_FILES = 2 };

/* Connects, within its time. 0, or -1 with errno. */
static int dial_connect(int fd, const struct addrinfo *a)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t len = sizeof(error);

    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return -1;
    int n = poll(&p, 1, DIAL_MS);
    if (n > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
        return 0;
    errno = n == 0 ? ETIMEDOUT : error;
    return -1;
}

/* A connection to one of its addresses; -1, and why is said. */
static int dial_host(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL;
    int rc = getaddrinfo(host, port, &hints, &all), fd = -1;

    for (const struct addrinfo *a = all; rc == 0 && a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && dial_connect(fd, a) != 0) {
            int error = errno;
            (void)close(fd);
            fd = -1;
            errno = error;
        }
    }
    if (fd < 0)
        (void)fprintf(stderr, "actorsup: %s port %s: %s\n", host, port,
                      rc != 0 ? gai_strerror(rc) : strerror(errno));
    if (all != NULL)
        freeaddrinfo(all);
    return fd;
}

int gate_dial(char **argv)
{
    static struct gate g;
    struct err e = {0, "out of memory"};
    struct door *d = &g.doors[0];

    (void)signal(SIGPIPE, SIG_IGN);
    g.dials = argv[3];
    g.tls = tlsfiles_client(argv[2], &e);
    g.loop = g.tls == NULL ? NULL : loop_new(&e);
    if (g.loop == NULL) {
        (void)fprintf(stderr, "actorsup: %s%s\n", g.tls == NULL ? "--ca: " : "", e.text);
        return DIAL_BAD_FILES;
    }
    int fd = dial_host(argv[0], argv[1]);
    if (fd < 0)
        return 1;
    *d = (struct door){.gate = &g, .carrier = &carrier_dial, .fd = -1};
    (void)fcntl(DIAL_OWN, F_SETFL, O_NONBLOCK);
    passage_begin(d, fd);
    if (g.passages == NULL)
        return 1;
    passage_adopt(g.passages, DIAL_OWN);
    return loop_run(g.loop) == 0 ? 0 : 1;
}
