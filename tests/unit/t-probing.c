#include "model/probing.h"
#include "tests/unit/tap.h"

static const struct probing_rule start = {.checks = true, .every_ms = 100, .timeout_ms = 1000};
static const struct probing_rule health = {
    .checks = true, .every_ms = 100, .timeout_ms = 20, .failures = 3};

static void test_start(void)
{
    struct probing p;

    probing_begin(&p, PROBING_START, &start, 5000);
    is_int(p.due, 5000, "the first check of a start is due at once");
    is_int(p.deadline, 6000, "all of it has its time");
    probing_run(&p, 5000);
    ok(p.due == PROBING_NEVER, "none is due while one runs");
    is_int(p.deadline, 6000, "one check has no time of its own");
    is_int(probing_ended(&p, PROBING_FAILED, 5040), PROBING_GO_ON, "it failed");
    is_int(p.due, 5140, "the next is due after it has ended");
    for (int i = 0; i < 1000; i++)
        is_int(probing_ended(&p, PROBING_FAILED, 5140), PROBING_GO_ON, "however often");
    is_int(p.failed, 1001, "they are counted");
    is_int(probing_over(&p), PROBING_LATE, "until its time is over");
    is_int(probing_ended(&p, PROBING_UNTOLD, 5200), PROBING_GO_ON, "one that could not be made");
    is_int(p.failed, 1001, "counts for nothing");
    is_int(probing_ended(&p, PROBING_PASSED, 5300), PROBING_READY, "one that passes");
}

static void test_no_checks(void)
{
    static const struct probing_rule log = {.every_ms = 100, .timeout_ms = 1000};
    static const struct probing_rule patient = {
        .checks = true, .every_ms = 100, .timeout_ms = PROBING_NEVER};
    struct probing p;

    probing_begin(&p, PROBING_START, &log, 7);
    ok(p.due == PROBING_NEVER && p.deadline == 1007,
       "a start without checks has a time all the same");
    is_int(probing_over(&p), PROBING_LATE, "which ends");
    probing_begin(&p, PROBING_START, &patient, 7);
    ok(p.due == 7 && p.deadline == PROBING_NEVER, "or one with checks has none");
    probing_begin(&p, PROBING_OFF, &start, 7);
    ok(p.due == PROBING_NEVER && p.deadline == PROBING_NEVER, "off is off");
    is_int(probing_ended(&p, PROBING_PASSED, 8), PROBING_GO_ON, "what ends late says nothing");
    ok(p.due == PROBING_NEVER, "and makes none due");
}

static void test_health(void)
{
    static const enum probing_result passed = PROBING_PASSED, failed = PROBING_FAILED,
                                     untold = PROBING_UNTOLD;
    const struct {
        enum probing_result result;
        enum probing_verdict verdict;
        unsigned failed;
    } rows[] = {
        {passed, PROBING_GO_ON, 0}, {failed, PROBING_GO_ON, 1},  {failed, PROBING_GO_ON, 2},
        {passed, PROBING_GO_ON, 0}, {failed, PROBING_GO_ON, 1},  {untold, PROBING_GO_ON, 1},
        {failed, PROBING_GO_ON, 2}, {failed, PROBING_UNWELL, 3},
    };
    struct probing p;
    int64_t now = 1000;

    probing_begin(&p, PROBING_HEALTH, &health, now);
    is_int(p.due, 1100, "the first check of health is due after `every`");
    ok(p.deadline == PROBING_NEVER, "none runs");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        now = p.due;
        probing_run(&p, now);
        is_int(p.deadline, now + 20, "one check has its time");
        is_int(probing_over(&p), PROBING_GO_ON, "which is not the actor's");
        is_int(probing_ended(&p, rows[i].result, now + 3), rows[i].verdict, "check %zu", i);
        is_int(p.failed, rows[i].failed, "so many in a row");
        is_int(p.due, now + 103, "the next");
        ok(p.deadline == PROBING_NEVER, "none runs");
    }
    struct probing_rule strict = health;
    strict.failures = 1;
    probing_begin(&p, PROBING_HEALTH, &strict, 0);
    is_int(probing_ended(&p, PROBING_FAILED, 1), PROBING_UNWELL, "one may be too many");
}

int main(void)
{
    test_start();
    test_no_checks();
    test_health();
    return done();
}
