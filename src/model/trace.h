/* What became of messages lately: a ring of records of one size, the oldest of which are
 * overwritten.
 *
 * A record is of a run of messages with ids that follow one another, and to which the same happened
 * within the same millisecond: so bulk costs a record a chunk. Causes are not stored where they
 * follow from what was recorded before and after: see tracetree.h. */
#ifndef MODEL_TRACE_H
#define MODEL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_RECORDS 32768 /* 1 MiB */
#define TRACE_NOBODY                                                             \
    0x7ffffffeu /* whom a message was for that could not be delivered to anybody \
                 */

enum trace_kind {
    TRACE_ACCEPTED = 1, /* from -> to (a member of a pool, or its actor as member 0) */
    TRACE_READ,         /* the same, of what a filter has made of what it read */
    TRACE_HELD,         /* the same, of what another has sent while it had mail in hand */
    TRACE_TOLD,         /* from -> to, that is no actor, and has it */
    TRACE_TAKEN,        /* of these and those below, `to` is the member that has it in hand */
    TRACE_HANDLED,
    TRACE_FAILED,
    TRACE_DEFERRED,
    TRACE_ENDED,   /* its process: what it has in hand is queued again; no id */
    TRACE_DEAD,    /* to: the actor it was for */
    TRACE_DROPPED, /* the same */
    TRACE_RETRIED, /* the same: it was dead, and is queued again */
    TRACE_GONE, /* the actor `to` is no more, and its number may be another's; from: its template */
};

struct trace_record {
    uint64_t id;
    uint64_t cause; /* of TRACE_ACCEPTED and TRACE_TOLD: the message that it follows from, or 0 */
    uint32_t from, to;
    uint32_t when; /* us, the lower part */
    uint8_t when_high;
    uint8_t what; /* kind and type, see trace_kind and trace_type */
    uint16_t n;
};
_Static_assert(sizeof(struct trace_record) == 32, "a record is 32 bytes");

struct trace {
    struct trace_record *ring; /* made with the first record; owned */
    uint64_t count;            /* records that there ever were */
    int64_t ms;                /* of the last one */
    bool failed;               /* no memory for it */
};

static inline struct trace_record trace_event(enum trace_kind kind, uint8_t type, uint64_t id)
{
    return (struct trace_record){.id = id, .what = (uint8_t)(kind | (unsigned)type << 4), .n = 1};
}
static inline enum trace_kind trace_kind(const struct trace_record *r)
{
    return (enum trace_kind)(r->what & 15);
}
static inline uint8_t trace_type(const struct trace_record *r)
{
    return r->what >> 4;
}
/* For each of n records, the oldest first, how many us lie between it and now (us on the clock of
 * trace_add). Right while no two neighbours are 12 days apart. */
void trace_ages(const struct trace_record *records, size_t n, int64_t now, int64_t *ages);

/* Whether r only continues the last record, which is then so much longer. ms: the loop's time. */
bool trace_joins(struct trace *t, const struct trace_record *r, int64_t ms);
/* False: it does not, as is seen at once. */
static inline bool trace_may_join(const struct trace *t, const struct trace_record *r)
{
    return t->count > 0 && t->ring[(t->count - 1) & (TRACE_RECORDS - 1)].what == r->what;
}
/* Another record, of us. n beyond what one holds becomes several. */
void trace_add(struct trace *t, const struct trace_record *r, uint64_t n, int64_t ms, int64_t us);
/* Those that are kept, the oldest first, as two stretches. */
struct trace_kept {
    const struct trace_record *first, *second;
    size_t n_first, n_second;
};
struct trace_kept trace_kept(const struct trace *t);
static inline bool trace_overwritten(const struct trace *t)
{
    return t->count > TRACE_RECORDS;
}
void trace_release(struct trace *t);

#endif
