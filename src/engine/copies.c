#include "engine/copies.h"

#include "engine/copiesparts.h"
#include "engine/events.h"
#include "engine/keeping.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    COPIES_AHEAD = 4 * 1024 * 1024, /* bytes of copies on their way to the host */
    COPIES_KEPT = 64 * 1024 * 1024, /* of anything that a host is to take before it gets a copy */
    COPIES_UNFIT_MS = 60000,        /* so long one gets none that had no memory for it */
};

static void copies_flush(void *arg);

static uint64_t copies_last(const struct copies *c)
{
    return c->generation > c->giving ? c->generation : c->giving;
}

struct copies *copies_new(struct system *s, const struct copylog_host *host,
                          void (*all)(struct system *s))
{
    struct copies *c = calloc(1, sizeof(*c));

    if (c == NULL || (c->log = copylog_new(host)) == NULL) {
        free(c);
        return NULL;
    }
    c->sys = s;
    c->all = all;
    c->alone = true;
    bytes_init(&c->part);
    loop_task_init(&c->flush, s->loop, copies_flush, c);
    copies_recall(c);
    return c;
}

void copies_free(struct copies *c, bool orderly)
{
    if (c == NULL)
        return;
    if (orderly && c->ran && !c->collects && c->awaited[0] == '\0') {
        c->file.generation = copies_last(c);
        memcpy(c->file.host, COPIES_NONE, sizeof(COPIES_NONE));
        (void)copies_remember(c);
    }
    loop_task_cancel(&c->flush);
    copylog_free(c->log);
    bytes_release(&c->part);
    free(c);
}

struct copylog *copies_log(struct copies *c)
{
    return c == NULL || c->host == NULL ? NULL : c->log;
}

/* --- how far it is --- */

static uint64_t copies_end(const struct copies *c)
{
    return c->sent + bytes_len(copylog_records(c->log));
}

uint64_t copies_mark(const struct copies *c)
{
    return c == NULL ? 0 : copies_end(c);
}

uint64_t copies_reached(const struct copies *c)
{
    return c == NULL ? UINT64_MAX : c->reached;
}

int copies_room(const struct copies *c)
{
    bool full = c->host != NULL && copies_end(c) - c->taken > COPIES_AHEAD;

    return full || copies_awaited(c->sys) != NULL ? ERR_AGAIN : 0;
}

/* --- what goes out --- */

/* It is the node that has the copy still. */
static bool copies_flows(const struct copies *c)
{
    return c->host != NULL && c->host->session == c->session;
}

static void copies_send(struct copies *c, uint8_t flags)
{
    struct bytes *records = copylog_records(c->log);
    size_t len = bytes_len(records), at = 0;

    do {
        size_t n = len - at < TRUNK_COPY_MAX ? len - at : TRUNK_COPY_MAX;
        bool more = at + n < len;
        c->sent += n;
        struct frame f = {.kind = FRAME_COPY,
                          .flags = more ? COPY_MORE | (flags & COPY_BEGINS) : flags,
                          .id = c->generation,
                          .number = c->sent,
                          .body = span_of(bytes_at(records) + at, n)};
        if (trunk_send(c->host->trunk, 0, &f) != 0) {
            host_give_up(c->host, "out of memory");
            break;
        }
        at += n;
        flags &= (uint8_t)~COPY_BEGINS;
    } while (at < len);
    bytes_consume(records, len);
}

static void copies_flush(void *arg)
{
    struct copies *c = arg;
    bool more = copies_flows(c);

    while (more) {
        more = copylog_settle(c->log);
        if (bytes_len(copylog_records(c->log)) > 0)
            copies_send(c, 0);
    }
}

void copies_added(struct copies *c)
{
    if (bytes_len(copylog_records(c->log)) >= TRUNK_COPY_MAX && copies_flows(c))
        copies_send(c, 0);
    else
        loop_task_queue(&c->flush);
}

/* --- whose it is --- */

/* Later than any before, also than those of another machine. */
static uint64_t copies_generation(const struct copies *c)
{
    uint64_t last = copies_last(c), now = (uint64_t)keeping_wall();

    return now > last ? now : last + 1;
}

/* It is silent for no longer than an actor with `failover` would put up with. A connection that
 * breaks meanwhile goes on where it was. */
static bool copies_stays(const struct host *h, int64_t patience)
{
    return h->session != 0 && !h->holds && !h->down && !h->going && !h->leaving &&
           loop_now(h->sys->loop) - h->contact < patience;
}

static bool copies_fits(const struct host *h, int64_t patience)
{
    return copies_stays(h, patience) && h->state == HOST_UP && trunk_flows(h->trunk) &&
           loop_now(h->sys->loop) >= h->unfit_until && trunk_kept(h->trunk) < COPIES_KEPT;
}

static struct host *copies_choose(const struct copies *c, int64_t patience)
{
    struct host *h = c->sys->hosts;

    while (h != NULL && !copies_fits(h, patience))
        h = h->next;
    return h;
}

static void copies_begin(struct copies *c, struct host *h)
{
    c->host = h;
    c->session = h->session;
    c->ran = true;
    c->generation = c->file.begun = copies_generation(c);
    if (c->open && c->file.to == UINT64_MAX)
        c->file.to = c->generation;
    (void)copies_remember(c);
    c->whole = false;
    c->taken = c->sent;
    copies_send(c, COPY_BEGINS);
    c->all(c->sys);
    copies_send(c, COPY_WHOLE);
    c->whole_at = c->sent;
    h->copy = c->generation;
}

/* There is none now: what waits to be accepted is. */
static void copies_alone(struct copies *c)
{
    const struct host *up = c->sys->hosts;

    while (up != NULL && up->state != HOST_UP)
        up = up->next;
    if (!c->alone && !c->sys->stopping)
        event_system(c->sys, "mail.uncopied", "reason=\"%s\"",
                     up == NULL ? "no other host is up" : "no host that is up can take it now");
    c->alone = true;
    c->reached = copies_end(c);
    keeping_copied(c->sys);
}

static void copies_drop(struct copies *c)
{
    if (c->host != NULL)
        c->host->copy = c->generation; /* to be forgotten, should it have got any of that */
    c->sent = copies_end(c) + 1;       /* what comes now is not accepted before there is another */
    c->host = NULL;
    copylog_anew(c->log);
}

/* One that has a copy that does not count any more forgets it. */
static void copies_forget(const struct copies *c)
{
    const struct frame none = {.kind = FRAME_COPY, .flags = COPY_NONE};

    for (struct host *h = c->sys->hosts; h != NULL; h = h->next)
        if (h->copy != 0 && h != c->host && h->state == HOST_UP &&
            trunk_send(h->trunk, 0, &none) == 0)
            h->copy = 0;
}

void copies_look(struct system *s)
{
    struct copies *c = keeping_copies(s);

    if (c == NULL)
        return;
    copies_settle(c);
    copies_close(c);
    if (copies_awaited(s) != NULL)
        return;
    int64_t patience = hosts_patience(s);
    if (c->host != NULL && (c->stale || !copies_flows(c) || !copies_stays(c->host, patience)))
        copies_drop(c);
    c->stale = false;
    struct host *h = c->host == NULL && !s->stopping ? copies_choose(c, patience) : NULL;
    if (h != NULL) {
        copies_begin(c, h);
        keeping_copied(s);
    } else if (c->host == NULL) {
        copies_alone(c);
    } else if (copies_complete(c) && (c->remembered || copies_counts(c))) {
        copies_forget(c);
    }
}

void copies_anew(struct system *s)
{
    struct copies *c = keeping_copies(s);

    if (c == NULL)
        return;
    c->stale = true;
    loop_task_queue(&s->changed);
}

void copies_lose(const struct host *h)
{
    struct copies *c = keeping_copies(h->sys);

    if (c != NULL && c->host == h)
        copies_drop(c);
}

static void copies_is_whole(struct copies *c)
{
    c->whole = true;
    c->alone = false;
    (void)copies_counts(c);
    event_system(c->sys, "mail.copied", "host=%s messages=%zu", c->host->conf->name,
                 copylog_count(c->log));
    loop_task_queue(&c->sys->changed); /* what waited for it goes on */
}

void copies_copied(struct host *h, const struct frame *f)
{
    struct copies *c = keeping_copies(h->sys);

    if (c == NULL || c->host != h || f->id != c->generation)
        return;
    if (f->flags != 0) { /* it has no memory for it */
        h->unfit_until = loop_now(h->sys->loop) + COPIES_UNFIT_MS;
        copies_drop(c);
        loop_task_queue(&h->sys->changed);
        return;
    }
    bool late = c->taken < c->late_at;
    if (f->number > c->taken && f->number <= c->sent)
        c->taken = f->number;
    if (late && c->taken >= c->late_at)
        loop_task_queue(&h->sys->changed);
    if (!c->whole && c->taken >= c->whole_at)
        copies_is_whole(c);
    if (c->whole)
        c->reached = c->taken;
    keeping_copied(c->sys);
    if (copylog_waits(c->log))
        loop_task_queue(&c->flush);
}

bool copies_keeps(const struct host *h)
{
    const struct copies *c = keeping_copies(h->sys);

    return c != NULL && c->host != NULL && c->host != h && !c->whole && h->copy != 0 &&
           h->state == HOST_UP;
}

const struct host *copies_where(const struct system *s, size_t *n)
{
    const struct copies *c = keeping_copies(s);

    *n = c == NULL ? 0 : copylog_count(c->log);
    return c == NULL || !c->whole ? NULL : c->host;
}
