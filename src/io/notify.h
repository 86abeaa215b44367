/* What a service manager is told: datagrams of KEY=VALUE lines to the socket that it names in
 * $NOTIFY_SOCKET, as sd_notify(3) of systemd describes. Written here, as the protocol is a promise
 * of systemd's and a page of code, and libsystemd would be one more library in every process.
 *
 * Nothing here blocks: while the manager's queue is full, what is to be told waits in the loop. */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include "io/loop.h"

#include <sys/un.h>

struct notify_opts {
    char socket[sizeof(((struct sockaddr_un *)NULL)->sun_path)]; /* "": nobody is to be told */
    int64_t watchdog_ms; /* a sign of life is wanted within this time; 0: none */
};

/* What the environment says to this process; and takes it out of there, as it is not for those
 * that this process starts. A watchdog that is another process's does not count. */
void notify_take(struct notify_opts *o);

struct notify;
/* NULL: nobody is to be told, or there is no memory or descriptor. All calls take NULL and do
 * nothing then. Signs of life are given from now on, one each half of the time. */
struct notify *notify_new(struct loop *l, const struct notify_opts *o);
void notify_free(struct notify *n); /* what could not be told yet is dropped */

void notify_ready(struct notify *n);
void notify_reloading(struct notify *n); /* notify_ready ends it */
void notify_stopping(struct notify *n);
void notify_status(struct notify *n, const char *text); /* one line; cut at 255 bytes */

#endif
