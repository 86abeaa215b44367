#include "io/packet.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Room for one descriptor, aligned as the kernel wants it. */
union packet_control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

static int packet_fault(void)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return ERR_AGAIN;
    return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_SYSTEM;
}

static void packet_put_fd(struct msghdr *m, union packet_control *c, int fd)
{
    memset(c, 0, sizeof(*c));
    m->msg_control = c->room;
    m->msg_controllen = sizeof(c->room);
    struct cmsghdr *h = CMSG_FIRSTHDR(m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(h), &fd, sizeof(fd));
}

int packet_send(int sock, const char *const *words, int fd)
{
    char text[PACKET_MAX];
    union packet_control control;
    size_t len = 0;

    for (; *words != NULL; words++) {
        size_t n = strlen(*words) + 1;
        if (len + n > sizeof(text))
            return ERR_TOO_LARGE;
        memcpy(text + len, *words, n);
        len += n;
    }
    struct iovec iov = {text, len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0)
        packet_put_fd(&m, &control, fd);
    ssize_t sent;
    do
        sent = sendmsg(sock, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? packet_fault() : 0;
}

static void packet_split(struct packet *p, size_t len)
{
    size_t at = 0;

    p->text[len] = '\0';
    p->n = 0;
    while (at < len && p->n < PACKET_WORDS) {
        p->words[p->n++] = p->text + at;
        at += strlen(p->text + at) + 1;
    }
    p->words[p->n] = NULL;
}

int packet_receive(int sock, struct packet *p)
{
    union packet_control control;
    struct iovec iov = {p->text, PACKET_MAX};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof(control.room)};
    ssize_t n;

    p->fd = -1;
    do
        n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n == 0 ? ERR_CLOSED : packet_fault();
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    if (h != NULL && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS &&
        h->cmsg_len == CMSG_LEN(sizeof(p->fd)))
        memcpy(&p->fd, CMSG_DATA(h), sizeof(p->fd));
    packet_split(p, (size_t)n);
    return 0;
}
