/* The output of a member: to its targets, kept in order while a target is full. */
#ifndef ENGINE_SENDING_H
#define ENGINE_SENDING_H

#include "engine/system.h"

/* The part of speak_host that sends; see speak.h. */
size_t sending_lines(void *member, const char *data, size_t len, char delim);
int sending_pass(void *member, const struct letter *in, struct span body);
void sending_send(void *member, const struct speak_out *out);
bool sending_congested(void *member);
void sending_reply(void *member, uint64_t id, struct span headers, struct span body);

/* Sends what waits, as far as there is room. True when nothing waits any more. */
bool sending_flush(struct member *m);
void sending_drop(struct member *m); /* forgets what waits (the system ends) */

mail_origin member_origin(const struct member *m);

/* What a SEND or an ASK says. */
static inline struct speak_out sending_out(const struct frame *f)
{
    return (struct speak_out){.to = f->to,
                              .type = f->kind == FRAME_ASK ? MSG_ASK : MSG_TELL,
                              .tag = f->tag,
                              .timeout_ms = f->millis,
                              .headers = f->headers,
                              .body = f->body};
}

/* Accepts one message of any sender for an address (or for the actor's `to` when the address is
 * empty and by is not NULL). 0; ERR_AGAIN with *full set; else refused, with why filled. An
 * accepted ask is open for `asker`. */
struct sending {
    mail_origin from;
    mail_origin asker; /* who gets the answer of an ask */
    struct member *by; /* NULL: an outside client */
    const struct speak_out *out;
};
int sending_post(struct system *s, const struct sending *what, struct actor **full, char *why,
                 size_t size);

/* A tell for each line of what->out->body, of which the last ends with delim too; what->out->to is
 * an address. As sending_post; what was sent before it failed is sent. */
struct sent_lines {
    uint64_t lines;
    size_t bytes; /* of the body, delimiters included */
};
int sending_post_lines(struct system *s, const struct sending *what, char delim,
                       struct sent_lines *sent, struct actor **full, char *why, size_t size);

/* An ask reserves the place of its reply, which the bound does not cover: true when as many asks
 * and unread replies of m are open as its mailbox may hold messages. Then it waits for itself. */
bool sending_reserved(const struct member *m);
/* One of its asks is over, or its answer was taken: if it waits to ask again it may, whatever
 * stands in its mailbox. */
void sending_answered(struct member *m);

#endif
