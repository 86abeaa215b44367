/* A delivered message as the JSON that json actors are given. */
#ifndef CMD_ENVELOPE_H
#define CMD_ENVELOPE_H

#include "base/bytes.h"
#include "model/frame.h"

/* The value of a header, or an empty span. Borrowed from f. */
struct span envelope_header(const struct frame *f, const char *key);
/* Appends f, a DELIVER frame, on one line without a newline. 0 or ERR_NOMEM. */
int envelope_json(struct bytes *out, const struct frame *f);

#endif
