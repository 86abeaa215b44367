/* What caused a message, and what it caused, from the records of trace.h. Pure, and of a copy: so
 * it may take its time.
 *
 * Where the record does not name the cause, it is found in what its sender had in hand:
 * - TRACE_READ: what the filter has read since what it said before; when it has read nothing since,
 *   what that followed from;
 * - TRACE_HELD: those in hand that were the next to leave it, alike, before more was sent; when
 * none has left it yet, all that is in hand.
 */
#ifndef MODEL_TRACETREE_H
#define MODEL_TRACETREE_H

#include "model/trace.h"

struct trace_log {
    const struct trace_record *records; /* the oldest first */
    size_t n;
    bool overwritten; /* there were older ones */
};

#define TRACE_UNKNOWN SIZE_MAX

/* Messages that were accepted together. */
struct trace_span {
    size_t at; /* the record; TRACE_UNKNOWN: it is older than what is kept */
    uint64_t id;
    uint32_t n;
};

/* The first acceptance of a message. False: there is no record of it. */
bool trace_find(const struct trace_log *log, uint64_t id, struct trace_span *out);
/* The newest message whose id has these lower bits. */
bool trace_find_ending(const struct trace_log *log, uint64_t bits, unsigned n_bits, uint64_t *id);
/* The last one that was accepted for an actor (by its index). */
bool trace_find_last(const struct trace_log *log, uint32_t actor, uint64_t *id);

/* At most max of them in out; returns how many there are. *older: some may be older than what is
 * kept. */
size_t trace_causes(const struct trace_log *log, const struct trace_span *of,
                    struct trace_span *out, size_t max, bool *older);
size_t trace_effects(const struct trace_log *log, const struct trace_span *of,
                     struct trace_span *out, size_t max);

/* What became of them. Of several, times are of the first and the last. */
struct trace_fate {
    uint32_t by; /* who took the first; meaningless when taken is 0 */
    uint64_t taken, handled, dead, dropped, in_hand, waiting; /* messages */
    unsigned attempts;                /* of one: how often it was handed over */
    size_t first_taken, last_handled; /* records; TRACE_UNKNOWN: none */
};
void trace_fate(const struct trace_log *log, const struct trace_span *of, struct trace_fate *out);

#endif
