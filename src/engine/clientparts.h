/* What clients.c and opening.c share. */
#ifndef ENGINE_CLIENTPARTS_H
#define ENGINE_CLIENTPARTS_H

#include "engine/keeping.h"
#include "engine/system.h"
#include "model/frame.h"

enum { CLIENT_HELLO_MS = 5000 };

struct client {
    struct client *prev, *next;
    struct system *sys;
    int fd;
    struct loop_io *io;
    uint32_t number;
    uint8_t role;       /* 0: HELLO has not come */
    bool outside;       /* it came by the gate */
    bool joins;         /* where hosts join: it may do nothing else */
    mail_origin origin; /* whom its messages come from */
    struct bytes in, out;
    uint64_t accepted; /* messages so far */
    uint64_t sure;     /* of them, those that are kept as they must be: they may be told */
    struct {
        struct keeping_mark mark;
        uint64_t count;
    } waits[2]; /* so many are sure once that is reached: what is under way, and what gathers */
    unsigned n_waits;
    char *refusal; /* to be told behind what is not yet sure; owned, NULL: none */
    int refusal_code;
    bool refused;      /* one was not: what is accepted is a prefix, so nothing behind it is */
    uint64_t told;     /* as ACCEPTED */
    size_t lines_at;   /* bytes of the LINES at the front of `in` that are accepted */
    bool bye, closing; /* closing: once out is written */
    bool half;         /* it will send no more */
    int64_t heard;     /* when it connected, or last said something */
    bool stays;        /* see client_stays */
    bool pending;      /* a call of it is not answered */
    bool admitted;     /* in a sequential run: what it sends is taken */
    bool asked;        /* and an ask was among it */
    bool dead;         /* to be freed at the end of the turn */
    struct attachment *attached; /* whose process it runs; NULL: nobody's */
    struct tap *tap;             /* that it has; NULL: none */
    struct waiter waiter;
    struct loop_task task;
    struct loop_timer hello;
};

void client_send(struct client *c, const struct frame *f); /* into its buffer */
void client_write(struct client *c);                       /* what the socket takes of it */
void client_watch(struct client *c);
void client_die(struct client *c); /* freed at the end of the turn */
/* Ends the connection behind one last word, and says so in the log. */
void client_refuse(struct client *c, int code, const char *why);

/* In a sequential run: what it has sent is not to be taken yet. */
bool client_gated(const struct client *c);

/* What was accepted is told as far as it is sure; so is a refusal or an end behind it. */
void client_settle(struct client *c);
void client_frames(struct client *c); /* takes what of `in` may be taken now */

/* size: of the frame, at the front of c->in. */
void client_hello(struct client *c, const struct frame *f, size_t size);
void client_hello_late(void *arg);

#endif
