/* The truth table of supervision: restart x end x strategy x limit. */
#include "model/strategy.h"
#include "tests/unit/tap.h"

#include <stddef.h>

static const enum strategy strategies[] = {STRATEGY_ONE_FOR_ONE, STRATEGY_ONE_FOR_ALL,
                                           STRATEGY_REST_FOR_ONE};
static const char *const restarts[] = {
    [POLICY_ON_FAILURE] = "on-failure", [POLICY_ALWAYS] = "always", [POLICY_NEVER] = "never"};
static const char *const verdicts[] = {
    [STRATEGY_IS_STOPPED] = "stopped",    [STRATEGY_IS_DONE] = "done",
    [STRATEGY_FAILS] = "fails",           [STRATEGY_RESTART_ONE] = "one",
    [STRATEGY_RESTART_REST] = "the rest", [STRATEGY_RESTART_ALL] = "all"};

/* again: it is started again, as its group's strategy says; else what becomes of it. */
struct row {
    const char *name;
    struct policy_exit how;
    bool halted, ended;
    enum policy_restart restart;
    bool again;
    enum strategy_verdict else_is;
};

#define EXIT_0          \
    {                   \
        .started = true \
    }
#define EXIT_1                       \
    {                                \
        .started = true, .status = 1 \
    }
#define KILLED                       \
    {                                \
        .started = true, .signal = 9 \
    }
#define NEVER_BEGAN      \
    {                    \
        .started = false \
    }

static const struct row rows[] = {
    {"exit 0", EXIT_0, false, false, POLICY_ALWAYS, true, STRATEGY_FAILS},
    {"exit 0", EXIT_0, false, false, POLICY_ON_FAILURE, false, STRATEGY_IS_DONE},
    {"exit 0", EXIT_0, false, false, POLICY_NEVER, false, STRATEGY_IS_DONE},
    {"exit 1", EXIT_1, false, false, POLICY_ALWAYS, true, STRATEGY_FAILS},
    {"exit 1", EXIT_1, false, false, POLICY_ON_FAILURE, true, STRATEGY_FAILS},
    {"exit 1", EXIT_1, false, false, POLICY_NEVER, false, STRATEGY_FAILS},
    {"a signal", KILLED, false, false, POLICY_ALWAYS, true, STRATEGY_FAILS},
    {"a signal", KILLED, false, false, POLICY_ON_FAILURE, true, STRATEGY_FAILS},
    {"a signal", KILLED, false, false, POLICY_NEVER, false, STRATEGY_FAILS},
    {"no start", NEVER_BEGAN, false, false, POLICY_ALWAYS, true, STRATEGY_FAILS},
    {"no start", NEVER_BEGAN, false, false, POLICY_ON_FAILURE, true, STRATEGY_FAILS},
    {"no start", NEVER_BEGAN, false, false, POLICY_NEVER, false, STRATEGY_FAILS},
    {"by hand, exit 0", EXIT_0, true, false, POLICY_ALWAYS, false, STRATEGY_IS_STOPPED},
    {"by hand, exit 1", EXIT_1, true, false, POLICY_ALWAYS, false, STRATEGY_IS_STOPPED},
    {"by hand, a signal", KILLED, true, false, POLICY_ALWAYS, false, STRATEGY_IS_STOPPED},
    {"by hand, exit 0", EXIT_0, true, false, POLICY_ON_FAILURE, false, STRATEGY_IS_STOPPED},
    {"by hand, exit 1", EXIT_1, true, false, POLICY_ON_FAILURE, false, STRATEGY_IS_STOPPED},
    {"by hand, a signal", KILLED, true, false, POLICY_ON_FAILURE, false, STRATEGY_IS_STOPPED},
    {"by hand, exit 0", EXIT_0, true, false, POLICY_NEVER, false, STRATEGY_IS_STOPPED},
    {"by hand, exit 1", EXIT_1, true, false, POLICY_NEVER, false, STRATEGY_IS_STOPPED},
    {"by hand, a signal", KILLED, true, false, POLICY_NEVER, false, STRATEGY_IS_STOPPED},
    {"its input ended, exit 0", EXIT_0, false, true, POLICY_ALWAYS, false, STRATEGY_IS_DONE},
    {"its input ended, exit 1", EXIT_1, false, true, POLICY_ALWAYS, true, STRATEGY_FAILS},
};

/* What could not be started for want of a process is tried again, alone, and uncounted. */
static void test_scarce(void)
{
    for (size_t i = 0; i < 2 * sizeof(strategies) / sizeof(strategies[0]); i++) {
        enum strategy strategy = strategies[i / 2];
        struct strategy_end e = {POLICY_NEVER, {.scarce = true}, false, false};
        ok(strategy_again(&e), "never, no process for it: again");
        is_str(verdicts[strategy_decide(strategy, &e, i % 2 == 0)], verdicts[STRATEGY_RESTART_ONE],
               "never, no process for it, %s: alone", strategy_name(strategy));
        e.halted = true;
        is_str(verdicts[strategy_decide(strategy, &e, true)], verdicts[STRATEGY_IS_STOPPED],
               "no process for it, and stopped by hand");
    }
}

static void test_row(const struct row *r)
{
    static const enum strategy_verdict again[] = {STRATEGY_RESTART_ONE, STRATEGY_RESTART_ALL,
                                                  STRATEGY_RESTART_REST};
    struct strategy_end e = {r->restart, r->how, r->halted, r->ended};

    ok(strategy_again(&e) == r->again, "%s, %s: %s", restarts[r->restart], r->name,
       r->again ? "again" : "not again");
    for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
        enum strategy_verdict within = r->again ? again[i] : r->else_is;
        enum strategy_verdict over = r->again ? STRATEGY_FAILS : r->else_is;
        const char *name = strategy_name(strategies[i]);
        is_str(verdicts[strategy_decide(strategies[i], &e, true)], verdicts[within],
               "%s, %s, %s, within its limit", restarts[r->restart], r->name, name);
        is_str(verdicts[strategy_decide(strategies[i], &e, false)], verdicts[over],
               "%s, %s, %s, over it", restarts[r->restart], r->name, name);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        test_row(&rows[i]);
    test_scarce();
    return done();
}
