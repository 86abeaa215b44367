#include "fakesup.h"

#include "tap.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool span_is(struct span s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

struct span span_text(const char *text)
{
    return span_of(text, strlen(text));
}

void fakesup_init(struct fakesup *s)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    *s = (struct fakesup){.fd = -1};
    bytes_init(&s->in);
    (void)snprintf(s->dir, sizeof(s->dir), "/tmp/fakesup-XXXXXX");
    if (mkdtemp(s->dir) == NULL)
        bail_out("no temporary folder");
    (void)snprintf(s->path, sizeof(s->path), "%s/sock", s->dir);
    (void)snprintf(s->url, sizeof(s->url), "ipc://%s", s->path);
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", s->path);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(s->listener, 8) != 0)
        bail_out("no socket at %s", s->path);
}

void fakesup_hang_up(struct fakesup *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
    bytes_release(&s->in);
    s->taken = 0;
}

void fakesup_release(struct fakesup *s)
{
    fakesup_hang_up(s);
    (void)close(s->listener);
    (void)unlink(s->path);
    (void)rmdir(s->dir);
}

void fakesup_put(struct fakesup *s, const struct frame *f)
{
    struct bytes out;
    size_t at = 0;

    bytes_init(&out);
    if (frame_pack(&out, f) != 0)
        bail_out("cannot pack a frame");
    while (at < bytes_len(&out)) {
        ssize_t n = send(s->fd, bytes_at(&out) + at, bytes_len(&out) - at, MSG_NOSIGNAL);
        if (n < 0)
            bail_out("cannot send to the client");
        at += (size_t)n;
    }
    bytes_release(&out);
}

static bool fakesup_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, FAKESUP_DEADLINE_MS) > 0;
}

int fakesup_get(struct fakesup *s, struct frame *f)
{
    const char *why = "";
    long size;

    bytes_consume(&s->in, s->taken);
    s->taken = 0;
    while ((size = frame_size(bytes_at(&s->in), bytes_len(&s->in))) == 0) {
        unsigned char *room = bytes_room(&s->in, 65536);
        if (room == NULL || !fakesup_readable(s->fd))
            return -1;
        ssize_t n = recv(s->fd, room, 65536, 0);
        if (n <= 0)
            return 0;
        bytes_grew(&s->in, (size_t)n);
    }
    if (size < 0 || frame_unpack(bytes_at(&s->in), (size_t)size, f, &why) != 0)
        bail_out("the client sent no frame: %s", why);
    s->taken = (size_t)size;
    return f->kind;
}

void fakesup_greet_fd(struct fakesup *s, int fd)
{
    struct frame f;

    s->fd = fd;
    if (fakesup_get(s, &f) != FRAME_HELLO)
        return;
    s->role = f.role;
    (void)snprintf(s->name, sizeof(s->name), "%.*s", (int)f.to.len, (const char *)f.to.data);
    (void)snprintf(s->token, sizeof(s->token), "%.*s", (int)f.text.len, (const char *)f.text.data);
    struct frame answer = {.kind = FRAME_WELCOME,
                           .version = FRAME_VERSION,
                           .to = span_text(s->name),
                           .from = span_text("shop")};
    if (s->refuse != 0) {
        answer =
            (struct frame){.kind = FRAME_ERROR, .code = s->refuse, .text = span_text("not you")};
    }
    fakesup_put(s, &answer);
    if (s->refuse != 0)
        fakesup_hang_up(s);
}

static void *fakesup_thread(void *arg)
{
    struct fakesup *s = arg;
    int fd = fakesup_readable(s->listener) ? accept(s->listener, NULL, NULL) : -1;

    if (fd >= 0)
        fakesup_greet_fd(s, fd);
    return NULL;
}

void fakesup_greet(struct fakesup *s)
{
    fakesup_hang_up(s);
    if (pthread_create(&s->thread, NULL, fakesup_thread, s) != 0)
        bail_out("no thread");
}

void fakesup_greeted(struct fakesup *s)
{
    (void)pthread_join(s->thread, NULL);
}
