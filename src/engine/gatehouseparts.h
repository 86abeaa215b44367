/* What gatehouse.c and gatetold.c share. */
#ifndef ENGINE_GATEHOUSEPARTS_H
#define ENGINE_GATEHOUSEPARTS_H

#include "engine/system.h"

/* Behind the doors of the transports: that where hosts join. */
enum { GATEHOUSE_JOIN_DOOR = TOPO_TRANSPORTS, GATEHOUSE_DOORS };
#define GATEHOUSE_JOIN "join"

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
    struct gatehouse_door doors[GATEHOUSE_DOORS];
    struct loop_timer again;
    unsigned in_a_row; /* ends without a steady run between */
    uint64_t starts;
    int64_t since;
    int64_t ended; /* when one did last, by system_now */
    bool needless; /* it was let go */
    char why[ERR_TEXT_MAX];
    char join[80]; /* where hosts join, as the file had it; empty: nowhere */
    unsigned join_port;
};

extern const char *const gatehouse_names[GATEHOUSE_DOORS]; /* NULL: not by the gate */

void gatehouse_event(void *arg, int events); /* gatetold.c: it has said something */

#endif
