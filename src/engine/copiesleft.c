/* The copy of mail that the node of another host has of a supervisor before this one.
 *
 * A file in the state folder says which copy counts, and who has it. Until that host is heard of,
 * or what may run there has ended (hostowes.c), actors with `failover` do not begin, are sent
 * nothing, and nothing that runs on other hosts is taken back: what that has in hand is in the
 * copy. Without the file, as where this is another machine than before, the latest that a node
 * offers is taken. */
#include "engine/copiesparts.h"
#include "engine/deadletters.h"
#include "engine/events.h"
#include "engine/keeping.h"

#include <stdlib.h>
#include <string.h>

void copies_recall(struct copies *c)
{
    struct copies_file *is = &c->file;

    (void)copies_read(c->sys, is, &c->open);
    c->remembered = true;
    c->generation = is->generation > is->begun ? is->generation : is->begun;
    c->before[0] = is->generation;
    c->before[1] = is->begun;
    c->left = c->expected = is->generation;
    /* Hosts come later, when all begins; a reload finds none that could have one. */
    if (strcmp(is->host, COPIES_ANY) == 0)
        c->collects = c->sys->hosts == NULL;
    else if (strcmp(is->host, COPIES_NONE) == 0)
        c->left++; /* later ones alone */
    else
        (void)snprintf(c->awaited, sizeof(c->awaited), "%s", is->host);
}

bool copies_ours(const struct system *s)
{
    const struct copies *c = keeping_copies(s);

    return c->giving == c->before[0] || c->giving == c->before[1];
}

/* --- is it waited for? --- */

/* It has not said yet what it has, and may be about to. A node that still waits for a supervisor
 * which is gone without a word lets the next in once it has heard nothing for `down_after`. */
static bool copies_comes(const struct host *h)
{
    bool barred = strstr(h->why, TRUNK_BARRED) != NULL &&
                  loop_now(h->sys->loop) - h->since < 2 * h->conf->down_after_ms;

    return !h->conf->join && !h->undecided && h->state != HOST_UP &&
           (barred || (!h->down && h->why[0] == '\0'));
}

const struct host *copies_awaited(const struct system *s)
{
    const struct copies *c = keeping_copies(s);
    const struct host *h = s->hosts;

    if (c == NULL || s->stopping)
        return NULL;
    if (c->collects) {
        while (h != NULL && !copies_comes(h))
            h = h->next;
        return h;
    }
    h = c->awaited[0] == '\0' ? NULL : hosts_find(s, c->awaited);
    /* A connection that breaks meanwhile comes again, and with it all of the copy. */
    bool again = h != NULL && h->session != 0 && !h->told && !h->down;
    return h != NULL && (h->owes || h->gives || again) ? h : NULL;
}

const char *copies_awaits(const struct system *s)
{
    return keeping_copies(s)->collects ? "word whether a host has a copy of its mail"
                                       : "the copy of its mail";
}

bool copies_decides(const struct host *h)
{
    const struct copies *c = keeping_copies(h->sys);
    const struct host *awaited = copies_awaited(h->sys);

    if (c == NULL || h->sys->stopping)
        return true;
    for (const struct host *o = h->sys->hosts; o != NULL; o = o->next)
        if (o != h && o->gives)
            return false; /* one after the other */
    return !c->collects && (awaited == NULL || awaited == h);
}

static void copies_decide_all(const struct copies *c)
{
    for (struct host *h = c->sys->hosts; h != NULL; h = h->next) {
        if (!h->undecided || !copies_decides(h))
            continue;
        h->undecided = false;
        host_decide(h);
    }
}

/* What waited for it goes on. */
static void copies_decided(struct copies *c)
{
    copies_decide_all(c);
    loop_task_queue(&c->sys->changed);
}

/* Those that join by themselves are not waited for, nor missed. */
static bool copies_all_heard(const struct system *s)
{
    for (const struct host *h = s->hosts; h != NULL; h = h->next)
        if (!h->conf->join && !h->told && !h->undecided)
            return false;
    return true;
}

void copies_close(struct copies *c)
{
    if (!c->open || !copies_all_heard(c->sys) || !copies_complete(c))
        return;
    c->open = false;
    (void)copies_counts(c);
}

/* All that can have been heard: the latest copy is the one that counts. */
static void copies_collected(struct copies *c)
{
    struct host *best = NULL;

    for (struct host *h = c->sys->hosts; h != NULL; h = h->next)
        if (h->undecided && h->copy > (best == NULL ? 0 : best->copy))
            best = h;
    c->collects = false;
    c->open = !copies_all_heard(c->sys);
    c->file.from = best == NULL ? 0 : best->copy;
    c->file.to = UINT64_MAX;
    if (best == NULL) {
        copies_decided(c);
        return;
    }
    (void)snprintf(c->awaited, sizeof(c->awaited), "%s", best->conf->name);
    c->expected = best->copy;
    best->undecided = false;
    host_decide(best);
}

/* Should it come after all, later or to a supervisor behind this one, it counts. */
static void copies_missed(struct copies *c)
{
    struct copies_file *is = &c->file;

    is->from = c->open && is->from < c->expected ? is->from : c->expected - 1;
    is->to = UINT64_MAX;
    c->open = true;
}

void copies_settle(struct copies *c)
{
    if (c->sys->stopping || (!c->collects && c->awaited[0] == '\0')) {
        copies_decide_all(c);
        return;
    }
    if (copies_awaited(c->sys) != NULL)
        return;
    if (c->collects) {
        copies_collected(c);
        return;
    }
    event_system(c->sys, "mail.copy_lost", "host=%s reason=\"%s\"", c->awaited,
                 "what it had of the mail of before has not come");
    c->awaited[0] = '\0';
    copies_missed(c);
    copies_decided(c);
}

/* --- it comes --- */

/* No clock is that far ahead; and one is later than all that were heard of, also of a liar. */
#define COPIES_AHEAD_MS (INT64_C(10) * 366 * 24 * 3600 * 1000)

/* As much as all mailboxes and the dead letters may have, and something over. */
static uint64_t copies_most(const struct system *s)
{
    uint64_t most = 4 * (uint64_t)DEADLETTERS_BYTES;

    for (size_t i = 0; i < s->n_actors; i++) {
        const struct actor *a = s->actors[i];
        uint64_t bytes = a->conf->mailbox.bytes < UINT32_MAX ? a->conf->mailbox.bytes : UINT32_MAX;
        most += 2 * (bytes + FRAME_LENGTH_MAX) * (a->n_members + 1);
    }
    return most;
}

/* Of one that was not heard when the others were. */
static bool copies_beside(const struct copies *c, uint64_t generation)
{
    return c->open && generation > c->file.from && generation < c->file.to;
}

bool copies_wanted(struct host *h)
{
    struct copies *c = keeping_copies(h->sys);

    if (c == NULL || h->copy == 0 || h->copy == h->spoilt ||
        h->copy > (uint64_t)keeping_wall() + COPIES_AHEAD_MS)
        return false;
    if ((c->came || h->copy < c->left) && !copies_beside(c, h->copy))
        return false;
    if (c->giving != h->copy)
        c->order = c->n_left = c->n_left_dead = 0;
    c->giving = h->copy;
    c->room = copies_most(h->sys);
    bytes_release(&c->part);
    return true;
}

static bool copies_sane(const struct kept_record *r)
{
    size_t headers = r->headers.len;

    return r->kind == KEPT_MESSAGE && r->id != 0 && r->body.len <= FRAME_BODY_MAX &&
           (mailbox_bounds(r->type) || r->type == MSG_REPLY) && r->tag.len <= FRAME_TAG_MAX &&
           headers <= FRAME_HEADERS_MAX &&
           (headers == 0 || frame_headers_size(r->headers.data, headers) == headers);
}

/* What comes a second time, as the connection broke in between, is passed over. */
static bool copies_take(struct copies *c)
{
    const unsigned char *records = bytes_at(&c->part);
    size_t len = bytes_len(&c->part);

    for (size_t at = 0, size; at < len; at += size) {
        struct kept_record r;
        size = kept_unpack(records, len, COPYBOOK_SALT, at, &r);
        if (size == 0 || size > c->room || !copies_sane(&r))
            return false;
        c->room -= size;
        if (r.order <= c->order)
            continue;
        c->order = r.order;
        keeping_left(c->sys, &r);
        c->n_left++;
        c->n_left_dead += (r.flags & KEPT_DEAD) != 0;
    }
    return true;
}

/* It has nothing that can be made use of. */
static bool copies_spoilt(struct copies *c, struct host *h)
{
    h->gives = false;
    h->spoilt = h->copy;
    if (strcmp(c->awaited, h->conf->name) == 0) {
        event_system(c->sys, "mail.copy_lost", "host=%s reason=\"%s\"", c->awaited,
                     "what it says to have makes no sense");
        c->awaited[0] = '\0';
        copies_decided(c);
    }
    return false;
}

bool copies_left(struct host *h, const struct frame *f)
{
    struct copies *c = keeping_copies(h->sys);

    if (c == NULL || !h->gives)
        return false;
    if (bytes_len(&c->part) + f->body.len > FRAME_LENGTH_MAX + 2 * TRUNK_COPY_MAX ||
        bytes_append(&c->part, f->body.data, f->body.len) != 0)
        return copies_spoilt(c, h);
    if (f->flags != 0)
        return true;
    bool sane = copies_take(c);
    bytes_release(&c->part);
    return sane || copies_spoilt(c, h);
}

void copies_left_all(struct host *h)
{
    struct copies *c = keeping_copies(h->sys);

    if (c == NULL || !h->gives)
        return;
    h->gives = false;
    event_system(h->sys, "mail.returned", "host=%s messages=%zu dead=%zu", h->conf->name, c->n_left,
                 c->n_left_dead);
    if (copies_beside(c, c->giving))
        c->file.from = c->giving;
    c->came = c->ran = true;
    c->late_at = copies_mark(c);
    c->n_left = c->n_left_dead = 0;
    c->awaited[0] = '\0';
    copies_decided(c);
}
