#include "model/tracetree.h"

#include "model/origin.h"

static bool tracetree_accepts(const struct trace_record *r)
{
    enum trace_kind kind = trace_kind(r);

    return kind == TRACE_ACCEPTED || kind == TRACE_READ || kind == TRACE_HELD || kind == TRACE_TOLD;
}

static bool tracetree_has_id(const struct trace_record *r)
{
    return trace_kind(r) != TRACE_ENDED && trace_kind(r) != TRACE_GONE;
}

/* What two runs of ids have in common: how many, from *first on. */
static uint32_t tracetree_common(uint64_t a, uint64_t n_a, uint64_t b, uint64_t n_b,
                                 uint64_t *first)
{
    uint64_t low = a > b ? a : b, high = a + n_a < b + n_b ? a + n_a : b + n_b;

    *first = low;
    return low < high ? (uint32_t)(high - low) : 0;
}

static bool tracetree_same_actor(uint32_t a, uint32_t b)
{
    if (origin_is_client(a) || origin_is_client(b))
        return a == b;
    return origin_actor(a) == origin_actor(b);
}

/* What happens to messages in the hand of a member. */
static bool tracetree_of(const struct trace_record *r, uint32_t member)
{
    return r->to == member && !tracetree_accepts(r);
}

/* Dead ones are told of their actor. */
static bool tracetree_leaves(const struct trace_record *r, uint32_t member)
{
    enum trace_kind kind = trace_kind(r);

    if (kind == TRACE_DEAD)
        return tracetree_same_actor(r->to, member);
    return (kind == TRACE_HANDLED || kind == TRACE_FAILED || kind == TRACE_DEFERRED) &&
           r->to == member;
}

/* --- which message --- */

bool trace_find(const struct trace_log *log, uint64_t id, struct trace_span *out)
{
    bool any = false;

    for (size_t i = 0; i < log->n; i++) {
        const struct trace_record *r = &log->records[i];
        if (!tracetree_has_id(r) || id - r->id >= r->n)
            continue;
        if (tracetree_accepts(r)) {
            *out = (struct trace_span){i, id, 1};
            return true;
        }
        any = true;
    }
    *out = (struct trace_span){TRACE_UNKNOWN, id, 1};
    return any;
}

bool trace_find_ending(const struct trace_log *log, uint64_t bits, unsigned n_bits, uint64_t *id)
{
    uint64_t mask = n_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << n_bits) - 1;
    bool found = false;

    for (size_t i = 0; i < log->n; i++) {
        const struct trace_record *r = &log->records[i];
        uint64_t last = r->id + r->n - 1, near = last - ((last - bits) & mask);
        if (!tracetree_has_id(r) || near < r->id || near > last)
            continue;
        if (!found || near > *id)
            *id = near;
        found = true;
    }
    return found;
}

bool trace_find_last(const struct trace_log *log, uint32_t actor, uint64_t *id)
{
    for (size_t i = log->n; i > 0; i--) {
        const struct trace_record *r = &log->records[i - 1];
        if (!tracetree_accepts(r) || trace_kind(r) == TRACE_TOLD || origin_actor(r->to) != actor)
            continue;
        *id = r->id + r->n - 1;
        return true;
    }
    return false;
}

/* --- causes --- */

/* Called with runs of ids that record i follows from. */
typedef void tracetree_cb(void *arg, size_t i, uint64_t id, uint32_t n);

/* True: what it follows from may be older than the log. */
static bool tracetree_read(const struct trace_log *log, size_t i, tracetree_cb *cb, void *arg)
{
    uint32_t member = log->records[i].from;
    bool any = false;

    for (size_t k = i; k > 0; k--) {
        const struct trace_record *r = &log->records[k - 1];
        if (any && ((tracetree_accepts(r) && r->from == member) ||
                    (tracetree_of(r, member) && trace_kind(r) == TRACE_ENDED)))
            return false;
        if (tracetree_of(r, member) && trace_kind(r) == TRACE_HANDLED) {
            cb(arg, i, r->id, r->n);
            any = true;
        }
    }
    return log->overwritten;
}

/* Whether the member was given any of them after record i and before k. */
static bool tracetree_given(const struct trace_log *log, uint32_t member, size_t i, size_t k)
{
    const struct trace_record *left = &log->records[k];
    uint64_t first;

    for (size_t j = i + 1; j < k; j++) {
        const struct trace_record *r = &log->records[j];
        if (tracetree_of(r, member) && trace_kind(r) == TRACE_TAKEN &&
            tracetree_common(r->id, r->n, left->id, left->n, &first) > 0)
            return true;
    }
    return false;
}

/* The next that left the hand. True: there are some. */
static bool tracetree_next(const struct trace_log *log, size_t i, tracetree_cb *cb, void *arg)
{
    uint32_t member = log->records[i].from;
    enum trace_kind kind = TRACE_HANDLED;
    bool any = false;

    for (size_t k = i + 1; k < log->n; k++) {
        const struct trace_record *r = &log->records[k];
        if (tracetree_of(r, member) && trace_kind(r) == TRACE_ENDED)
            break;
        if (any && ((tracetree_accepts(r) && r->from == member) ||
                    (tracetree_leaves(r, member) && trace_kind(r) != kind)))
            break;
        if (!tracetree_leaves(r, member) || tracetree_given(log, member, i, k))
            continue;
        cb(arg, i, r->id, r->n);
        kind = trace_kind(r);
        any = true;
    }
    return any;
}

/* Of the run that was taken with record k what is still in hand at record i. */
static void tracetree_rest(const struct trace_log *log, size_t k, size_t i, uint64_t id, uint64_t n,
                           tracetree_cb *cb, void *arg) // NOLINT(misc-no-recursion): it shrinks
{
    for (size_t j = k + 1; j < i; j++) {
        const struct trace_record *r = &log->records[j];
        uint64_t first;
        if (!tracetree_leaves(r, log->records[i].from))
            continue;
        uint32_t common = tracetree_common(r->id, r->n, id, n, &first);
        if (common == 0)
            continue;
        if (first > id)
            tracetree_rest(log, j, i, id, first - id, cb, arg);
        n -= first + common - id;
        id = first + common;
        if (n == 0)
            return;
    }
    cb(arg, i, id, (uint32_t)n);
}

/* All that is in hand. True: there may be more that is older than the log. */
static bool tracetree_hand(const struct trace_log *log, size_t i, tracetree_cb *cb, void *arg)
{
    uint32_t member = log->records[i].from;

    for (size_t k = i; k > 0; k--) {
        const struct trace_record *r = &log->records[k - 1];
        if (!tracetree_of(r, member))
            continue;
        if (trace_kind(r) == TRACE_ENDED)
            return false;
        if (trace_kind(r) == TRACE_TAKEN)
            tracetree_rest(log, k - 1, i, r->id, r->n, cb, arg);
    }
    return log->overwritten;
}

static bool tracetree_why(const struct trace_log *log, size_t i, tracetree_cb *cb, void *arg)
{
    const struct trace_record *r = &log->records[i];

    if (trace_kind(r) == TRACE_READ)
        return tracetree_read(log, i, cb, arg);
    if (trace_kind(r) == TRACE_HELD)
        return tracetree_next(log, i, cb, arg) ? false : tracetree_hand(log, i, cb, arg);
    if (r->cause != 0)
        cb(arg, i, r->cause, 1);
    return false;
}

/* --- as spans --- */

struct tracetree_list {
    const struct trace_log *log;
    struct trace_span *out;
    size_t n, max;
};

static void tracetree_put(struct tracetree_list *l, size_t at, uint64_t id, uint32_t n)
{
    for (size_t i = 0; i < l->n && i < l->max; i++)
        if (l->out[i].at == at && l->out[i].id == id)
            return;
    if (l->n < l->max)
        l->out[l->n] = (struct trace_span){at, id, n};
    l->n++;
}

/* Where messages that record i follows from were accepted, before it: for the actor that has sent
 * it, or, where that has answered for another, for anybody. */
static void tracetree_accepted(void *arg, size_t i, uint64_t id, uint32_t n)
{
    struct tracetree_list *l = arg;
    const struct trace_record *of = &l->log->records[i];
    uint64_t first;

    for (int anybody = 0; anybody <= (of->cause != 0 ? 1 : 0); anybody++) {
        size_t before = l->n;
        for (size_t k = i; k > 0; k--) {
            const struct trace_record *r = &l->log->records[k - 1];
            if (!tracetree_accepts(r) || (!anybody && !tracetree_same_actor(r->to, of->from)))
                continue;
            uint32_t common = tracetree_common(r->id, r->n, id, n, &first);
            if (common > 0)
                tracetree_put(l, k - 1, first, common);
            if (common == n)
                return;
        }
        if (l->n > before)
            return;
    }
    tracetree_put(l, TRACE_UNKNOWN, id, n);
}

size_t trace_causes(const struct trace_log *log, const struct trace_span *of,
                    struct trace_span *out, size_t max, bool *older)
{
    struct tracetree_list l = {log, out, 0, max};

    *older = of->at == TRACE_UNKNOWN || tracetree_why(log, of->at, tracetree_accepted, &l);
    return l.n;
}

struct tracetree_asked {
    const struct trace_span *span;
    bool hit;
};

static void tracetree_hit(void *arg, size_t i, uint64_t id, uint32_t n)
{
    struct tracetree_asked *a = arg;
    uint64_t first;

    (void)i;
    a->hit = a->hit || tracetree_common(id, n, a->span->id, a->span->n, &first) > 0;
}

/* Where a message was accepted last before record i, which passes it on with its id and sender. */
static size_t tracetree_passed(const struct trace_log *log, size_t i)
{
    for (size_t k = i; k > 0; k--) {
        const struct trace_record *r = &log->records[k - 1];
        if (tracetree_accepts(r) && log->records[i].id - r->id < r->n)
            return k - 1;
    }
    return TRACE_UNKNOWN;
}

/* Whether its cause was accepted for the actor that has sent it, and so is not another's. */
static bool tracetree_answered(const struct trace_log *log, size_t i)
{
    const struct trace_record *of = &log->records[i];

    for (size_t k = 0; k < i; k++) {
        const struct trace_record *r = &log->records[k];
        if (tracetree_accepts(r) && of->cause - r->id < r->n &&
            tracetree_same_actor(r->to, of->from))
            return true;
    }
    return false;
}

size_t trace_effects(const struct trace_log *log, const struct trace_span *of,
                     struct trace_span *out, size_t max)
{
    const struct trace_record *own = of->at == TRACE_UNKNOWN ? NULL : &log->records[of->at];
    struct tracetree_list l = {log, out, 0, max};

    for (size_t i = own == NULL ? 0 : of->at + 1; log->records != NULL && i < log->n; i++) {
        const struct trace_record *r = &log->records[i];
        struct tracetree_asked asked = {of, false};
        bool by_id = r->cause != 0 && trace_kind(r) != TRACE_READ && trace_kind(r) != TRACE_HELD;
        bool of_it = own == NULL || tracetree_same_actor(own->to, r->from);
        if (!tracetree_accepts(r) || (!of_it && !by_id))
            continue;
        (void)tracetree_why(log, i, tracetree_hit, &asked);
        if (!asked.hit)
            continue;
        if (by_id && r->cause == r->id ? tracetree_passed(log, i) == of->at
                                       : of_it || !tracetree_answered(log, i))
            tracetree_put(&l, i, r->id, r->n);
    }
    return l.n;
}

/* --- what became of them --- */

static void tracetree_step(struct trace_fate *f, const struct trace_record *r, size_t i, uint32_t n)
{
    switch (trace_kind(r)) {
    case TRACE_TAKEN:
        if (f->taken == 0) {
            f->by = r->to;
            f->first_taken = i;
        }
        f->taken += n;
        f->in_hand += n;
        f->attempts++;
        break;
    case TRACE_HANDLED:
        f->handled += n;
        f->last_handled = i;
        f->in_hand -= f->in_hand < n ? f->in_hand : n;
        break;
    case TRACE_DEAD:
        f->dead += n;
        f->in_hand -= f->in_hand < n ? f->in_hand : n;
        break;
    case TRACE_DROPPED:
        f->dropped += n;
        break;
    case TRACE_RETRIED:
        f->dead -= f->dead < n ? f->dead : n;
        break;
    case TRACE_FAILED:
    case TRACE_DEFERRED:
        f->in_hand -= f->in_hand < n ? f->in_hand : n;
        break;
    default:
        break;
    }
}

void trace_fate(const struct trace_log *log, const struct trace_span *of, struct trace_fate *out)
{
    struct trace_fate f = {.first_taken = TRACE_UNKNOWN, .last_handled = TRACE_UNKNOWN};
    const struct trace_record *own = of->at == TRACE_UNKNOWN ? NULL : &log->records[of->at];

    for (size_t i = own == NULL ? 0 : of->at + 1; log->records != NULL && i < log->n; i++) {
        const struct trace_record *r = &log->records[i];
        uint64_t first;
        if (trace_kind(r) == TRACE_ENDED && f.taken > 0 && r->to == f.by) {
            f.in_hand = 0;
            continue;
        }
        uint32_t n = tracetree_common(r->id, r->n, of->id, of->n, &first);
        if (n == 0 || !tracetree_has_id(r) ||
            (own != NULL && !tracetree_same_actor(r->to, own->to)))
            continue;
        if (tracetree_accepts(r))
            break; /* the same id has come again */
        tracetree_step(&f, r, i, n);
    }
    if (own != NULL && trace_kind(own) == TRACE_TOLD)
        f.handled = of->n;
    uint64_t over = f.handled + f.dead + f.dropped + f.in_hand;
    f.waiting = over < of->n ? of->n - over : 0;
    *out = f;
}
