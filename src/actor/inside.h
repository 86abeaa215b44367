/* What the files of libactor share. Names that are to stay inside do not begin with actor_. */
#ifndef ACTOR_INSIDE_H
#define ACTOR_INSIDE_H

#include "actor/actor.h"
#include "actor/asks.h"
#include "actor/port.h"
#include "base/bytes.h"
#include "model/address.h"

#include <stdbool.h>

enum { INSIDE_TYPES = ACTOR_HOST_DOWN + 1, INSIDE_TEXT = 256 };

struct inside_handler {
    actor_handler *handler;
    void *arg;
};

struct actor {
    struct port *port; /* owned */
    struct inside_handler on[INSIDE_TYPES];
    struct asks asks;
    struct err why; /* the last failure */

    /* The message last received: what its pointers point to. */
    char from[INSIDE_TEXT];
    char to[INSIDE_TEXT];
    char tag[INSIDE_TEXT];
    struct bytes headers; /* as strings, once actor_header was asked for them */
    bool headers_read;
    uint64_t current; /* its id while its handler runs, until it is settled; else 0 */

    uint64_t in_hand; /* received with an id and not yet settled */
    bool exit_asked;  /* ACTOR_EXIT came and was agreed to */
    bool stopped;     /* actor_stop */

    char sent_to[ADDRESS_MAX + 1]; /* the target last found to be an address */
    struct bytes packed;           /* headers of what is being sent */
};

/* receive.c: makes m of the next DELIVER. Does not flush. */
int receive_next(struct actor *a, struct actor_message *m, int timeout_ms);

/* emit.c */
/* 0, or an ACTOR_ code with why. */
int emit_check_target(struct actor *a, const char *to);
int emit_pack_headers(struct actor *a, const struct actor_pair *headers, struct span *out);
int emit_frame(struct actor *a, const struct frame *f);

/* Keeps the failure's words for actor_why, and returns code. */
int inside_fail(struct actor *a, int code, const char *format, ...) ACTOR_PRINTF(3, 4);

static inline struct span inside_span(const char *text)
{
    return text == NULL ? span_of(NULL, 0) : span_of(text, __builtin_strlen(text));
}

#endif
