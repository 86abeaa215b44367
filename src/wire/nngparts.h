/* What streamnng.c and nngreceive.c share. */
#ifndef WIRE_NNGPARTS_H
#define WIRE_NNGPARTS_H

#include "wire/streamops.h"

#include <nng/nng.h>
#include <pthread.h>

enum {
    STREAM_NNG_CHUNK = 128 * 1024, /* received at a time */
    STREAM_NNG_OUT = 256 * 1024,   /* taken at most while a send is on its way */
};

struct stream_nng {
    struct stream base;
    nng_stream *stream;
    nng_aio *recv_aio;
    nng_aio *send_aio;
    nng_aio *try_aio; /* NULL: the carrier may not be stopped in the middle of a send */
    pthread_mutex_t lock;
    pthread_cond_t moved; /* anything below has changed */
    bool forgets;         /* an end that comes while nothing is received is not told later */
    bool denied;          /* the other end has shown no certificate that is trusted */
    bool closed;          /* so that was asked, and it is */
    int event;            /* readable while there is something to read; -1: nobody polls */
    unsigned char *chunk; /* received, live from chunk_at to chunk_end */
    size_t chunk_at;
    size_t chunk_end;
    struct bytes next;   /* taken, to be sent after `flight` */
    struct bytes flight; /* with nng */
    bool sending;
    int roused;   /* what of sending ends a wait for input early: STREAM_OUT, STREAM_DRAINED */
    int in_ended; /* the failure behind the last byte, or 0 */
    int out_ended;
};

int stream_nng_code(int rv);                                /* an nng error as ours */
int stream_nng_ready(const struct stream_nng *s, int want); /* with the lock held */

/* streamtls.c: 0, or an ERR_ code with e. */
int stream_nng_trust(nng_stream_dialer *dialer, struct err *e);

/* nngreceive.c: the ops, and what sending tells a thread that waits for input. */
int stream_nng_receive_init(struct stream_nng *s); /* an nng error */
long stream_nng_read(struct stream *base, void *buf, size_t size);
int stream_nng_wait(struct stream *base, int want, int timeout_ms);
int stream_nng_fd(struct stream *base);

#endif
