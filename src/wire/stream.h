/* The client's end of a byte stream to a supervisor, whatever carries it: a unix
 * socket, a pair of pipes, or an nng stream. Not for several threads at once.
 *
 * Time-outs are in milliseconds: 0 does not wait, a negative one waits without end.
 */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct stream;

/* Dials ipc:///absolute/path tcp://HOST:PORT, ws://HOST:PORT/ or tls+tcp://HOST:PORT
 * (trusting $ACTOR_TLS_CA to vouch for $ACTOR_TLS_NAME) through nng. `stdio:` takes descriptors 0
 * and 1. */
int stream_dial(struct stream **out, const char *url, int timeout_ms, struct err *e);

/* Dials a unix socket by its path, without nng: what starts fast uses this. ERR_NOT_RUNNING
 * when nothing listens there. A full backlog is waited for. */
int stream_dial_plain(struct stream **out, const char *path, int timeout_ms, struct err *e);

/* Reads from `in`, writes to `out` (which may be the same descriptor). They are made
 * non-blocking until stream_close, which closes them when `owned`. */
int stream_from_fds(struct stream **out, int in_fd, int out_fd, bool owned, struct err *e);

/* Does not wait for bytes on their way: see stream_drain. NULL is allowed. */
void stream_close(struct stream *s);

/* Without waiting: the number of bytes read or taken, ERR_AGAIN when it is none now,
 * ERR_CLOSED when the other end is gone, ERR_SYSTEM, ERR_NOMEM. Bytes taken are kept until sent.
 * What has come is sure to be read only once stream_wait has told of it. */
long stream_read(struct stream *s, void *buf, size_t size);
long stream_write(struct stream *s, const void *data, size_t len);

/* Waits for any of the bits wanted; returns those that are there, 0 when time ran out. A
 * stream that has failed is ready for everything, so that read or write says why. */
enum { STREAM_IN = 1, STREAM_OUT = 2, STREAM_DRAINED = 4 };
int stream_wait(struct stream *s, int want, int timeout_ms);

/* All of data, or ERR_TIMEOUT (some of it may be sent), ERR_CLOSED, ERR_SYSTEM, ERR_NOMEM. */
int stream_send(struct stream *s, const void *data, size_t len, int timeout_ms);

/* Appends what is there, at most `max` bytes: their number, or ERR_TIMEOUT, ERR_CLOSED,
 * ERR_SYSTEM, ERR_NOMEM. */
long stream_recv(struct stream *s, struct bytes *into, size_t max, int timeout_ms);

/* Until all bytes taken have left this process: 0, ERR_TIMEOUT or ERR_CLOSED. */
int stream_drain(struct stream *s, int timeout_ms);

/* Readable when there may be something to read. Belongs to the stream. */
int stream_fd(struct stream *s);

/* A monotonic clock in ms, and what is left of a time-out that began at `start` on it. */
int64_t stream_now(void);
int stream_left(int64_t start, int timeout_ms);

#endif
