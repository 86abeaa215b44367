#include "cmd/follow.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

void follow_log(struct logtail *t, bool on)
{
    for (;;) {
        logtail_drain(t);
        if (fflush(stdout) != 0 || !on)
            return;
        struct pollfd p[] = {{.fd = logtail_fd(t), .events = POLLIN}, {.fd = STDOUT_FILENO}};
        if (poll(p, 2, -1) < 0)
            continue;
        if ((p[1].revents & (POLLERR | POLLNVAL)) != 0)
            return;
    }
}
