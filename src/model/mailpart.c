/* A mailbox is parted; see mailbox.h. */
#include "model/mailbox.h"

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
