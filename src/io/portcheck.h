/* Does a TCP port take connections? One try at a time, in the loop, without waiting. */
#ifndef IO_PORTCHECK_H
#define IO_PORTCHECK_H

#include "io/loop.h"

/* error: 0, it takes them; else an errno. */
typedef void portcheck_cb(void *arg, int error);

struct portcheck {
    struct loop *loop;
    portcheck_cb *cb;
    void *arg;
    const char *host; /* borrowed while it runs; NULL: this host, by IPv4 and then by IPv6 */
    unsigned port;
    unsigned turn; /* of several addresses */
    int fd;        /* -1: none runs */
    struct loop_io *io;
};

void portcheck_init(struct portcheck *c, struct loop *l, portcheck_cb *cb, void *arg);
/* cb comes once, perhaps before this returns. host is an IP address or NULL. */
void portcheck_start(struct portcheck *c, const char *host, unsigned port);
void portcheck_stop(struct portcheck *c); /* cb comes no more; also when none runs */

#endif
