#include "model/strategy.h"

const char *strategy_name(enum strategy s)
{
    static const char *const names[] = {
        [STRATEGY_ONE_FOR_ONE] = "one-for-one",
        [STRATEGY_ONE_FOR_ALL] = "one-for-all",
        [STRATEGY_REST_FOR_ONE] = "rest-for-one",
    };
    return names[s];
}

bool strategy_again(const struct strategy_end *e)
{
    if (e->halted || (e->ended && policy_exit_ok(&e->how)))
        return false;
    if (e->how.scarce)
        return true;
    return policy_again(e->restart, &e->how);
}

enum strategy_verdict strategy_decide(enum strategy s, const struct strategy_end *e, bool within)
{
    static const enum strategy_verdict restarts[] = {
        [STRATEGY_ONE_FOR_ONE] = STRATEGY_RESTART_ONE,
        [STRATEGY_ONE_FOR_ALL] = STRATEGY_RESTART_ALL,
        [STRATEGY_REST_FOR_ONE] = STRATEGY_RESTART_REST,
    };

    if (e->halted)
        return STRATEGY_IS_STOPPED;
    if (e->how.scarce) /* it has not run: there is nothing to count, nor for others to follow */
        return STRATEGY_RESTART_ONE;
    if (!strategy_again(e))
        return policy_exit_ok(&e->how) ? STRATEGY_IS_DONE : STRATEGY_FAILS;
    return within ? restarts[s] : STRATEGY_FAILS;
}
