/* The asks that actorsend has in flight, and their replies in the order of the messages. */
#ifndef CMD_SENDASK_H
#define CMD_SENDASK_H

#include "model/frame.h"

#include <stdbool.h>
#include <stdint.h>

#define SENDASK_MAX 1024 /* in flight */
#define SENDASK_TAG_MAX 24

struct sendask;

/* json: print envelopes. delimiter: what ends a printed reply. timeout_ms: of a reply; the number
 * in flight is kept low enough that a slow actor answers within it. NULL without memory. */
struct sendask *sendask_new(bool json, char delimiter, int64_t timeout_ms);
void sendask_free(struct sendask *a);

bool sendask_room(const struct sendask *a);
bool sendask_pending(const struct sendask *a); /* replies are still to come */
/* The tag of the next ask, which counts as sent now. */
struct span sendask_sent(struct sendask *a, int64_t now, char buf[SENDASK_TAG_MAX]);
/* Takes a DELIVER frame; prints what is now in turn. 0, ERR_NOMEM, or ERR_SYSTEM when standard
 * output cannot be written. */
int sendask_answer(struct sendask *a, const struct frame *f, int64_t now);
uint64_t sendask_answered(const struct sendask *a); /* printed */
uint64_t sendask_failed(const struct sendask *a);   /* came back dead */

#endif
