/* A message as one line of JSON, as a json actor gets it:
 *
 *   {"id":"0123456789abcdef","from":"split","to":"count","type":"tell","attempt":1,"body":"text"}
 *
 * id       16 hexadecimal digits; of `exit` at the end of input all are 0, and it needs no ack
 * body     or "body64" (RFC 4648) when the bytes are not UTF-8
 * re       reply, dead: the id that the actor gave its ask (of what was told without one: absent);
 *          wake: the id of the timer, while "id" is the message's own, to be acked
 * reason   dead: why it could not be delivered (it stands in the header `reason` as well)
 * headers  an object of strings, absent when there are none
 * attempt  from 1
 *
 * Bytes of a header that are not UTF-8 are shown as U+FFFD.
 */
#ifndef SPEAK_JSONLINE_H
#define SPEAK_JSONLINE_H

#include "base/bytes.h"
#include "model/mailbox.h"

/* Appends the line and its newline. 0, or ERR_NOMEM with out unchanged. */
int jsonline_write(struct bytes *out, const struct letter *l, struct span from, struct span to);

#endif
