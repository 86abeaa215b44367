/* What stands behind others in a mailbox is taken, and a mailbox is parted; see mailbox.h. */
#include "model/mailbox.h"

#include "base/err.h"
#include "model/segment.h"

/* The queued messages of one segment from `at` on. False: no memory. */
static bool mailbox_part_segment(struct mailbox *m, struct mail_segment *s, uint32_t at,
                                 mailbox_where *where, void *arg)
{
    for (uint32_t i = at; i < s->n; i++) {
        struct mail_slot *slot = segment_slot(s, i);
        struct letter l;
        if (slot_state(slot) != SLOT_QUEUED)
            continue;
        segment_letter(s, i, &l);
        struct mailbox *to = where(arg, &l);
        if (to == m)
            continue;
        if (to == NULL || mailbox_put(to, &l) != 0)
            return false;
        slot_set_state(slot, SLOT_DONE);
        m->queued--;
        m->beyond -= mailbox_bounds(slot->type) ? 0 : 1;
        m->bytes -= letter_size(&l);
        s->live--;
    }
    return true;
}

bool mailbox_part(struct mailbox *m, mailbox_where *where, void *arg)
{
    struct mail_segment *s = m->cursor;
    uint32_t at = m->at;
    bool done = true;

    while (done && s != NULL && m->queued > 0) {
        struct mail_segment *next = s->next;
        done = mailbox_part_segment(m, s, at, where, arg);
        mailbox_trim(m, s);
        s = next;
        at = 0;
    }
    return done;
}

static bool mailbox_is_beyond(const struct mail_slot *slot)
{
    return slot_state(slot) == SLOT_QUEUED && !mailbox_bounds(slot->type);
}

bool mailbox_take_beyond(struct mailbox *m, struct mail_run *run)
{
    struct mail_segment *s = m->cursor;
    uint32_t i = m->at;

    if (m->beyond == 0)
        return false;
    for (; s != NULL; s = s->next, i = 0) {
        while (i < s->n && !mailbox_is_beyond(segment_slot(s, i)))
            i++;
        if (i < s->n)
            break;
    }
    if (s == NULL)
        bug("a reply that is queued cannot be found");
    slot_set_state(segment_slot(s, i), SLOT_HELD);
    m->beyond--;
    m->queued--;
    m->held++;
    *run = (struct mail_run){m, s, i, 1};
    return true;
}

static bool mailbox_is_of(const struct mail_segment *s, uint32_t i, uint64_t id, uint64_t count)
{
    struct letter l;

    if (slot_state(segment_slot(s, i)) != SLOT_QUEUED)
        return false;
    segment_letter(s, i, &l);
    return l.id - id < count;
}

bool mailbox_take_ids(struct mailbox *m, uint64_t id, uint64_t count, struct mail_run *run)
{
    struct mail_segment *s = m->cursor;
    uint32_t first = m->at;

    for (; s != NULL; s = s->next, first = 0) {
        while (first < s->n && !mailbox_is_of(s, first, id, count))
            first++;
        if (first < s->n)
            break;
    }
    if (s == NULL)
        return false;
    uint32_t i = first;
    while (i < s->n && mailbox_is_of(s, i, id, count)) {
        struct mail_slot *slot = segment_slot(s, i++);
        slot_set_state(slot, SLOT_HELD);
        m->beyond -= mailbox_bounds(slot->type) ? 0 : 1;
        m->queued--;
        m->held++;
    }
    *run = (struct mail_run){m, s, first, i - first};
    return true;
}
