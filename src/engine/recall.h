/* The trace, as the command `trace` gets it. */
#ifndef ENGINE_RECALL_H
#define ENGINE_RECALL_H

#include "engine/selection.h"

/* One part of JSON: {"version": TEXT, "overwritten": BOOL, "now_us": N, "wall_us": N,
 * "names": [[INDEX, NAME]...], "dead": {ID: {"to": TEXT, "reason": TEXT}}}; then the records of
 * model/trace.h as they are, the oldest first, in parts. What they mean is found out over there. */
void recall_answer(struct client *c, const json_t *req, struct selection *sel);

#endif
