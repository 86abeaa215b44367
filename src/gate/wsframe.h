/* WebSocket (RFC 6455) as a stream of bytes, the server's side; pure. A message's boundaries mean
 * nothing: what is in its binary messages, one after the other, is the stream. */
#ifndef GATE_WSFRAME_H
#define GATE_WSFRAME_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WSFRAME_HEAD = 10,     /* bytes before what we send, at most */
    WSFRAME_CONTROL = 125, /* of a ping or a close */
    WSFRAME_REQUEST = 8192,
};

/* Where the reading of what a client sends stands. All zero at first. */
struct wsframe {
    unsigned char head[14];
    unsigned have;   /* bytes of the head */
    uint64_t left;   /* bytes of the frame behind it */
    unsigned at;     /* of the mask */
    bool in_frame;   /* behind the head */
    bool in_message; /* the last frame was not its message's last */
    bool ended;      /* a close came, or what is no frame: nothing more is read */
    const char *why; /* it is no frame; NULL: all was well */
    unsigned char control[WSFRAME_CONTROL];
    unsigned n_control;
};

/* Reads what has come, and leaves in its place the bytes of the stream: their number. What is to be
 * answered (a pong, a close) is appended to answer. ERR_NOMEM when that cannot be. */
long wsframe_read(struct wsframe *w, unsigned char *data, size_t len, struct bytes *answer);
/* What stands before n bytes that we send: its length. */
size_t wsframe_head(unsigned char head[WSFRAME_HEAD], size_t n);
int wsframe_close(struct bytes *out, unsigned code); /* 0 or ERR_NOMEM */

/* How long the request at the front of this is, with the empty line behind it; 0: not whole yet. */
size_t wsframe_request(const char *data, size_t len);
/* The request that opens it, up to and with the empty line. Appends the answer to out. NULL when it
 * is one; else what is wrong with it, and the answer says so. */
const char *wsframe_open(const char *request, size_t len, struct bytes *out);

#endif
