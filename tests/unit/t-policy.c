#include "model/policy.h"
#include "tests/unit/tap.h"

#include <stddef.h>

static void test_text(void)
{
    static const struct {
        struct policy_exit exit;
        const char *text;
        bool fine;
    } rows[] = {
        {{.started = true}, "exit 0", true},
        {{.started = true, .status = 3}, "exit 3", false},
        {{.started = true, .signal = 9}, "signal KILL", false},
        {{.started = true, .signal = 15}, "signal TERM", false},
        {{.started = false}, "could not be started", false},
        {{.started = true, .signal = 9, .cause = POLICY_MEMORY_LIMIT},
         "signal KILL (memory limit)",
         false},
        {{.started = true, .status = 137, .cause = POLICY_MEMORY_LIMIT},
         "exit 137 (memory limit)",
         false},
        {{.started = true, .signal = 24, .cause = POLICY_CPU_LIMIT},
         "signal XCPU (cpu limit)",
         false},
        {{.started = true, .unfit = true}, "exit 0", false},
        {{.started = true, .cause = POLICY_WITH_HOST}, "exit 0 (of its host)", false},
        {{.started = true, .signal = 11, .cause = POLICY_WITH_HOST},
         "signal SEGV (of its host)",
         false},
    };
    char buf[32];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_str(policy_exit_text(&rows[i].exit, buf, sizeof(buf)), rows[i].text, "%s", rows[i].text);
        ok(policy_exit_ok(&rows[i].exit) == rows[i].fine, "is %swell", rows[i].fine ? "" : "not ");
        ok(policy_again(POLICY_ALWAYS, &rows[i].exit), "always again");
        ok(!policy_again(POLICY_NEVER, &rows[i].exit), "never again");
        ok(policy_again(POLICY_ON_FAILURE, &rows[i].exit) != rows[i].fine, "again on failure");
    }
}

static void test_delay(void)
{
    struct policy_backoff b = {.min_ms = 100, .max_ms = 1000, .factor = 2, .jitter = 0};

    is_int(policy_delay(&b, 1, 0.5), 100, "the first wait");
    is_int(policy_delay(&b, 2, 0.5), 200, "the second");
    is_int(policy_delay(&b, 4, 0.5), 800, "the fourth");
    is_int(policy_delay(&b, 5, 0.5), 1000, "at most the maximum");
    is_int(policy_delay(&b, 4000000000u, 0.5), 1000, "however often");
    b.jitter = 0.1;
    is_int(policy_delay(&b, 1, 0), 90, "jitter downwards");
    is_int(policy_delay(&b, 1, 0.5), 100, "none");
    is_int(policy_delay(&b, 1, 0.999999), 110, "and upwards");
    b = (struct policy_backoff){.min_ms = 0, .max_ms = 0, .factor = 2, .jitter = 1};
    is_int(policy_delay(&b, 9, 0), 0, "no wait at all");
    b = (struct policy_backoff){.min_ms = 5, .max_ms = 50, .factor = 1, .jitter = 1};
    is_int(policy_delay(&b, 1000, 0.5), 5, "a factor of 1 stays");
    is_int(policy_delay(&b, 1, 0), 0, "never before now");
}

static void test_limiter(void)
{
    struct policy_limiter l;

    if (policy_limiter_init(&l, 3, 1000) != 0)
        bail_out("no memory");
    ok(policy_limiter_allow(&l, 0), "one");
    ok(policy_limiter_allow(&l, 100), "two");
    ok(policy_limiter_allow(&l, 200), "three");
    ok(!policy_limiter_allow(&l, 999), "four within a second is one too many");
    ok(policy_limiter_allow(&l, 1000), "the first is a second ago");
    ok(!policy_limiter_allow(&l, 1050), "the second is not");
    ok(policy_limiter_allow(&l, 1100), "what was refused was not counted");
    policy_limiter_reset(&l);
    ok(policy_limiter_allow(&l, 1101) && policy_limiter_allow(&l, 1101) &&
           policy_limiter_allow(&l, 1101) && !policy_limiter_allow(&l, 1101),
       "all is forgotten");
    policy_limiter_release(&l);
    if (policy_limiter_init(&l, 0, 1000) != 0)
        bail_out("no memory");
    ok(!policy_limiter_allow(&l, 0), "a limit of 0 allows none");
    policy_limiter_release(&l);
}

int main(void)
{
    test_text();
    test_delay();
    test_limiter();
    return done();
}
