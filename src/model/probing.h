/* Decisions about checks of an actor, pure functions of a rule, a history and the time that is
 * passed in: first whether it gets ready, then whether it stays well. */
#ifndef MODEL_PROBING_H
#define MODEL_PROBING_H

#include <stdbool.h>
#include <stdint.h>

#define PROBING_NEVER INT64_MAX

enum probing_phase { PROBING_OFF, PROBING_START, PROBING_HEALTH };

struct probing_rule {
    bool checks;        /* false: nothing is run; it gets ready by itself, or does not in time */
    int64_t every_ms;   /* from the end of a check to the next */
    int64_t timeout_ms; /* start: for all of it; health: for one check. PROBING_NEVER: no bound */
    unsigned failures;  /* health: so many in a row are too many */
};

struct probing {
    struct probing_rule rule;
    enum probing_phase phase;
    int64_t due;      /* of the next check; PROBING_NEVER: of none */
    int64_t deadline; /* of the start, or of the check that runs; PROBING_NEVER: none */
    unsigned failed;  /* checks in a row */
};

enum probing_result {
    PROBING_PASSED,
    PROBING_FAILED,
    PROBING_UNTOLD, /* it could not be made, for reasons that are not the actor's */
};

enum probing_verdict {
    PROBING_GO_ON,
    PROBING_READY,
    PROBING_LATE,   /* it is not ready in time */
    PROBING_UNWELL, /* too many failures in a row */
};

/* A phase begins: of a start the first check is due at once, of health after `every`. */
void probing_begin(struct probing *p, enum probing_phase phase, const struct probing_rule *rule,
                   int64_t now);
/* A check begins: none is due until it has ended. */
void probing_run(struct probing *p, int64_t now);
/* It has ended. */
enum probing_verdict probing_ended(struct probing *p, enum probing_result result, int64_t now);
/* The deadline is over. A check that runs is to be ended, and has failed, for GO_ON. */
enum probing_verdict probing_over(const struct probing *p);

#endif
