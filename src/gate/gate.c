#include "gate/gate.h"

#include "base/err.h"
#include "gate/gateparts.h"
#include "gate/tlsfiles.h"
#include "io/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define GATE_LOOPBACK "127.0.0.1"

enum {
    GATE_CONTROL = 0, /* the descriptor */
    GATE_BACKLOG = 512,
    GATE_ATTEMPTS = 8,    /* to listen, while others take the ports */
    GATE_STRANGERS = 256, /* connections that are not welcomed yet */
    GATE_SILENT_MS = 500, /* one that takes longer may lose its place */
    GATE_LOOK_MS = 100,   /* while there is no place, that is looked at again */
    GATE_ACCEPTED = 64,   /* at once */
    GATE_SAYS = 10,       /* lines for the log in GATE_SAYS_MS */
    GATE_SAYS_MS = 1000,
};

/* ---- to the supervisor ---- */

/* Waits until there is room. Without a supervisor there is nothing to do. */
static int gate_tell(const char *const *words, int fd)
{
    struct pollfd ready = {.fd = GATE_CONTROL, .events = POLLOUT};
    int rc;

    while ((rc = packet_send(GATE_CONTROL, words, fd)) == ERR_AGAIN)
        (void)poll(&ready, 1, -1);
    if (rc == ERR_CLOSED)
        _exit(0);
    return rc;
}

void gate_says(struct gate *g, const char *transport, const char *fmt, ...)
{
    char text[512];
    const char *words[] = {"says", transport, text, NULL};
    va_list ap;

    if (loop_now(g->loop) - g->said_since >= GATE_SAYS_MS) {
        g->said_since = loop_now(g->loop);
        g->said = 0;
    }
    if (g->said >= GATE_SAYS) {
        if (g->unsaid++ == 0)
            (void)loop_timer_start(&g->quiet, GATE_SAYS_MS);
        return;
    }
    g->said++;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (g->dials != NULL)
        (void)fprintf(stderr, "actorsup: %s: %s\n", g->dials, text);
    else
        (void)gate_tell(words, -1);
}

static void gate_counts(void *arg)
{
    struct gate *g = arg;
    unsigned n = g->unsaid;

    g->unsaid = 0;
    g->said = 0;
    gate_says(g, "all", "%u more were turned away, not told of each", n);
}

int gate_hands_over(struct gate *g, const char *transport, int fd)
{
    const char *words[] = {"here", transport, NULL};

    (void)g;
    return gate_tell(words, fd);
}

static void gate_fails(const char *transport, const char *why)
{
    const char *words[] = {"fails", transport, why, NULL};

    (void)gate_tell(words, -1);
}

/* ---- who connects ---- */

static void gate_doors(struct gate *g, int want)
{
    for (size_t i = 0; i < sizeof(g->doors) / sizeof(g->doors[0]); i++)
        if (g->doors[i].io != NULL)
            loop_io_want(g->doors[i].io, want);
}

void gate_left(struct gate *g)
{
    gate_doors(g, LOOP_IN);
}

static void gate_look(void *arg)
{
    gate_left(arg);
}

static bool gate_has_place(struct gate *g)
{
    return g->strangers < GATE_STRANGERS || passage_drop_stranger(g, GATE_SILENT_MS);
}

/* Those who would connect wait: until a stranger leaves, or has been one for too long. */
static void gate_pause(struct gate *g)
{
    gate_doors(g, 0);
    (void)loop_timer_start(&g->crowd, GATE_LOOK_MS);
}

static void gate_accept(void *arg, int events)
{
    struct door *d = arg;

    (void)events;
    for (int i = 0; i < GATE_ACCEPTED; i++) {
        if (!gate_has_place(d->gate)) {
            gate_pause(d->gate);
            return;
        }
        // cppcheck-suppress nullPointer
        int fd = accept4(d->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            passage_begin(d, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            (void)passage_drop_stranger(d->gate, 0);
            gate_pause(d->gate);
        }
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

/* ---- from the supervisor ---- */

static struct door *gate_door(struct gate *g, const char *transport)
{
    for (size_t i = 0; i < sizeof(g->doors) / sizeof(g->doors[0]); i++)
        if (g->doors[i].carrier != NULL && strcmp(g->doors[i].carrier->transport, transport) == 0)
            return &g->doors[i];
    return NULL;
}

/* At a numeric address. 0, or -1 with errno. */
static int gate_bind(int fd, int family, const char *address, unsigned port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } at = {.in6 = {.sin6_port = htons((uint16_t)port)}};
    const int on = 1;
    void *raw = family == AF_INET6 ? (void *)&at.in6.sin6_addr : (void *)&at.in.sin_addr;

    at.any.sa_family = (sa_family_t)family;
    if (inet_pton(family, address, raw) != 1) {
        errno = EINVAL;
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return bind(fd, &at.any, family == AF_INET6 ? sizeof(at.in6) : sizeof(at.in));
}

/* At this port, or none: a port of which others are about to listen as well is told by listen(). */
static int gate_listen_at(const char *address, unsigned port)
{
    int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || (gate_bind(fd, family, address, port) == 0 && listen(fd, GATE_BACKLOG) == 0))
        return fd;
    int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

/* Where actors connect a port that is taken is any other: they are told which. */
static int gate_listen_on(const char *address, unsigned port)
{
    int fd = gate_listen_at(address, port);

    for (int i = 0;
         i < GATE_ATTEMPTS && fd < 0 && errno == EADDRINUSE && strcmp(address, GATE_LOOPBACK) == 0;
         i++)
        fd = gate_listen_at(address, 0);
    return fd;
}

static void gate_tell_port(const struct door *d)
{
    struct sockaddr_in6 at = {.sin6_port = 0}; /* the port stands where it does in sockaddr_in */
    socklen_t len = sizeof(at);
    char port[8];
    const char *words[] = {"listens", d->carrier->transport, port, NULL};

    (void)getsockname(d->fd, (struct sockaddr *)&at, &len);
    (void)snprintf(port, sizeof(port), "%u", (unsigned)ntohs(at.sin6_port));
    (void)gate_tell(words, -1);
}

static void gate_listen(struct gate *g, char *const *words)
{
    struct door *d = gate_door(g, words[1]);

    if (d == NULL) {
        gate_fails(words[1], "there is no such transport");
        return;
    }
    if ((d->carrier == &carrier_tls || d->carrier == &carrier_join) && g->tls == NULL)
        return; /* why, was told */
    if (d->fd < 0) {
        d->fd = gate_listen_on(words[3], (unsigned)strtoul(words[2], NULL, 10));
        if (d->fd < 0) {
            gate_fails(words[1], strerror(errno));
            return;
        }
        d->io = loop_io_new(g->loop, d->fd, gate_accept, d);
        if (d->io == NULL) {
            gate_fails(words[1], "out of memory");
            return;
        }
        loop_io_want(d->io, LOOP_IN);
    }
    gate_tell_port(d);
}

/* Connections that are there keep what they were shown. */
static void gate_certify(struct gate *g, char *const *words)
{
    struct err e = {0, ""};
    SSL_CTX *fresh = tlsfiles_load(words[1], words[2], &e);

    if (fresh == NULL) {
        gate_fails("tls", e.text);
        return;
    }
    SSL_CTX_free(g->tls);
    g->tls = fresh;
}

static const struct gate_command {
    const char *word;
    size_t n; /* words, itself included */
    void (*run)(struct gate *g, char *const *words);
} gate_commands[] = {
    {"listen", 4, gate_listen},
    {"tls", 3, gate_certify},
};

static void gate_control(void *arg, int events)
{
    static struct packet packet;
    struct gate *g = arg;
    int rc;

    (void)events;
    while ((rc = packet_receive(GATE_CONTROL, &packet)) == 0) {
        if (packet.fd >= 0)
            (void)close(packet.fd);
        for (size_t i = 0; i < sizeof(gate_commands) / sizeof(gate_commands[0]); i++)
            if (packet.n == gate_commands[i].n &&
                strcmp(packet.words[0], gate_commands[i].word) == 0)
                gate_commands[i].run(g, packet.words);
    }
    if (rc != ERR_AGAIN)
        loop_stop(g->loop);
}

/* ---- from start to end ---- */

static int gate_init(struct gate *g)
{
    static const struct carrier *const carriers[] = {&carrier_tcp, &carrier_ws, &carrier_tls,
                                                     &carrier_join};
    struct err e;

    g->loop = loop_new(&e);
    if (g->loop == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < sizeof(g->doors) / sizeof(g->doors[0]); i++)
        g->doors[i] = (struct door){.gate = g, .fd = -1};
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
        g->doors[i].carrier = carriers[i];
    loop_timer_init(&g->crowd, g->loop, gate_look, g);
    loop_timer_init(&g->quiet, g->loop, gate_counts, g);
    g->said_since = loop_now(g->loop);
    g->control = loop_io_new(g->loop, GATE_CONTROL, gate_control, g);
    if (g->control == NULL)
        return ERR_NOMEM;
    loop_io_want(g->control, LOOP_IN);
    return 0;
}

/* check CERT KEY CA NAME: a line for what is wrong, which begins with the number of the file. */
static int gate_check(char **argv)
{
    struct err e = {0, "out of memory"};
    enum tlsfiles_which which = tlsfiles_check(argv[0], argv[1], argv[2], argv[3], &e);

    if (which == TLSFILES_NONE)
        return 0;
    (void)printf("%d %s\n", (int)which - TLSFILES_CERT, e.text);
    return 1;
}

int gate_main(int argc, char **argv)
{
    static struct gate gate;
    struct rlimit files;
    int type = 0;
    socklen_t len = sizeof(type);

    if (argc == 6 && strcmp(argv[1], "check") == 0)
        return gate_check(argv + 2);
    if (argc == 6 && strcmp(argv[1], "dial") == 0)
        return gate_dial(argv + 2);
    if (argc != 1 || getsockopt(GATE_CONTROL, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
        type != SOCK_SEQPACKET) {
        (void)fputs(
            "actorsup-gate: this is started by actorsup itself, for transports over the network\n",
            stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (gate_init(&gate) != 0)
        return 1;
    return loop_run(gate.loop) == 0 ? 0 : 1;
}
