/* How a process is spoken to: one adaptor a file, one ops struct each.
 *
 * A `struct speak` belongs to one member of an actor and outlives its processes. The engine drives
 * it downwards through `speak_ops`; it calls up only through the callbacks of `speak_host`. It
 * never blocks, and whatever its process does is that process's problem alone.
 *
 * Life of one process:
 *     start -> { mail | room | end | adopt }* -> drain (until true) -> stop
 * The engine calls drain once the process and everything it started are gone.
 */
#ifndef SPEAK_SPEAK_H
#define SPEAK_SPEAK_H

#include "base/bytes.h"
#include "base/err.h"
#include "config/topology.h"
#include "io/loop.h"
#include "io/pipesize.h"
#include "model/hand.h"
#include "model/policy.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct speak;

/* How much output of a process is read past a blocked send, and how much is read at once. */
#define SPEAK_AHEAD (64 * 1024)
#define SPEAK_CHUNK (64 * 1024)

/* An output message of a process. All spans are borrowed for the call. */
struct speak_out {
    struct span to;      /* an address; empty: each of the actor's `to` */
    uint8_t type;        /* MSG_TELL or MSG_ASK */
    struct span tag;     /* an ask's own id, 1 to FRAME_TAG_MAX bytes */
    int64_t timeout_ms;  /* an ask's; <= 0: the default */
    uint64_t cause;      /* the message that it follows from; 0: not known */
    struct span headers; /* packed, or empty */
    struct span body;
};

/* An actor that is to be started of a template. All spans are borrowed for the call. */
struct speak_spawn {
    struct span template;
    struct span name; /* empty: one is made */
    struct span tag;  /* not empty: the address comes as a reply with it */
    struct span args; /* words, each with a NUL behind it */
    struct span env;  /* packed as headers are */
};

/* Levels of a log line of the process itself. */
enum speak_level { SPEAK_DEBUG, SPEAK_INFO, SPEAK_WARNING, SPEAK_ERROR };

struct speak_host {
    /* Takes mail that may be handed over now (respecting in_hand, solo, the pool's routing) and
     * puts it into sp->hand. At most max messages and about bytes bytes, at least one. False:
     * nothing now; ops->mail is called when that may have changed, and to several members that
     * share a mailbox also as long as there is mail: each may take once and leave it to the others.
     * The run is valid until it is handled. */
    bool (*take)(void *member, uint64_t max, size_t bytes, struct mail_run *run);

    /* Bulk output of a lines actor with `to`, unpaired: as many whole lines of data as the targets
     * take now. Returns the bytes consumed; when that is less than all whole lines, ops->room is
     * called once there is room. */
    size_t (*send_lines)(void *member, const char *data, size_t len, char delim);
    /* Output paired with a message in hand: inherits its headers, and passes it on when it is an
     * ask. 0, or ERR_AGAIN: nothing was done, ops->room is called once there is room. */
    int (*pass)(void *member, const struct letter *in, struct span body);
    /* Sends; never fails towards the adaptor: what cannot be delivered comes back to the actor as a
     * `dead` message and is logged; what has to wait is kept (in order) by the host. Look at
     * congested afterwards. */
    void (*send)(void *member, const struct speak_out *out);
    /* True when so much waits (SPEAK_AHEAD) that no more output may be read; ops->room is called
     * when it may again. */
    bool (*congested)(void *member);
    /* Answers the message with this id, whoever had it in hand (delegation): an ask's asker gets it
     * as a reply with its own tag; a tell's sender as a reply whose tag is the id in text. A late
     * or unknown one goes to dead letters or is logged. Does not touch the hand. */
    void (*reply)(void *member, uint64_t id, struct span headers, struct span body);

    /* The adaptor has marked n messages of its hand as done (hand_done*): books, room for senders.
     */
    void (*handled)(void *member, uint64_t n);
    /* A failed attempt of a message in hand: it is tried again (attempt + 1), or goes to dead after
     * `retry` of them. Takes it out of the hand. */
    void (*fail)(void *member, uint64_t id, const char *reason);
    /* Puts a message in hand back to the tail, uncounted. Takes it out of the hand. */
    void (*defer)(void *member, uint64_t id);

    void (*ready)(void *member); /* the process says that it is ready */
    /* Timers of the actor, known by tag; come as MSG_WAKE. The same tag again replaces. */
    void (*wake)(void *member, int64_t after_ms, struct span tag, struct span body);
    void (*unwake)(void *member, struct span tag);
    /* Never fail towards the adaptor: what is wrong comes back as a message, or is logged. */
    void (*spawn)(void *member, const struct speak_spawn *what);
    void (*exit)(void *member, struct span to, bool now);
    void (*watch)(void *member, struct span to, bool on);

    /* Into the actor's log: what the process wrote (`|`), or what it logged by its own op. One
     * line, no newline. */
    void (*output)(void *member, struct span text);
    void (*log)(void *member, enum speak_level level, struct span text);
    /* What the supervisor says of it (`*`), rate-limited by the host: "speak.bad line=3
     * reason=...". */
    void (*note)(void *member, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
    /* The stream cannot go on (a violated protocol, memory): the process is killed and restarted by
     * policy. */
    void (*broken)(void *member, const char *why);
    /* The same, by no fault of the process: what it had in hand is not to blame, and an end that
     * looks well is none. */
    void (*cut_off)(void *member, const char *why);
    /* What drain waited for is there: the engine calls it again. */
    void (*drained)(void *member);
    /* Everything was handed over and the end of input given: nothing; for `once`: no job is left.
     */
    void (*ended)(void *member);

    /* How a sender's number reads as an address: writes at most size bytes and a NUL; returns the
     * length. */
    size_t (*origin)(void *member, mail_origin from, char *buf, size_t size);

    /* The HELLO of a frames actor on its stdin and stdout, which the adaptor answers. NULL, with
     * its address and the system's name set (borrowed for the call); or static text that says why
     * it is refused. */
    const char *(*hello)(void *member, const struct frame *hello, struct span *name,
                         struct span *system);

    /* once: starts one process of the actor with extra environment (K=V ..., ends with NULL), its
     * stdin and stdout being the given descriptors (which the caller keeps). job comes back in
     * ops->job_over when it and all that it started are gone. Its stderr goes to the actor's log.
     * 0, or an err code with e filled. */
    int (*job_start)(void *member, char *const *extra_env, int in, int out, void *job,
                     struct err *e);
    void (*job_kill)(void *member, void *job); /* asks for its end by stop's signal and grace */
};

struct speak_ops {
    const char *name;
    size_t size; /* of the adaptor's own struct, whose first field is a struct speak */
    int (*init)(struct speak *sp, struct err *e); /* may be NULL */

    /* A process began. sp->in and sp->out are our ends of its stdin and stdout (non-blocking; owned
     * by sp until stop), or -1 for a frames actor over ipc, whose stream comes by adopt. */
    int (*start)(struct speak *sp, struct err *e);
    /* frames: its stream, past HELLO and WELCOME, with bytes that were read already. Takes fd.
     * relayed: another process stands between, so that its bytes may come after its end, and half
     * an end is the stream's, but a whole one that of whoever relays it. */
    void (*adopt)(struct speak *sp, int fd, bool relayed, const void *rest, size_t len);
    /* There may be mail to hand over. With the route round-robin it takes what it can before it
     * returns. */
    void (*mail)(struct speak *sp);
    void (*room)(struct speak *sp); /* its output may flow again */
    /* No more mail will come (all was handed over): gives the end of input. */
    void (*end)(struct speak *sp);
    /* The process is gone and nothing writes any more. Reads its output to the end and delivers it;
     * a last line without a newline is a message only after a clean exit. Counts what was read.
     * True when all is done: *n_read is how many of the oldest messages in hand the process had
     * read of (a half-read one is unread). False: the output waits for room, or has not come yet;
     * the engine calls again after ops->room would have been called, or host->drained was. */
    bool (*drain)(struct speak *sp, const struct policy_exit *how, uint64_t *n_read);
    /* Brings what is known of its reading up to date (ps, audit); calls host->handled. May be NULL.
     */
    void (*refresh)(struct speak *sp);
    /* Senders wait for a mailbox that is full of messages in hand: refresh, and again as soon as
     * the process has read more. May be NULL (those that ack do so by event). */
    void (*press)(struct speak *sp);
    void (*stop)(
        struct speak *sp); /* closes descriptors, forgets the process; the hand is empty by now */
    void (*release)(struct speak *sp); /* may be NULL */

    void (*job_over)(struct speak *sp, void *job, const struct policy_exit *how); /* once */
    /* An attempt has failed, and the next, of which there are only so many, waits for its time. May
     * be NULL: never. */
    bool (*retries)(const struct speak *sp);
};

/* What every adaptor has; its own fields follow behind. */
struct speak {
    const struct speak_ops *ops;
    const struct speak_host *host;
    void *member; /* the host's */
    struct loop *loop;
    const struct topo_actor *conf;
    struct hand hand; /* handed over and not yet handled */
    int in, out;      /* -1: none */
    struct pipe_size in_size, out_size;
    struct loop_io *in_io, *out_io; /* freed by speak_close */
    size_t rest;                    /* see speak_rest */
    bool window_matters; /* one of several members that share a mailbox: do not take more than it
                            reads */
};

struct speak *speak_new(const struct speak_ops *ops, const struct speak_host *host, void *member,
                        struct loop *l, const struct topo_actor *conf, bool shared, struct err *e);
void speak_free(struct speak *sp);
/* Our ends of the pipes of a process that begins: takes both. */
void speak_open(struct speak *sp, int in, int out);
void speak_close(struct speak *sp); /* frees the watches and closes in and out */

extern const struct speak_ops speak_lines, speak_json, speak_frames, speak_once, speak_none;
const struct speak_ops *speak_ops_of(enum topo_speaks speaks);

/* For pipes. Writes what of data the pipe takes: the number of bytes (0: full), or -1 with errno.
 */
ssize_t speak_write(int fd, const void *data, size_t len);
/* Bytes in a pipe that its reader has not read: works on our write end, also after the reader is
 * gone. */
size_t speak_unread(int fd);
/* For drain: whether there is more to read of what stdout held when drain first asked. What comes
 * later is of a process that nobody could find, and might have no end. */
bool speak_rest(struct speak *sp);
void speak_took(struct speak *sp, size_t n); /* n bytes were read at once */
/* Gives the end of input on the pipe: sp->in is then a descriptor that still counts what is unread
 * (see speak_unread), or -1. */
void speak_end_pipe(struct speak *sp);

#endif
