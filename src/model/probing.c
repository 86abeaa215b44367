#include "model/probing.h"

static int64_t probing_after(int64_t now, int64_t ms)
{
    return ms >= PROBING_NEVER - now ? PROBING_NEVER : now + ms;
}

void probing_begin(struct probing *p, enum probing_phase phase, const struct probing_rule *rule,
                   int64_t now)
{
    *p = (struct probing){
        .rule = *rule, .phase = phase, .due = PROBING_NEVER, .deadline = PROBING_NEVER};
    if (phase == PROBING_START)
        p->deadline = probing_after(now, rule->timeout_ms);
    if (phase != PROBING_OFF && rule->checks)
        p->due = phase == PROBING_START ? now : probing_after(now, rule->every_ms);
}

void probing_run(struct probing *p, int64_t now)
{
    p->due = PROBING_NEVER;
    if (p->phase == PROBING_HEALTH)
        p->deadline = probing_after(now, p->rule.timeout_ms);
}

enum probing_verdict probing_ended(struct probing *p, enum probing_result result, int64_t now)
{
    if (p->phase == PROBING_OFF)
        return PROBING_GO_ON;
    if (p->phase == PROBING_HEALTH)
        p->deadline = PROBING_NEVER;
    p->due = probing_after(now, p->rule.every_ms);
    if (result == PROBING_PASSED) {
        p->failed = 0;
        return p->phase == PROBING_START ? PROBING_READY : PROBING_GO_ON;
    }
    if (result == PROBING_UNTOLD)
        return PROBING_GO_ON;
    p->failed++;
    return p->phase == PROBING_HEALTH && p->failed >= p->rule.failures ? PROBING_UNWELL
                                                                       : PROBING_GO_ON;
}

enum probing_verdict probing_over(const struct probing *p)
{
    return p->phase == PROBING_START ? PROBING_LATE : PROBING_GO_ON;
}
