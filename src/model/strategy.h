/* What follows from the end of a supervised process, for itself and for its group: a pure decision.
 * After the supervisors of Erlang/OTP: `always`, `on-failure` and `never` are their permanent,
 * transient and temporary children. */
#ifndef MODEL_STRATEGY_H
#define MODEL_STRATEGY_H

#include "model/policy.h"

enum strategy { STRATEGY_ONE_FOR_ONE, STRATEGY_ONE_FOR_ALL, STRATEGY_REST_FOR_ONE };

const char *strategy_name(enum strategy s); /* as the file has it */

enum strategy_verdict {
    STRATEGY_IS_STOPPED,   /* it was to stop; nobody else is touched */
    STRATEGY_IS_DONE,      /* it ended well, and is not started again; nobody else is touched */
    STRATEGY_FAILS,        /* it is not started again, and its group fails with it */
    STRATEGY_RESTART_ONE,  /* it is started again */
    STRATEGY_RESTART_REST, /* and those that stand behind it in the group */
    STRATEGY_RESTART_ALL,  /* and all others of the group */
};

struct strategy_end {
    enum policy_restart restart;
    struct policy_exit how; /* scarce: it is tried again, whatever `restart` and limits say */
    bool halted;            /* it was told to stop, by hand or with its group */
    bool ended; /* it was given the end of its input: to end well is the end, whatever `restart` */
};

/* Would it be started again, were there no limit? */
bool strategy_again(const struct strategy_end *e);
/* within: its own limit and its group's allow one more restart. */
enum strategy_verdict strategy_decide(enum strategy s, const struct strategy_end *e, bool within);

#endif
