#include "model/elastic.h"

static const double elastic_weight = 0.2; /* of what was seen last */

unsigned elastic_grown(const struct elastic_rule *r, const struct elastic_load *l)
{
    unsigned most = l->members * 2 < r->max ? l->members * 2 : r->max;

    if (l->queued == 0 || l->oldest_ms < ELASTIC_LOOK_MS || most <= l->members)
        return l->members;
    if (l->queued < most - l->members) /* never more than there is work for */
        most = l->members + (unsigned)l->queued;
    if (l->service_ms < 0)
        return most;
    double wanted = (double)l->queued * l->service_ms / ELASTIC_DRAIN_MS;
    if (wanted <= l->members && l->oldest_ms < ELASTIC_DRAIN_MS)
        return l->members;
    /* What waits too long all the same asks for one more: the mean may hide slow ones. */
    unsigned n = wanted >= most ? most : (unsigned)wanted;
    return n > l->members ? n : l->members + 1;
}

double elastic_service(double service_ms, double took_ms, uint64_t n)
{
    double one = n == 0 ? took_ms : took_ms / (double)n;

    return service_ms < 0 ? one : service_ms + elastic_weight * (one - service_ms);
}

bool elastic_goes(const struct elastic_rule *r, const struct elastic_load *l, int64_t idle_ms)
{
    return l->queued == 0 && l->members > r->min && idle_ms >= r->idle_ms;
}

int64_t elastic_next(const struct elastic_rule *r, const struct elastic_load *l, int64_t idle_ms)
{
    if (l->queued > 0 && l->members < r->max)
        return ELASTIC_LOOK_MS;
    if (l->members <= r->min)
        return -1;
    int64_t left = r->idle_ms - (idle_ms < 0 ? 0 : idle_ms);
    return left < ELASTIC_LOOK_MS ? ELASTIC_LOOK_MS : left;
}
