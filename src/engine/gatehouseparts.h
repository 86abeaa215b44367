/* What gatehouse.c and gatetold.c share. */
#ifndef ENGINE_GATEHOUSEPARTS_H
#define ENGINE_GATEHOUSEPARTS_H

#include "engine/system.h"

struct gatehouse_door {
    bool wanted;
    bool listens;
    unsigned port; /* where it did last, and shall again */
    char why[128]; /* it does not; empty: it has not said yet */
};

struct gatehouse {
    struct system *sys;
    pid_t pid; /* 0: there is none */
    int fd;    /* of packets */
    struct loop_io *io;
    struct gatehouse_door doors[TOPO_TRANSPORTS];
    struct loop_timer again;
    unsigned in_a_row; /* ends without a steady run between */
    uint64_t starts;
    int64_t since;
    bool needless; /* it was let go */
    char why[ERR_TEXT_MAX];
};

extern const char *const gatehouse_names[TOPO_TRANSPORTS]; /* NULL: not by the gate */

void gatehouse_event(void *arg, int events); /* gatetold.c: it has said something */

#endif
