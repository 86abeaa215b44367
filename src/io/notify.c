#include "io/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    NOTIFY_READY = 1,
    NOTIFY_STOPPING = 2,
    NOTIFY_ALIVE = 4,
    NOTIFY_STATUS = 8,
    NOTIFY_RELOADING = 16,
};

struct notify {
    struct loop *loop;
    struct sockaddr_un address;
    socklen_t address_len;
    int fd;             /* connected; -1: not now */
    struct loop_io *io; /* wanted while the manager's queue is full */
    unsigned due;       /* NOTIFY_*: to be told */
    unsigned told;      /* what is told once and was */
    char status[256];
    uint64_t reloading; /* since when, in us of CLOCK_MONOTONIC, as systemd wants it */
    struct loop_timer watchdog;
    int64_t every; /* ms; 0: no signs of life */
};

static int64_t notify_number(const char *text)
{
    char *end;

    if (text == NULL || *text < '0' || *text > '9')
        return 0;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' ? n : 0;
}

void notify_take(struct notify_opts *o)
{
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    const char *path = getenv(names[0]), *pid = getenv(names[2]);

    memset(o, 0, sizeof(*o));
    if (path != NULL && (*path == '/' || *path == '@') && strlen(path) < sizeof(o->socket))
        (void)snprintf(o->socket, sizeof(o->socket), "%s", path);
    if (pid == NULL || notify_number(pid) == getpid()) {
        int64_t us = notify_number(getenv(names[1]));
        o->watchdog_ms = us > 0 && us < 1000 ? 1 : us / 1000;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unsetenv(names[i]);
}

static void notify_close(struct notify *n)
{
    loop_io_free(n->io);
    n->io = NULL;
    if (n->fd >= 0)
        (void)close(n->fd);
    n->fd = -1;
}

static void notify_flush(struct notify *n);

static void notify_writable(void *arg, int events)
{
    (void)events;
    notify_flush(arg);
}

static int notify_open(struct notify *n)
{
    if (n->fd >= 0)
        return 0;
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->fd < 0 || connect(n->fd, (struct sockaddr *)&n->address, n->address_len) != 0 ||
        (n->io = loop_io_new(n->loop, n->fd, notify_writable, n)) == NULL) {
        notify_close(n);
        return ERR_SYSTEM;
    }
    return 0;
}

/* 0, or what errno says. */
static int notify_send(struct notify *n)
{
    char text[512], reloading[64] = "";

    if (notify_open(n) != 0)
        return errno;
    if ((n->due & (NOTIFY_READY | NOTIFY_RELOADING)) == NOTIFY_RELOADING)
        (void)snprintf(reloading, sizeof(reloading), "RELOADING=1\nMONOTONIC_USEC=%llu\n",
                       (unsigned long long)n->reloading);
    int len = snprintf(
        text, sizeof(text), "%s%s%s%s%s%s%s", reloading, n->due & NOTIFY_READY ? "READY=1\n" : "",
        n->due & NOTIFY_STOPPING ? "STOPPING=1\n" : "", n->due & NOTIFY_ALIVE ? "WATCHDOG=1\n" : "",
        n->due & NOTIFY_STATUS ? "STATUS=" : "", n->due & NOTIFY_STATUS ? n->status : "",
        n->due & NOTIFY_STATUS ? "\n" : "");
    return send(n->fd, text, (size_t)len, MSG_NOSIGNAL) == len ? 0 : errno;
}

/* A manager that was started anew has a socket of the same name, to which ours is not connected:
 * so it is tried twice. When nobody is there at all, all waits for the next occasion. */
static void notify_flush(struct notify *n)
{
    for (int i = 0; i < 2 && n->due != 0; i++) {
        int rc = notify_send(n);
        if (rc == 0) {
            n->due = 0;
        } else if (rc == EAGAIN || rc == ENOBUFS) {
            loop_io_want(n->io, LOOP_OUT);
            return;
        } else {
            notify_close(n);
        }
    }
    if (n->io != NULL)
        loop_io_want(n->io, 0);
}

static void notify_tell(struct notify *n, unsigned what)
{
    if (n == NULL || (n->told & what) != 0)
        return;
    n->told |= what & (NOTIFY_READY | NOTIFY_STOPPING);
    n->due |= what;
    notify_flush(n);
}

static void notify_alive(void *arg)
{
    struct notify *n = arg;

    (void)loop_timer_start(&n->watchdog, n->every);
    notify_tell(n, NOTIFY_ALIVE);
}

struct notify *notify_new(struct loop *l, const struct notify_opts *o)
{
    size_t len = o != NULL ? strlen(o->socket) : 0;

    if (len == 0)
        return NULL;
    struct notify *n = calloc(1, sizeof(*n));
    if (n == NULL)
        return NULL;
    n->loop = l;
    n->fd = -1;
    n->address.sun_family = AF_UNIX;
    memcpy(n->address.sun_path, o->socket, len);
    if (o->socket[0] == '@') /* an abstract one: its name begins with a NUL, and has none behind */
        n->address.sun_path[0] = '\0';
    n->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    loop_timer_init(&n->watchdog, l, notify_alive, n);
    n->every = o->watchdog_ms > 1 ? o->watchdog_ms / 2 : o->watchdog_ms;
    if (n->every > 0)
        notify_alive(n);
    return n;
}

void notify_free(struct notify *n)
{
    if (n == NULL)
        return;
    loop_timer_stop(&n->watchdog);
    notify_close(n);
    free(n);
}

void notify_ready(struct notify *n)
{
    notify_tell(n, NOTIFY_READY);
}

void notify_reloading(struct notify *n)
{
    struct timespec t;

    if (n == NULL)
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    n->reloading = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
    n->told &= ~(unsigned)NOTIFY_READY;
    notify_tell(n, NOTIFY_RELOADING);
}

void notify_stopping(struct notify *n)
{
    notify_tell(n, NOTIFY_STOPPING);
}

void notify_status(struct notify *n, const char *text)
{
    if (n == NULL || strncmp(n->status, text, sizeof(n->status) - 1) == 0)
        return;
    (void)snprintf(n->status, sizeof(n->status), "%s", text);
    notify_tell(n, NOTIFY_STATUS);
}
