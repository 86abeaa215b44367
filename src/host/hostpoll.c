/* An actor with a loop of its own waits here, and not in libactor: others may run meanwhile. */
#include "host/host.h"

#include <dlfcn.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>

static void host_wait(bool waits)
{
    if (waits && host_self != NULL)
        host_rest(host_self);
}

static void host_waited(bool waits)
{
    if (waits && host_self != NULL)
        host_work(host_self);
}

/* Calls the library's own. */
#define HOST_WAIT(waits_, name_, ...)               \
    do {                                            \
        static __typeof__(name_) *real;             \
        bool waits = (waits_);                      \
        if (real == NULL) {                         \
            void *found = dlsym(RTLD_NEXT, #name_); \
            memcpy(&real, &found, sizeof(real));    \
        }                                           \
        host_wait(waits);                           \
        int rc = real(__VA_ARGS__);                 \
        host_waited(waits);                         \
        return rc;                                  \
    } while (0)

int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
    HOST_WAIT(timeout != 0, poll, fds, nfds, timeout);
}

int ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *ss)
{
    HOST_WAIT(true, ppoll, fds, nfds, timeout, ss);
}

int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, struct timeval *timeout)
{
    HOST_WAIT(true, select, nfds, readfds, writefds, exceptfds, timeout);
}

int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
{
    HOST_WAIT(timeout != 0, epoll_wait, epfd, events, maxevents, timeout);
}

int epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout,
                const sigset_t *ss)
{
    HOST_WAIT(timeout != 0, epoll_pwait, epfd, events, maxevents, timeout, ss);
}
