/* The pump of actorsend: messages into a session, acceptances and replies out of it. */
#ifndef CMD_SENDER_H
#define CMD_SENDER_H

#include "model/frame.h"
#include "wire/session.h"

#include <stdbool.h>
#include <stdint.h>

struct sender_job {
    const char *address;
    const char *message; /* NULL: standard input */
    uint64_t count;      /* how often message is sent */
    int delimiter;       /* of the input; -1: it is one message */
    bool ask, json;
    int64_t accept_ms;   /* for the acceptance of the next message; -1: as long as it takes */
    int64_t reply_ms;    /* for a reply, from acceptance */
    struct span headers; /* packed */
    int progress;        /* as progress_init takes it */
};

/* Sends all and waits until it is accepted (and answered). Says what went wrong. Returns the exit
 * status. The session stays the caller's. */
int sender_run(struct session *s, const struct sender_job *job);

#endif
