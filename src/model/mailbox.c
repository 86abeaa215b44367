#include "model/mailbox.h"

#include "base/err.h"
#include "model/segment.h"

#include <stdlib.h>
#include <string.h>

struct mailbox *mailbox_new(uint64_t max_messages, uint64_t max_bytes, char delimiter)
{
    struct mailbox *m = calloc(1, sizeof(*m));

    if (m == NULL)
        return NULL;
    m->delimiter = (unsigned char)delimiter;
    m->next_size = SEGMENT_FIRST;
    mailbox_bound(m, max_messages, max_bytes);
    return m;
}

static void mailbox_unlink(struct mailbox *m, struct mail_segment *s)
{
    if (m->cursor == s) {
        m->cursor = s->next;
        m->at = 0;
    }
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        m->first = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    else
        m->last = s->prev;
    m->memory -= sizeof(*s) + s->size;
}

static void mailbox_forget_dropped(struct mailbox *m)
{
    if (m->dropped != NULL) {
        segment_free(m->dropped);
        m->dropped = NULL;
    }
}

void mailbox_free(struct mailbox *m)
{
    if (m == NULL)
        return;
    mailbox_forget_dropped(m);
    while (m->first != NULL) {
        struct mail_segment *s = m->first;
        mailbox_unlink(m, s);
        segment_free(s);
    }
    free(m);
}

void mailbox_bound(struct mailbox *m, uint64_t max_messages, uint64_t max_bytes)
{
    m->max_messages = max_messages;
    m->max_bytes = max_bytes;
}

void mailbox_watch(struct mailbox *m, const struct mailbox_watch *watch, void *arg, uint32_t tag)
{
    m->watch = watch;
    m->watch_arg = arg;
    m->tag = tag;
}

uint32_t mailbox_tag(const struct mailbox *m)
{
    return m->tag;
}

bool mailbox_fits(const struct mailbox *m, size_t len)
{
    uint64_t count = m->queued + m->held;

    return count == 0 || (count < m->max_messages && m->bytes + len <= m->max_bytes);
}

/* The tail segment with room for a message of len bytes (delimiter included), made if need be.
 * ahead: bytes that come with it, for which a new segment is better large at once. */
static struct mail_segment *mailbox_tail(struct mailbox *m, size_t len, size_t ahead)
{
    size_t need = len + sizeof(struct mail_slot);

    if (m->last != NULL && segment_free_bytes(m->last) >= need) {
        /* The cursor's segment may be gone while messages of this one are still held. */
        if (m->cursor == NULL) {
            m->cursor = m->last;
            m->at = m->last->n;
        }
        return m->last;
    }
    size_t whole = m->next_size;
    while (whole < ahead && whole < SEGMENT_FULL)
        whole *= 2;
    need = (need + sizeof(struct mail_segment) + 4095) & ~(size_t)4095;
    if (need > whole)
        whole = need <= SEGMENT_FULL ? SEGMENT_FULL : need;
    struct mail_segment *s = segment_new(whole);
    if (s == NULL)
        return NULL;
    if (m->next_size < SEGMENT_FULL)
        m->next_size *= 2;
    s->serial = m->serial++;
    s->prev = m->last;
    if (m->last != NULL)
        m->last->next = s;
    else
        m->first = s;
    m->last = s;
    m->memory += sizeof(*s) + s->size;
    if (m->cursor == NULL) {
        m->cursor = s;
        m->at = 0;
    }
    return s;
}

void mailbox_trim(struct mailbox *m, struct mail_segment *s)
{
    if (s->live > 0)
        return;
    if (!s->mapped && m->first == s && m->last == s) {
        segment_clear(s);
        m->cursor = s;
        m->at = 0;
        return;
    }
    mailbox_unlink(m, s);
    if (m->first == NULL)
        m->next_size = SEGMENT_FIRST;
    segment_free(s);
}

int mailbox_put(struct mailbox *m, const struct letter *l)
{
    if (l->body.len > FRAME_BODY_MAX)
        return ERR_TOO_LARGE;
#ifdef MAILBOX_DROPS /* a fault on purpose, for `make storm-red`: one in so many is lost */
    static unsigned put;
    if (++put % MAILBOX_DROPS == 0)
        return 0;
#endif
    struct mail_segment *s = mailbox_tail(m, l->body.len + 1, 0);
    if (s == NULL)
        return ERR_NOMEM;
    bool extra = l->tag.len > 0 || l->headers.len > 0;
    if (extra && segment_add_extra(s, s->n, l) != 0) {
        mailbox_trim(m, s);
        return ERR_NOMEM;
    }
    struct mail_slot *slot = segment_slot(s, s->n);
    slot->id = l->id;
    s->mixed = s->mixed || (s->n > 0 && segment_slot(s, s->n - 1)->id >= l->id);
    slot->off = s->used;
    slot->when = l->when;
    slot->from = l->from;
    slot->type = l->type;
    slot->flags = (uint8_t)(SLOT_QUEUED | (l->solo ? SLOT_SOLO : 0) | (extra ? SLOT_EXTRA : 0));
    slot->attempt = l->attempt == 0 ? 1 : l->attempt;
    slot->blame = l->blame;
    if (l->body.len > 0)
        memcpy(s->page + s->used, l->body.data, l->body.len);
    s->used += (uint32_t)l->body.len;
    s->page[s->used++] = m->delimiter;
    s->n++;
    s->live++;
    m->queued++;
    m->beyond += mailbox_bounds(l->type) ? 0 : 1;
    m->bytes += letter_size(l);
    return 0;
}

/* Puts lines into the free part of one segment. Returns the bytes consumed. */
static size_t mailbox_fill(struct mailbox *m, struct mail_segment *s, const char *data, size_t len,
                           char delim, struct letter *l, uint64_t *lines)
{
    size_t done = 0;
    uint64_t count = m->queued + m->held, n = 0, bytes = 0;
    uint32_t room = segment_free_bytes(s);

    s->mixed = s->mixed || (s->n > 0 && segment_slot(s, s->n - 1)->id >= l->id);

    while (done < len && (count + n == 0 || count + n < m->max_messages)) {
        const char *end = memchr(data + done, delim, len - done);
        if (end == NULL)
            break;
        size_t body = (size_t)(end - (data + done));
        if (body + 1 + sizeof(struct mail_slot) > room ||
            (count + n > 0 && m->bytes + bytes + body > m->max_bytes))
            break;
        struct mail_slot *slot = segment_slot(s, s->n + (uint32_t)n);
        *slot = (struct mail_slot){.id = l->id + n,
                                   .off = s->used + (uint32_t)done,
                                   .when = l->when,
                                   .from = l->from,
                                   .type = MSG_TELL,
                                   .attempt = 1};
        room -= (uint32_t)(body + 1 + sizeof(struct mail_slot));
        bytes += body;
        done += body + 1;
        n++;
    }
    memcpy(s->page + s->used, data, done);
    if ((unsigned char)delim != m->delimiter)
        for (uint64_t i = 0; i < n; i++) {
            uint32_t next =
                i + 1 < n ? segment_slot(s, s->n + (uint32_t)i + 1)->off : s->used + (uint32_t)done;
            s->page[next - 1] = m->delimiter;
        }
    s->used += (uint32_t)done;
    s->n += (uint32_t)n;
    s->live += (uint32_t)n;
    m->queued += n;
    m->bytes += bytes;
    l->id += n;
    *lines += n;
    return done;
}

size_t mailbox_put_lines(struct mailbox *m, const char *data, size_t len, char delim,
                         mail_origin from, uint64_t first_id, uint32_t when, uint64_t *lines)
{
    struct letter l = {.id = first_id, .from = from, .when = when};
    size_t done = 0;

    *lines = 0;
    while (done < len) {
        const char *end = memchr(data + done, delim, len - done);
        if (end == NULL)
            break;
        size_t body = (size_t)(end - (data + done));
        if (!mailbox_fits(m, body))
            break;
        struct mail_segment *s = mailbox_tail(m, body + 1, len - done);
        if (s == NULL)
            break;
        done += mailbox_fill(m, s, data + done, len - done, delim, &l, lines);
    }
    return done;
}

/* Moves the cursor to the first queued message. */
static bool mailbox_seek(struct mailbox *m)
{
    if (m->queued == 0)
        return false;
    for (;;) {
        struct mail_segment *s = m->cursor;
        if (s == NULL)
            bug("a queued message cannot be found");
        while (m->at < s->n && slot_state(segment_slot(s, m->at)) != SLOT_QUEUED)
            m->at++;
        if (m->at < s->n)
            return true;
        m->cursor = s->next;
        m->at = 0;
    }
}

bool mailbox_take(struct mailbox *m, uint64_t max, size_t max_bytes, struct mail_run *run)
{
    if (max == 0 || !mailbox_seek(m))
        return false;
    struct mail_segment *s = m->cursor;
    uint32_t first = m->at, i = first;
    uint32_t start = segment_slot(s, first)->off;

    while (i < s->n && i - first < max) {
        struct mail_slot *slot = segment_slot(s, i);
        if (slot_state(slot) != SLOT_QUEUED)
            break;
        if (i > first && ((slot->flags & SLOT_SOLO) || segment_end(s, i) - start > max_bytes))
            break;
        slot_set_state(slot, SLOT_HELD);
        m->beyond -= mailbox_bounds(slot->type) ? 0 : 1;
        i++;
        if (slot->flags & SLOT_SOLO)
            break;
    }
    m->at = i;
    if (i == s->n && s->next != NULL) {
        m->cursor = s->next;
        m->at = 0;
    }
    m->queued -= i - first;
    m->held += i - first;
    *run = (struct mail_run){m, s, first, i - first};
    return true;
}

bool mailbox_peek(struct mailbox *m, struct letter *out)
{
    if (!mailbox_seek(m))
        return false;
    segment_letter(m->cursor, m->at, out);
    return true;
}

void mailbox_each(const struct mailbox *m, void (*cb)(void *arg, const struct letter *l), void *arg)
{
    for (const struct mail_segment *s = m->first; s != NULL; s = s->next) {
        for (uint32_t i = 0; i < s->n; i++) {
            struct letter l;
            if (slot_state(segment_slot(s, i)) == SLOT_DONE)
                continue;
            segment_letter(s, i, &l);
            cb(arg, &l);
        }
    }
}

void mailbox_senders(const struct mailbox *m, void (*cb)(void *arg, mail_origin from), void *arg)
{
    for (const struct mail_segment *s = m == NULL ? NULL : m->first; s != NULL; s = s->next) {
        for (uint32_t i = 0; i < s->n; i++) {
            const struct mail_slot *slot = segment_slot(s, i);
            if (slot_state(slot) != SLOT_DONE)
                cb(arg, slot->from);
        }
    }
}

bool mailbox_drop_front(struct mailbox *m, struct letter *out)
{
    struct letter l;

    if (!mailbox_peek(m, &l))
        return false;
    mailbox_forget_dropped(m);
    struct mail_segment *s = m->cursor;
    struct mail_slot *slot = segment_slot(s, m->at);
    slot_set_state(slot, SLOT_DONE);
    if (m->watch != NULL)
        m->watch->done(m->watch_arg, m->tag, &l);
    m->at++;
    m->queued--;
    m->beyond -= mailbox_bounds(l.type) ? 0 : 1;
    m->bytes -= letter_size(&l);
    s->live--;
    *out = l;
    if (s->live == 0) {
        mailbox_unlink(m, s);
        if (m->first == NULL)
            m->next_size = SEGMENT_FIRST;
        m->dropped = s;
    }
    return true;
}

uint64_t mailbox_queued(const struct mailbox *m)
{
    return m->queued;
}

uint64_t mailbox_beyond(const struct mailbox *m)
{
    return m->beyond;
}

uint64_t mailbox_held(const struct mailbox *m)
{
    return m->held;
}

uint64_t mailbox_bytes(const struct mailbox *m)
{
    return m->bytes;
}

uint64_t mailbox_memory(const struct mailbox *m)
{
    return m->memory;
}

bool mailbox_oldest(const struct mailbox *m, uint32_t *when)
{
    for (const struct mail_segment *s = m->first; s != NULL; s = s->next) {
        for (uint32_t i = 0; s->live > 0 && i < s->n; i++) {
            const struct mail_slot *slot = segment_slot(s, i);
            if (slot_state(slot) == SLOT_DONE)
                continue;
            *when = slot->when;
            return true;
        }
    }
    return false;
}
