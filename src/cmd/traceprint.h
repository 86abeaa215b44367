/* The causal tree of a message, for people and as JSON. */
#ifndef CMD_TRACEPRINT_H
#define CMD_TRACEPRINT_H

#include "model/tracetree.h"

#include <jansson.h>

/* What the supervisor has told: the records, and what their numbers mean. */
struct traced {
    struct trace_log log;
    const json_t *head;  /* see engine/recall.h */
    const int64_t *ages; /* of each record, us */
};

/* The tree as one JSON object: the message with its `causes` and its `effects`, each with theirs.
 */
json_t *trace_json(const struct traced *t, const struct trace_span *of);
/* The same, from that object, on standard output. */
void trace_text(const json_t *tree, bool colour);

#endif
