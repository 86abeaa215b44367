/* The client's end of the protocol of actor-protocol(7): frames on a stream, from
 * HELLO on. Used by the commands and by libactor. Not for several threads at once.
 *
 * Time-outs are in milliseconds: 0 does not wait, a negative one waits without end.
 */
#ifndef WIRE_SESSION_H
#define WIRE_SESSION_H

#include "base/err.h"
#include "model/frame.h"
#include "wire/stream.h"

struct session;

struct session_hello {
    int role;          /* enum frame_role */
    const char *name;  /* ACTOR: its name, with /N in a pool; else "" or the actor that runs us */
    const char *token; /* $ACTOR_TOKEN, or "" */
};

/* Sends HELLO and waits for the answer. Takes the stream, also when it fails (then it is closed).
 * Failures: ERR_TIMEOUT, ERR_CLOSED, ERR_PROTOCOL, ERR_NOMEM, or the code of the supervisor's
 * ERROR, whose text stands in e. */
int session_open(struct session **out, struct stream *stream, const struct session_hello *hello,
                 int timeout_ms, struct err *e);

/* Closes at once: what was put and not flushed is dropped. NULL is allowed. */
void session_close(struct session *s);

const char *session_name(const struct session *s);   /* what WELCOME called us */
const char *session_system(const struct session *s); /* the system's name */

/* Packs a frame behind those that wait to be sent. 0, ERR_NOMEM, ERR_TOO_LARGE. */
int session_put(struct session *s, const struct frame *f);
size_t session_unsent(const struct session *s); /* bytes that wait */

/* Sends what waits. While the other end does not take it, what comes in is read ahead, so
 * that two ends that both write cannot block each other; the frame of the last session_next stays
 * valid. 0, ERR_TIMEOUT (call it again, the rest still waits), ERR_CLOSED, ERR_SYSTEM,
 * ERR_NOMEM. */
int session_flush(struct session *s, int timeout_ms);

/* The next frame; its spans are valid until the next call of session_next. Does not flush.
 * 0, ERR_TIMEOUT, ERR_CLOSED (the other end closed between two frames), ERR_PROTOCOL (also: it
 * closed within one), ERR_SYSTEM, ERR_NOMEM. An ERROR frame is not returned, but its code and
 * text (ERR_PROTOCOL if its code is not negative). Except for ERR_TIMEOUT nothing more will come.
 * e may be NULL; it is filled on every failure. */
int session_next(struct session *s, struct frame *f, int timeout_ms, struct err *e);

/* Is a whole frame here already, so that session_next would not have to read? */
bool session_buffered(const struct session *s);

/* Bounds what session_flush reads ahead; without it there is no bound. */
void session_read_ahead(struct session *s, size_t bytes);

/* Readable when there may be something to read. Look at session_buffered before polling it. */
int session_fd(struct session *s);

/* Until everything flushed has left this process: 0, ERR_TIMEOUT. */
int session_drain(struct session *s, int timeout_ms);

/* For behind BYE, where whoever closes might take back what is still under way: waits for the end
 * of the other side, and drops what it sends. 0, ERR_TIMEOUT. */
int session_await_end(struct session *s, int timeout_ms);

#endif
