#include "speak/handover.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
    HANDOVER_ROUNDS = 16,   /* of taking and writing in one turn */
    HANDOVER_QUICK_MS = 10, /* a round that takes no longer doubles the window */
    HANDOVER_WINDOW_MAX = 1024,
    HANDOVER_LOOK_MS = 20,       /* a full window is looked at after this without an ack, */
    HANDOVER_LOOK_MAX_MS = 5000, /* and again, at longer and longer intervals */
    HANDOVER_ENDS_SLACK = 64,
};

static void handover_look(void *arg);

void handover_start(struct handover *ho, const struct speak *sp, struct loop_task *pump)
{
    handover_release(ho);
    ho->windowed = sp->window_matters;
    ho->window = ho->floor = 1;
    ho->look_ms = HANDOVER_LOOK_MS;
    ho->sp = sp;
    ho->pump = pump;
    loop_timer_init(&ho->look, sp->loop, handover_look, ho);
}

void handover_release(struct handover *ho)
{
    loop_timer_stop(&ho->look);
    bytes_release(&ho->out);
    free(ho->ends);
    memset(ho, 0, sizeof(*ho));
}

/* ---- where messages end ---- */

struct handover_walk {
    struct handover *ho;
    size_t at, kept;
};

static bool handover_keep(void *arg, const struct letter *l)
{
    struct handover_walk *w = arg;
    struct handover *ho = w->ho;

    while (w->at < ho->n_ends && ho->ends[w->at].id != l->id)
        w->at++;
    if (w->at == ho->n_ends)
        return false;
    ho->ends[w->kept++] = ho->ends[w->at++];
    return true;
}

/* Forgets the ends of messages that are not in hand any more. */
static void handover_sweep(struct handover *ho, struct speak *sp)
{
    struct handover_walk w = {ho, 0, 0};

    if (hand_count(&sp->hand) > 0)
        hand_each(&sp->hand, handover_keep, &w);
    ho->n_ends = w.kept;
}

/* Makes room for n more ends. */
static int handover_room(struct handover *ho, struct speak *sp, size_t n)
{
    if (ho->n_ends + n <= ho->cap_ends)
        return 0;
    if (ho->n_ends > 2 * (hand_count(&sp->hand) - n) + HANDOVER_ENDS_SLACK)
        handover_sweep(ho, sp);
    size_t cap = ho->cap_ends == 0 ? 16 : ho->cap_ends;
    while (ho->n_ends + n > cap)
        cap *= 2;
    if (cap == ho->cap_ends)
        return 0;
    struct handover_end *grown = realloc(ho->ends, cap * sizeof(*grown));
    if (grown == NULL)
        return ERR_NOMEM;
    ho->ends = grown;
    ho->cap_ends = cap;
    return 0;
}

struct handover_count {
    const struct handover *ho;
    uint64_t bytes;
    size_t at;
    uint64_t n;
};

static bool handover_count_one(void *arg, const struct letter *l)
{
    struct handover_count *c = arg;
    const struct handover *ho = c->ho;

    while (c->at < ho->n_ends && ho->ends[c->at].id != l->id)
        c->at++;
    if (c->at == ho->n_ends || ho->ends[c->at].end > c->bytes)
        return false;
    c->at++;
    c->n++;
    return true;
}

uint64_t handover_within(const struct handover *ho, struct speak *sp, uint64_t bytes)
{
    struct handover_count c = {ho, bytes, 0, 0};

    hand_each(&sp->hand, handover_count_one, &c);
    return c.n;
}

/* ---- the window ---- */

/* How many messages more may be in hand now. */
static uint64_t handover_window(struct handover *ho, const struct speak *sp)
{
    uint64_t count = hand_count(&sp->hand);

    if (!ho->windowed)
        return UINT32_MAX;
    return count < ho->window ? ho->window - count : 0;
}

static void handover_round_begin(struct handover *ho, struct speak *sp)
{
    if (!ho->windowed || ho->round_left > 0)
        return;
    ho->round_left = hand_count(&sp->hand);
    ho->round_start = loop_now(sp->loop);
}

/* A round is over once as many messages were handled as were in hand when it began. */
static void handover_round_end(struct handover *ho, struct speak *sp, uint64_t handled)
{
    if (!ho->windowed)
        return;
    loop_timer_stop(&ho->look);
    ho->look_ms = HANDOVER_LOOK_MS;
    if (ho->round_left == 0)
        return;
    ho->round_left -= handled < ho->round_left ? handled : ho->round_left;
    if (hand_count(&sp->hand) == 0)
        ho->round_left = 0;
    if (ho->round_left > 0)
        return;
    if (loop_now(sp->loop) - ho->round_start > HANDOVER_QUICK_MS)
        ho->window = ho->window / 2 > ho->floor ? ho->window / 2 : ho->floor;
    else if (ho->window < HANDOVER_WINDOW_MAX)
        ho->window *= 2;
}

/* Whether the process has read all that it was given. */
static bool handover_all_read(const struct handover *ho)
{
    int n = 0;

    if (bytes_len(&ho->out) > 0)
        return false;
    /* Of a socket what the other end has not taken, of a pipe what is in it. */
    return (ioctl(ho->sp->in, SIOCOUTQ, &n) == 0 || ioctl(ho->sp->in, FIONREAD, &n) == 0) && n == 0;
}

/* A process whose window is full has not acked for a while. If it has read all that it was given,
 * it may ack many at a time and be waiting for more than the window holds, which is widened for
 * good. One that is busy with a message has not read what lies behind it. */
static void handover_look(void *arg)
{
    struct handover *ho = arg;

    if (handover_all_read(ho) && ho->window < UINT32_MAX / 2) {
        ho->window *= 2;
        ho->floor = ho->window;
        ho->look_ms = HANDOVER_LOOK_MS;
    } else {
        ho->look_ms =
            ho->look_ms * 2 < HANDOVER_LOOK_MAX_MS ? ho->look_ms * 2 : HANDOVER_LOOK_MAX_MS;
    }
    loop_task_queue(ho->pump);
}

/* ---- to the process ---- */

struct span handover_from(struct handover *ho, const struct speak *sp, mail_origin from)
{
    if (ho->from_len == 0 || ho->origin != from) {
        size_t n = sp->host->origin(sp->member, from, ho->from, sizeof(ho->from));
        ho->from_len = n < sizeof(ho->from) ? n : sizeof(ho->from) - 1;
        ho->origin = from;
    }
    return span_of(ho->from, ho->from_len);
}

static int handover_build(struct handover *ho, struct speak *sp, const struct mail_run *run,
                          handover_pack *pack)
{
    /* Clients come and go, and their numbers may be given again. */
    ho->from_len = 0;
    if (handover_room(ho, sp, run->count) != 0)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < run->count; i++) {
        struct letter l;
        mail_run_letter(run, i, &l);
        if (pack(&ho->out, sp, &l, handover_from(ho, sp, l.from)) != 0)
            return ERR_NOMEM;
        ho->ends[ho->n_ends++] = (struct handover_end){l.id, ho->written + bytes_len(&ho->out)};
    }
    return 0;
}

/* True when nothing is left to be written. */
static bool handover_write(struct handover *ho, struct speak *sp)
{
    while (bytes_len(&ho->out) > 0 && !ho->shut) {
        ssize_t n = speak_write(sp->in, bytes_at(&ho->out), bytes_len(&ho->out));
        if (n < 0)
            ho->shut = true;
        if (n < 0 || (n == 0 && !pipe_size_grow(&sp->in_size, PIPE_SIZE_MAX, loop_now(sp->loop))))
            break;
        ho->written += (uint64_t)n;
        bytes_consume(&ho->out, (size_t)n);
    }
    return bytes_len(&ho->out) == 0 && !ho->shut;
}

/* Takes once. 0, ERR_AGAIN when there is nothing to take now, or ERR_NOMEM: the process cannot go
 * on, and what it was to get comes again to the next one. */
static int handover_fill(struct handover *ho, struct speak *sp, handover_pack *pack)
{
    struct mail_run run;
    uint64_t max = handover_window(ho, sp);

    if (max == 0 && !loop_timer_armed(&ho->look))
        (void)loop_timer_start(&ho->look, ho->look_ms);
    if (max == 0 || !sp->host->take(sp->member, max, HANDOVER_AHEAD - bytes_len(&ho->out), &run))
        return ERR_AGAIN;
    handover_round_begin(ho, sp);
    if (handover_build(ho, sp, &run, pack) == 0)
        return 0;
    ho->shut = true;
    sp->host->broken(sp->member, "out of memory");
    return ERR_NOMEM;
}

bool handover_pump(struct handover *ho, struct speak *sp, handover_pack *pack, bool take,
                   bool *more)
{
    *more = false;
    for (int round = 0; round < HANDOVER_ROUNDS; round++) {
        bool dry = !take;
        while (!dry && !ho->shut && bytes_len(&ho->out) < HANDOVER_AHEAD) {
            int rc = handover_fill(ho, sp, pack);
            if (rc == ERR_NOMEM)
                return false;
            dry = rc != 0;
        }
        if (!handover_write(ho, sp))
            return false;
        if (dry)
            return true;
    }
    *more = true;
    return false;
}

/* ---- from the process ---- */

bool handover_ack(struct handover *ho, struct speak *sp, uint64_t id)
{
    struct letter l;

    if (!hand_front(&sp->hand, &l))
        return false;
    if (!(l.id == id ? hand_done_front(&sp->hand) : hand_done(&sp->hand, id)))
        return false;
    ho->done++;
    return true;
}

bool handover_leaves(struct handover *ho, struct speak *sp, uint64_t id)
{
    struct letter l;

    if (!hand_find(&sp->hand, id, &l))
        return false;
    handover_tell(ho, sp);
    for (size_t i = ho->n_ends; i > 0; i--) {
        if (ho->ends[i - 1].id == id) {
            ho->ends[i - 1].id = 0;
            break;
        }
    }
    handover_round_end(ho, sp, 1);
    return true;
}

void handover_tell(struct handover *ho, struct speak *sp)
{
    uint64_t n = ho->done;

    if (n == 0)
        return;
    ho->done = 0;
    if (hand_count(&sp->hand) == 0)
        ho->n_ends = 0;
    handover_round_end(ho, sp, n);
    sp->host->handled(sp->member, n);
}
