/* Runs of neighbouring messages that were handed over; see mailbox.h. */
#include "model/mailbox.h"

#include "base/err.h"
#include "model/segment.h"

void mail_run_letter(const struct mail_run *r, uint32_t i, struct letter *out)
{
    segment_letter(r->segment, r->first + i, out);
}

struct span mail_run_bytes(const struct mail_run *r, uint32_t i, uint32_t n)
{
    uint32_t first = r->first + i;
    uint32_t start = segment_slot(r->segment, first)->off;

    return span_of(r->segment->page + start, segment_end(r->segment, first + n - 1) - start);
}

uint32_t mail_run_within(const struct mail_run *r, uint32_t i, uint64_t bytes)
{
    const struct mail_segment *s = r->segment;
    uint64_t limit = segment_slot(s, r->first + i)->off + bytes;
    uint32_t low = r->first + i, high = r->first + r->count;

    if (limit >= segment_end(s, high - 1))
        return high - low;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (segment_end(s, mid) <= limit)
            low = mid + 1;
        else
            high = mid;
    }
    return low - (r->first + i);
}

uint32_t mail_run_plain(const struct mail_run *r, uint32_t i)
{
    uint32_t n = i;

    while (n < r->count && segment_slot(r->segment, r->first + n)->type != MSG_ASK)
        n++;
    return n - i;
}

uint32_t mail_run_successive(const struct mail_run *r, uint32_t i, uint64_t *first_id)
{
    const struct mail_segment *s = r->segment;
    uint32_t first = r->first + i, low = 1, high = r->count - i;
    uint64_t id = segment_slot(s, first)->id;

    *first_id = id;
    if (s->mixed) {
        while (low < high && segment_slot(s, first + low)->id == id + low)
            low++;
        return low;
    }
    while (low < high) { /* of ids that ascend, those up to one that fits fit as well */
        uint32_t mid = high - (high - low) / 2;
        if (segment_slot(s, first + mid - 1)->id == id + mid - 1)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

int64_t mail_run_find(const struct mail_run *r, uint64_t id)
{
    uint32_t low = 0, high = r->count;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (segment_slot(r->segment, r->first + mid)->id < id)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < r->count && segment_slot(r->segment, r->first + low)->id == id)
        return low;
    for (uint32_t i = 0; i < r->count; i++)
        if (segment_slot(r->segment, r->first + i)->id == id)
            return i;
    return -1;
}

bool mail_run_held(const struct mail_run *r, uint32_t i)
{
    return slot_state(segment_slot(r->segment, r->first + i)) == SLOT_HELD;
}

static void mail_run_tell(const struct mail_run *r, uint32_t i, uint32_t n)
{
    const struct mailbox *m = r->mailbox;

    for (uint32_t k = i; k < i + n; k++) {
        struct letter l;
        if (!mail_run_held(r, k))
            continue;
        mail_run_letter(r, k, &l);
        m->watch->done(m->watch_arg, m->tag, &l);
    }
}

uint32_t mail_run_done(struct mail_run *r, uint32_t i, uint32_t n)
{
    struct mailbox *m = r->mailbox;
    struct mail_segment *s = r->segment;
    uint32_t done = 0;

    if (m->watch != NULL)
        mail_run_tell(r, i, n);
    for (uint32_t k = r->first + i; k < r->first + i + n; k++) {
        struct mail_slot *slot = segment_slot(s, k);
        if (slot_state(slot) != SLOT_HELD)
            continue;
        slot_set_state(slot, SLOT_DONE);
        m->bytes -= segment_size(s, k);
        done++;
    }
    m->held -= done;
    s->live -= done;
    mailbox_trim(m, s);
    return done;
}

void mail_run_return(struct mail_run *r, uint32_t i, struct mail_change change)
{
    struct mailbox *m = r->mailbox;
    struct mail_segment *s = r->segment;
    uint32_t at = r->first + i;
    struct mail_slot *slot = segment_slot(s, at);

    if (slot_state(slot) != SLOT_HELD)
        bug("a message comes back that nobody holds");
    slot_set_state(slot, SLOT_QUEUED);
    if (change.solo)
        slot->flags |= SLOT_SOLO;
    if (change.again && slot->attempt < UINT8_MAX)
        slot->attempt++;
    if (change.blame && slot->blame < UINT8_MAX)
        slot->blame++;
    if (m->watch != NULL && (change.solo || change.again || change.blame)) {
        struct letter l;
        mail_run_letter(r, i, &l);
        m->watch->changed(m->watch_arg, m->tag, &l);
    }
    m->held--;
    m->queued++;
    m->beyond += mailbox_bounds(slot->type) ? 0 : 1;
    if (m->cursor == NULL || s->serial < m->cursor->serial || (s == m->cursor && at < m->at)) {
        m->cursor = s;
        m->at = at;
    }
}
