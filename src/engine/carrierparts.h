/* What carrier.c (the host) and carrierguest.c (those in it) share. */
#ifndef ENGINE_CARRIERPARTS_H
#define ENGINE_CARRIERPARTS_H

#include "engine/carrier.h"
#include "model/hosting.h"

enum { CARRIER_NOBODY = -1 };

struct carrier {
    struct process *p;       /* the host's */
    struct process **aboard; /* by their places; NULL: free */
    size_t n_places;
    int fd; /* our end of its control socket */
    struct loop_io *io;
    struct bytes in, out;
    int page;        /* that is shared with it */
    long killed_for; /* the place of the one for whose sake we killed it */
};

extern const struct process_ops carrier_host_ops;

/* Gives p a place: 0, ERR_NOMEM, or ERR_TOO_LARGE: all are taken. */
int carrier_enter(struct carrier *c, struct process *p);
void carrier_leave(struct process *p); /* p may have none */
void carrier_write(struct carrier *c); /* what is in c->out */

#endif
