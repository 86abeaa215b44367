#include "model/segment.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What few messages carry beside a body. */
struct mail_extra {
    uint32_t slot;
    uint32_t headers;
    uint32_t tag;
    unsigned char data[]; /* tag, then headers */
};

/* Full-sized segments that were given back. One loop thread owns all mailboxes. */
static struct mail_segment *spare;
static unsigned n_spare;

struct mail_segment *segment_new(size_t whole)
{
    struct mail_segment *s = NULL;

    if (whole > SEGMENT_FIRST && whole <= SEGMENT_FULL && spare != NULL) {
        whole = SEGMENT_FULL; /* what is there costs nothing */
        s = spare;
        spare = s->next;
        n_spare--;
    } else if (whole >= SEGMENT_FULL) {
        s = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (s == MAP_FAILED)
            return NULL;
    } else {
        s = malloc(whole);
        if (s == NULL)
            return NULL;
    }
    memset(s, 0, sizeof(*s));
    s->size = (uint32_t)(whole - sizeof(*s));
    s->mapped = whole >= SEGMENT_FULL;
    return s;
}

static void segment_drop_extras(struct mail_segment *s)
{
    for (uint32_t i = 0; i < s->n_extra; i++)
        free(s->extra[i]);
    s->n_extra = 0;
}

void segment_free(struct mail_segment *s)
{
    segment_drop_extras(s);
    free(s->extra);
    s->extra = NULL;
    if (!s->mapped) {
        free(s);
    } else if (sizeof(*s) + s->size == SEGMENT_FULL && n_spare < SEGMENT_SPARE_MAX) {
        s->next = spare;
        spare = s;
        n_spare++;
    } else {
        (void)munmap(s, sizeof(*s) + s->size);
    }
}

static struct mail_extra *segment_extra(const struct mail_segment *s, uint32_t slot)
{
    /* At most so many slots before it have none. */
    uint32_t none = s->n > s->n_extra ? s->n - s->n_extra : 0;
    uint32_t low = slot > none ? slot - none : 0;
    uint32_t high = slot < s->n_extra ? slot + 1 : s->n_extra;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (s->extra[mid]->slot < slot)
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->n_extra && s->extra[low]->slot == slot ? s->extra[low] : NULL;
}

size_t segment_size(const struct mail_segment *s, uint32_t i)
{
    size_t size = segment_body_len(s, i);

    if ((segment_slot(s, i)->flags & SLOT_EXTRA) != 0) {
        const struct mail_extra *x = segment_extra(s, i);
        size += x->tag + x->headers;
    }
    return size;
}

int segment_add_extra(struct mail_segment *s, uint32_t slot, const struct letter *l)
{
    if (s->n_extra == s->cap_extra) {
        uint32_t cap = s->cap_extra == 0 ? 4 : s->cap_extra * 2;
        struct mail_extra **grown = realloc(s->extra, cap * sizeof(struct mail_extra *));
        if (grown == NULL)
            return ERR_NOMEM;
        s->extra = grown;
        s->cap_extra = cap;
    }
    struct mail_extra *x = malloc(sizeof(*x) + l->tag.len + l->headers.len);
    if (x == NULL)
        return ERR_NOMEM;
    x->slot = slot;
    x->tag = (uint32_t)l->tag.len;
    x->headers = (uint32_t)l->headers.len;
    if (l->tag.len > 0)
        memcpy(x->data, l->tag.data, l->tag.len);
    if (l->headers.len > 0)
        memcpy(x->data + l->tag.len, l->headers.data, l->headers.len);
    s->extra[s->n_extra++] = x;
    return 0;
}

void segment_clear(struct mail_segment *s)
{
    segment_drop_extras(s);
    s->n = s->used = s->live = 0;
    s->mixed = false;
}

void segment_letter(const struct mail_segment *s, uint32_t i, struct letter *out)
{
    const struct mail_slot *slot = segment_slot(s, i);

    *out = (struct letter){
        .id = slot->id,
        .from = slot->from,
        .when = slot->when,
        .type = slot->type,
        .attempt = slot->attempt,
        .blame = slot->blame,
        .solo = (slot->flags & SLOT_SOLO) != 0,
        .body = {s->page + slot->off, segment_body_len(s, i)},
    };
    if (slot->flags & SLOT_EXTRA) {
        const struct mail_extra *x = segment_extra(s, i);
        out->tag = span_of(x->data, x->tag);
        out->headers = span_of(x->data + x->tag, x->headers);
    }
}
