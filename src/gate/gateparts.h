/* What the files of the gate share. */
#ifndef GATE_GATEPARTS_H
#define GATE_GATEPARTS_H

#include "base/bytes.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { GATE_CHUNK = 64 * 1024 }; /* read at once, and the most that waits in one direction */

struct gate;
struct passage;

/* How bytes stand on a connection from outside. Nothing here waits. */
struct carrier {
    const char *transport;           /* as in the file */
    int (*begin)(struct passage *p); /* 0 or ERR_*; may be NULL */
    /* The next bytes that were sent to us: their number, 0 for none now, -1 at the end, which is
     * orderly unless p->why is set. */
    long (*read)(struct passage *p, void *buf, size_t size);
    /* How many of these bytes were taken, 0 for none now, -1 for it is gone. What it takes and
     * cannot send yet it keeps. */
    long (*write)(struct passage *p, const void *data, size_t len);
    /* What it kept: true when all of it is sent, or can never be. */
    bool (*flush)(struct passage *p);
    void (*finish)(struct passage *p); /* behind that: we shall send no more */
    void (*end)(struct passage *p);    /* frees what begin made; may be NULL */
};

extern const struct carrier carrier_tcp, carrier_ws, carrier_tls, carrier_join, carrier_dial;

/* One of the transports that it listens on. */
struct door {
    struct gate *gate;
    const struct carrier *carrier;
    int fd; /* -1: it does not listen */
    struct loop_io *io;
};

/* A connection, and our end of the socket that the supervisor has for it. */
struct passage {
    struct passage *prev, *next;
    struct door *door;
    int net, own; /* own: -1 until something has come, and once the supervisor has closed */
    struct loop_io *net_io, *own_io;
    void *state;      /* the carrier's */
    int read_wants;   /* LOOP_* that its reading waits for */
    int write_wants;  /* and its writing */
    struct bytes in;  /* read from net, not yet written to own */
    struct bytes out; /* read from own, not yet taken by the carrier */
    bool net_ended;   /* nothing more comes from outside */
    bool in_ended;    /* and that was passed on */
    bool own_ended;   /* nothing more comes from the supervisor */
    bool finished;    /* the carrier was told so */
    bool out_ended;   /* and all was passed on, or nobody is there to take it */
    bool welcomed;    /* the supervisor has answered */
    bool failed;      /* tls: nothing may be written any more */
    bool over;        /* freed at the end of the turn */
    int64_t since;    /* loop_now when it connected */
    struct loop_timer patience;
    struct loop_task again;
    char why[256]; /* what was wrong with it; empty: nothing */
};

struct gate {
    struct loop *loop;
    struct loop_io *control;
    struct ssl_ctx_st *tls; /* NULL: no certificate has come */
    struct door doors[4];
    const char *dials; /* NULL: it listens; else the name that the other side must prove */
    struct passage *passages, *last; /* the newest stands first */
    size_t strangers;                /* of them, those that are not welcomed */
    struct loop_timer crowd;         /* too many: that is looked at again */
    struct loop_timer quiet;         /* lines left out are counted, and told then */
    int64_t said_since;
    unsigned said, unsaid;
};

/* dial.c: the exit status */
int gate_dial(char **argv);

/* passage.c */
void passage_adopt(struct passage *p, int own); /* its other end is there already */
void passage_begin(struct door *d, int fd);     /* takes fd */
bool passage_drop_stranger(struct gate *g,
                           int64_t ms); /* the oldest, of at least ms; false: none */

/* gate.c */
void gate_says(struct gate *g, const char *transport, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int gate_hands_over(struct gate *g, const char *transport, int fd); /* 0 or ERR_*; fd stays ours */
void gate_left(struct gate *g); /* a stranger is gone, or none any more */

#endif
