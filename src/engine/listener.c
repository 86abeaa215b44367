#include "engine/listener.h"

#include "engine/clients.h"
#include "engine/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LISTENER_BACKLOG = 512,
    LISTENER_LOOK_MS = 100, /* while there is no place, that is looked at again */
};

static bool listener_same_user(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static void listener_close_one(struct system *s, int fd, const char *why)
{
    (void)close(fd);
    event_system(s, "client.turned_away", "reason=\"%s\"", why);
}

/* With no descriptor left a connection would wait, and wake the loop, for ever: the spare one takes
 * it and lets it go. */
static void listener_turn_away(struct system *s, const char *why)
{
    (void)close(s->spare_fd);
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC); // cppcheck-suppress nullPointer
    if (fd >= 0)
        listener_close_one(s, fd, why);
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void listener_again(void *system)
{
    struct system *s = system;

    if (s->listener_io != NULL)
        loop_io_want(s->listener_io, LOOP_IN);
}

/* Those who would connect wait: until somebody leaves, or has been silent for too long. */
static void listener_pause(struct system *s)
{
    loop_io_want(s->listener_io, 0);
    (void)loop_timer_start(&s->crowd, LISTENER_LOOK_MS);
}

static void listener_accept(void *arg, int events)
{
    struct system *s = arg;

    (void)events;
    if (!clients_room(s)) {
        listener_pause(s);
        return;
    }
    // cppcheck-suppress nullPointer ; nobody's address is asked for
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        /* One that is hung up on makes room; this one is accepted in the next turn. */
        if ((errno == EMFILE || errno == ENFILE) && !clients_drop_silent(s, 0))
            listener_turn_away(s, "out of descriptors");
        return;
    }
    if (!listener_same_user(fd)) {
        listener_close_one(s, fd, "another user");
        return;
    }
    clients_serve(s, fd, CLIENTS_HERE);
}

int listener_listen(struct system *s, struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    (void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", rundir_socket(s->rundir));
    (void)unlinkat(rundir_fd(s->rundir), RUNDIR_SOCKET, 0);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listener < 0)
        return err_errno(e, "no socket");
    mode_t old = umask(0177);
    int rc = bind(s->listener, (struct sockaddr *)&addr, sizeof(addr));
    (void)umask(old);
    if (rc != 0 || listen(s->listener, LISTENER_BACKLOG) != 0)
        return err_errno(e, "cannot listen on %s", addr.sun_path);
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    s->listener_io = loop_io_new(s->loop, s->listener, listener_accept, s);
    if (s->listener_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_timer_init(&s->crowd, s->loop, listener_again, s);
    loop_io_want(s->listener_io, LOOP_IN);
    return 0;
}

void listener_close(struct system *s)
{
    clients_drop_all(s);
    if (s->listener_io != NULL)
        loop_timer_stop(&s->crowd);
    loop_io_free(s->listener_io);
    s->listener_io = NULL;
    if (s->listener >= 0)
        (void)close(s->listener);
    if (s->spare_fd >= 0)
        (void)close(s->spare_fd);
    s->listener = s->spare_fd = -1;
}
