/* What mailbox.c and mailrun.c share: the mailbox, and its segments, which are slotted pages. See
 * mailbox.h. */
#ifndef MODEL_SEGMENT_H
#define MODEL_SEGMENT_H

#include "model/mailbox.h"

enum {
    SEGMENT_FIRST = 4 * 1024, /* bytes of the whole segment, its head included */
    SEGMENT_FULL = 64 * 1024,
    SEGMENT_SPARE_MAX = 32, /* full-sized segments kept for the next mailbox that needs one */
};

enum slot_state { SLOT_QUEUED = 0, SLOT_HELD = 1, SLOT_DONE = 2, SLOT_STATE = 3 };
enum slot_flag { SLOT_SOLO = 4, SLOT_EXTRA = 8 };

struct mail_slot {
    uint64_t id;
    uint32_t off; /* of the body, from the start of the page */
    uint32_t when;
    uint32_t from;
    uint8_t type;
    uint8_t flags; /* slot_state and slot_flag */
    uint8_t attempt;
    uint8_t blame;
};
_Static_assert(sizeof(struct mail_slot) == 24, "a slot is 24 bytes");

struct mail_extra;

struct mail_segment {
    struct mail_segment *prev, *next;
    struct mail_extra **extra; /* in order of slot */
    uint64_t serial;
    uint32_t size; /* bytes of page[] */
    uint32_t used; /* bytes of bodies */
    uint32_t n;    /* slots */
    uint32_t live; /* slots not done */
    uint32_t n_extra, cap_extra;
    bool mapped;
    bool mixed; /* its ids do not ascend */
    _Alignas(8) unsigned char page[];
};

static inline struct mail_slot *segment_slot(const struct mail_segment *s, uint32_t i)
{
    return (struct mail_slot *)(void *)(s->page + s->size) - (i + 1);
}

static inline uint32_t segment_end(const struct mail_segment *s, uint32_t i)
{
    return i + 1 < s->n ? segment_slot(s, i + 1)->off : s->used;
}

static inline uint32_t segment_body_len(const struct mail_segment *s, uint32_t i)
{
    return segment_end(s, i) - segment_slot(s, i)->off - 1;
}

static inline uint32_t segment_free_bytes(const struct mail_segment *s)
{
    return s->size - s->used - s->n * (uint32_t)sizeof(struct mail_slot);
}

static inline void slot_set_state(struct mail_slot *slot, enum slot_state state)
{
    slot->flags = (uint8_t)((slot->flags & ~(unsigned)SLOT_STATE) | (unsigned)state);
}

static inline enum slot_state slot_state(const struct mail_slot *slot)
{
    return (enum slot_state)(slot->flags & SLOT_STATE);
}

/* An empty segment of at least so many bytes, head included; NULL without memory. */
struct mail_segment *segment_new(size_t whole);
void segment_free(struct mail_segment *s);
void segment_clear(struct mail_segment *s); /* as new */

/* letter_size of the message at i. */
size_t segment_size(const struct mail_segment *s, uint32_t i);
/* Remembers tag and headers of l for the next slot. 0 or ERR_NOMEM. */
int segment_add_extra(struct mail_segment *s, uint32_t slot, const struct letter *l);
void segment_letter(const struct mail_segment *s, uint32_t i, struct letter *out);

struct mailbox {
    struct mail_segment *first, *last;
    struct mail_segment *cursor; /* nothing before (cursor, at) is queued */
    uint32_t at;
    size_t next_size; /* of the next segment, its head included */
    uint64_t serial;
    uint64_t queued, held, bytes, memory;
    uint64_t beyond; /* of those queued, messages that the bound does not cover */
    uint64_t max_messages, max_bytes;
    struct mail_segment *dropped; /* keeps mailbox_drop_front's spans alive */
    unsigned char delimiter;
    uint32_t tag; /* of the watch */
    const struct mailbox_watch *watch;
    void *watch_arg;
};

/* A segment without live messages goes, save a small one at the tail, which begins anew: a
 * mailbox that holds one message at a time then never allocates. */
void mailbox_trim(struct mailbox *m, struct mail_segment *s);

#endif
