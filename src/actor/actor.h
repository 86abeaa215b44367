/* libactor: be an actor of actorsup. See libactor(3).
 *
 * An actor is a process with an address and a mailbox; the supervisor starts it, hands it
 * messages, and starts it again when it dies. What was not handled then comes again, so a
 * message is to be handled as a whole or not at all.
 *
 *     static int greet(struct actor *a, const struct actor_message *m, void *arg)
 *     {
 *         return actor_reply(a, m->id, "hello", 5);
 *     }
 *
 *     actor_on(a, ACTOR_ASK, greet, NULL);
 *     actor_run(a);
 *
 * An actor is not for several threads at once. Nothing here may be called in a forked child
 * (exec first). Functions that can fail return 0 or a negative ACTOR_ code. Times are in
 * milliseconds, sizes in bytes; as a time to wait, 0 is not to wait, less is to wait without end.
 */
#ifndef ACTOR_H
#define ACTOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ACTOR_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define ACTOR_PRINTF(f, a)
#endif

#define ACTOR_BODY_MAX (16 * 1024 * 1024) /* of one message */
#define ACTOR_HEADERS_MAX (64 * 1024)     /* all headers of one message, 3 bytes a header added */
#define ACTOR_ADDRESS_LENGTH_MAX 255
#define ACTOR_TAG_LENGTH_MAX 64

enum actor_code {
    ACTOR_OK = 0,
    ACTOR_NOMEM = -1,        /* no memory; nothing was done */
    ACTOR_INVALID = -2,      /* an argument or the environment is wrong; nothing was done */
    ACTOR_TOO_LARGE = -3,    /* over one of the limits above; nothing was done */
    ACTOR_CLOSED = -6,       /* the supervisor is gone */
    ACTOR_TIMEOUT = -7,      /* time ran out */
    ACTOR_SYSTEM = -8,       /* a system call failed */
    ACTOR_REFUSED = -9,      /* the supervisor refused us */
    ACTOR_NOT_RUNNING = -10, /* no supervisor listens there */
    ACTOR_PROTOCOL = -12,    /* the supervisor sent what is no frame */
    ACTOR_DENIED = -14,      /* the token is stale or another's */
};

/* The general words for a code. */
const char *actor_code_text(int code);

struct actor_error {
    int code; /* enum actor_code */
    char text[1024];
};

enum actor_type {
    ACTOR_ANY = 0,   /* for actor_on */
    ACTOR_TELL = 1,  /* wants no answer */
    ACTOR_ASK = 2,   /* wants actor_reply */
    ACTOR_REPLY = 3, /* answers the ask with this tag */
    ACTOR_WAKE = 4,  /* the timer with this tag */
    ACTOR_EXIT = 5,  /* finish what is in hand, then end; id 0, not to be acked */
    ACTOR_DEAD = 6,  /* what was sent (an ask: with this tag) was not delivered or not answered;
                        the header `reason` says why */
    ACTOR_CHILD_EXITED = 7,
    ACTOR_WATCHED_EXITED = 8,
    ACTOR_HOST_UP = 9,
    ACTOR_HOST_DOWN = 10,
};

/* A message, valid until the handler returns or the next actor_receive. Strings end with a NUL. */
struct actor_message {
    uint64_t id;      /* 0: needs no ack */
    int type;         /* enum actor_type */
    uint32_t attempt; /* from 1; more when a process died or failed with it */
    const char *from; /* the sender's address */
    const char *to;   /* the address it was sent to */
    const char *tag;  /* REPLY, DEAD: of our ask; WAKE: of the timer; else "" */
    const void *body; /* no NUL behind it */
    size_t size;      /* of the body */
    /* The library's own. */
    struct actor *actor;
    const void *headers;
    size_t headers_size;
    const void *reserved[3];
};

struct actor_pair {
    const char *key; /* 1 to 255 bytes; NULL ends a list */
    const char *value;
};

struct actor;

/* Attaches this process to its mailbox as the environment says: ACTOR_URL, ACTOR_NAME,
 * ACTOR_INDEX and ACTOR_TOKEN, which the supervisor sets. The caller ends it with actor_detach.
 * error may be NULL; *out is untouched on failure. With `transport: stdio`, descriptors 0 and 1
 * carry frames from here on; 0 becomes /dev/null and what is printed to 1 goes to the log. */
int actor_attach(struct actor **out, struct actor_error *error);

struct actor_options {
    const char *url;         /* NULL: $ACTOR_URL */
    const char *name;        /* NULL: $ACTOR_NAME, with /$ACTOR_INDEX in a pool */
    const char *token;       /* NULL: $ACTOR_TOKEN */
    int timeout_ms;          /* to connect and be welcomed; 0: 10 seconds */
    const void *reserved[4]; /* NULL */
};
int actor_attach_with(struct actor **out, const struct actor_options *options,
                      struct actor_error *error);

/* Sends what still waits, says goodbye and frees. Waits at most timeout_ms; 0, or why not all of it
 * was sent. What is in hand comes again to the next process. NULL is allowed. */
int actor_detach(struct actor *a, int timeout_ms);

const char *actor_name(const struct actor *a);   /* our address */
const char *actor_system(const struct actor *a); /* the system's name */
const char *actor_why(const struct actor *a);    /* the last failure in words */

/* -- With handlers ------------------------------------------------------------------ */

/* Handles a message. 0: it is handled, and is acked unless the handler replied, acked, failed or
 * deferred it. ACTOR_KEEP: it stays in hand, to be settled later by its id. Anything else:
 * a failed attempt, unless it was settled. */
typedef int actor_handler(struct actor *a, const struct actor_message *m, void *arg);
#define ACTOR_KEEP 0x6b656570 /* no value that a handler returns for a failure by habit */

/* Sets the handler of a type, ACTOR_ANY: of every type that has none, but ACTOR_EXIT; NULL takes it
 * away. Tells and asks without one are failed attempts, other types without one are acked.
 * 0 or ACTOR_INVALID. */
int actor_on(struct actor *a, int type, actor_handler *handler, void *arg);

/* Handles messages until ACTOR_EXIT came (and its handler, if there is one, returned 0) and nothing
 * is in hand any more or nothing more can come, or until actor_stop: 0. Or a negative code. */
int actor_run(struct actor *a);

/* Makes actor_run return 0 after the message that is being handled. */
void actor_stop(struct actor *a);

/* -- With a loop of one's own -------------------------------------------------------------- */

/* Readable when messages may be there. Before it is polled, actor_step or actor_receive must
 * have returned with nothing left, as what they have read ahead does not show here. */
int actor_fd(struct actor *a);

/* Waits at most timeout_ms for a message, then handles all that are there by their handlers and
 * sends what they sent. The number handled (0: none came), or a negative code. */
int actor_step(struct actor *a, int timeout_ms);

/* Has actor_run nothing more to do? For those who call actor_step. */
int actor_ended(const struct actor *a);

/* Sends what waits, if there is nothing to receive, then waits for one message: 0 and *m, which the
 * caller settles with one of the four below (unless its id is 0). ACTOR_TIMEOUT: none came. */
int actor_receive(struct actor *a, struct actor_message *m, int timeout_ms);

/* -- Settling a message, by its id -------------------------------------------------------- */

int actor_ack(struct actor *a, uint64_t id);                                  /* handled */
int actor_reply(struct actor *a, uint64_t id, const void *body, size_t size); /* and handled */
int actor_reply_with(struct actor *a, uint64_t id, const struct actor_pair *headers,
                     const void *body, size_t size);
int actor_fail(struct actor *a, uint64_t id, const char *reason); /* an attempt failed */
int actor_defer(struct actor *a, uint64_t id); /* back to the tail of the mailbox, uncounted */

/* -- Sending ------------------------------------------------------------------------------
 * What is sent is copied, and leaves when all that was received is handled, at 64 KiB, or
 * with actor_flush. That waits while a mailbox that it goes to is full. NULL or "" as `to` is what
 * the file says under `to`. */

int actor_send(struct actor *a, const char *to, const void *body, size_t size);
int actor_send_with(struct actor *a, const char *to, const struct actor_pair *headers,
                    const void *body, size_t size);

/* The answer comes as ACTOR_REPLY with this tag, or as ACTOR_DEAD when there is none after
 * timeout_ms from its acceptance (0 or less: 5 seconds). A tag is 1 to 64 bytes and
 * does not begin with ~. */
int actor_ask(struct actor *a, const char *to, const char *tag, int64_t timeout_ms,
              const void *body, size_t size);
/* The answer, ACTOR_REPLY or ACTOR_DEAD, comes to this handler. */
int actor_ask_then(struct actor *a, const char *to, int64_t timeout_ms, const void *body,
                   size_t size, actor_handler *handler, void *arg);

/* ACTOR_WAKE with this tag (at most 64 bytes) and body comes after that long, should this process
 * die before, to the next. A timer set with the tag of one that still runs replaces it. */
int actor_wake(struct actor *a, int64_t after_ms, const char *tag, const void *body, size_t size);
int actor_unwake(struct actor *a, const char *tag);

/* -- Other actors -------------------------------------------------------------------------- */

struct actor_spawn {
    const char *name;             /* its address is ours, a dot and this; NULL: one is made */
    const char *tag;              /* its address comes as ACTOR_REPLY with this tag; NULL: not */
    const char *const *args;      /* further words of its command, NULL at the end; or NULL */
    const struct actor_pair *env; /* variables of its environment; or NULL */
    const void *reserved[4];      /* NULL */
};

/* Starts an actor of a template of the file, as our child: how may be NULL. What is sent to it
 * waits until it is there. Of each end of a process of it, and of a failure to start, we are told
 * by ACTOR_CHILD_EXITED: headers `actor`, `status` or `signal`, `restart` (yes, no); the reason is
 * the body. A child of the same name that we have already, and that lives, is what was asked for.
 */
int actor_spawn(struct actor *a, const char *template, const struct actor_spawn *how);
/* Ends an actor once what it has is handled, its children first. now: without handling what it has
 * not been given yet. */
int actor_exit(struct actor *a, const char *to, int now);
/* ACTOR_WATCHED_EXITED comes once that actor has ended for good, or is not there. */
int actor_watch(struct actor *a, const char *to);
int actor_unwatch(struct actor *a, const char *to);

int actor_ready(struct actor *a); /* with `ready: notify`: we are */

enum actor_level { ACTOR_DEBUG, ACTOR_INFO, ACTOR_WARNING, ACTOR_ERROR };
/* A line in the actor's log, of at most 4096 bytes. */
int actor_log(struct actor *a, int level, const char *format, ...) ACTOR_PRINTF(3, 4);

/* Sends what waits: 0, ACTOR_TIMEOUT (the rest still waits), or another code. */
int actor_flush(struct actor *a, int timeout_ms);

/* -- Headers ------------------------------------------------------------------------ */

/* The value of a header, or NULL; valid as long as the message. */
const char *actor_header(const struct actor_message *m, const char *key);
/* The index-th header, from 0, with the true size of its value: 1, or 0 when there is none, or
 * ACTOR_NOMEM. */
int actor_header_at(const struct actor_message *m, size_t index, const char **key,
                    const char **value, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
