/* One look at a system by `top`: what the supervisor tells of each member, and what follows from
 * two such looks. */
#ifndef CMD_TOPSAMPLE_H
#define CMD_TOPSAMPLE_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Numbers of a member, of a pool, or of a whole system. TOP_UNKNOWN: not known. */
enum top_figure {
    TOP_PID,
    TOP_RESTARTS,
    TOP_QUEUED,
    TOP_IN_HAND,
    TOP_DEPTH,     /* both together */
    TOP_BYTES,     /* of them */
    TOP_OLDEST,    /* ms that the oldest queued message waits; 0: none does */
    TOP_HANDLED,   /* messages, since the start of the system */
    TOP_ACCEPTED,  /* the same; the first member of a pool stands for all */
    TOP_UPTIME,    /* ms */
    TOP_IN_RATE,   /* messages accepted in a second */
    TOP_DONE_RATE, /* handled in a second */
    TOP_CPU,       /* hundredths of one processor */
    TOP_MEMORY,    /* bytes */
    TOP_FIGURES,
};
#define TOP_UNKNOWN (-1.0)

struct topmember {
    const char *name, *state, *reason, *host; /* borrowed from the sample's answer */
    unsigned index;                           /* 0: the actor is no pool */
    double figure[TOP_FIGURES];
};

struct topsample {
    json_t *answer;            /* owned */
    const char *system, *host; /* borrowed from it */
    pid_t pid;                 /* of the supervisor */
    int64_t uptime_ms, dead;
    double cpu, memory;        /* of the supervisor, as TOP_CPU and TOP_MEMORY */
    struct topmember *members; /* those of an actor stand together; owned */
    size_t n;
};

/* Reads an answer to `live`, which it takes. 0, or ERR_PROTOCOL or ERR_NOMEM with e. */
int topsample_read(struct topsample *s, json_t *answer, struct err *e);
void topsample_release(struct topsample *s); /* s is empty then */

bool topsample_hosts(const struct topsample *s); /* are there members on other hosts? */

/* Fills the rates of messages from a look that was earlier (or is empty). */
void topsample_rates(struct topsample *now, const struct topsample *before);

#endif
