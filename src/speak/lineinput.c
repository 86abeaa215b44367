#include "speak/lineinput.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIPE_SMALL = 4096,
    PIPE_BIG = 64 * 1024,
    WINDOW_MAX = 1024,
    WINDOW_FAST_MS = 1, /* a window that is read within so much may be doubled */
    PRESS_MS = 5,
};

/* Makes a ring of `size`-byte items hold one more. */
static int line_ring_grow(void **items, size_t size, uint32_t *head, uint32_t len, uint32_t *cap)
{
    if (len < *cap)
        return 0;
    uint32_t grown = *cap == 0 ? 4 : *cap * 2;
    char *fresh = calloc(grown, size);
    if (fresh == NULL)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < len; i++)
        memcpy(fresh + i * size, (char *)*items + ((*head + i) & (*cap - 1)) * size, size);
    free(*items);
    *items = fresh;
    *head = 0;
    *cap = grown;
    return 0;
}

static struct line_stretch *line_stretch_at(struct line_input *in, uint32_t i)
{
    return &in->stretches[(in->head + i) & (in->cap - 1)];
}

struct line_ask *line_input_ask(struct lines *l, uint32_t i)
{
    struct line_input *in = &l->input;

    return i < in->ask_len ? &in->asks[(in->ask_head + i) & (in->ask_cap - 1)] : NULL;
}

void line_input_drop_ask(struct lines *l)
{
    l->input.ask_head = (l->input.ask_head + 1) & (l->input.ask_cap - 1);
    l->input.ask_len--;
}

static void line_input_again(void *arg)
{
    struct lines *l = arg;

    line_input_refresh(l);
    l->sp.host->handled(l->sp.member, 0); /* who still waits presses again */
}

int line_input_start(struct lines *l, struct err *e)
{
    struct line_input *in = &l->input;
    void *stretches = in->stretches, *asks = in->asks;
    uint32_t cap = in->cap, ask_cap = in->ask_cap;

    memset(in, 0, sizeof(*in));
    in->stretches = stretches;
    in->asks = asks;
    in->cap = cap;
    in->ask_cap = ask_cap;
    in->window = 1;
    loop_timer_init(&in->again, l->sp.loop, line_input_again, l);
    l->sp.in_io = loop_io_new(l->sp.loop, l->sp.in, line_input_event, l);
    if (l->sp.in_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    (void)fcntl(l->sp.in, F_SETPIPE_SZ, PIPE_SMALL);
    return 0;
}

uint64_t line_input_read(struct lines *l)
{
    return l->input.written - (l->sp.in >= 0 ? speak_unread(l->sp.in) : 0);
}

uint64_t line_input_given(const struct lines *l)
{
    const struct line_input *in = &l->input;

    if (!in->writing)
        return in->handed;
    return in->handed - in->run.count + mail_run_within(&in->run, 0, in->run_sent);
}

static int line_input_add_ask(struct lines *l, uint64_t id, uint64_t nth, uint64_t end)
{
    struct line_input *in = &l->input;

    if (line_ring_grow((void **)&in->asks, sizeof(*in->asks), &in->ask_head, in->ask_len,
                       &in->ask_cap) != 0)
        return ERR_NOMEM;
    in->ask_len++;
    *line_input_ask(l, in->ask_len - 1) = (struct line_ask){id, nth, end};
    return 0;
}

/* Remembers a run that was taken as stretches of plain messages and asks. Under `ack: line` the
 * lines count, and the stream is not followed. */
static int line_input_note(struct lines *l, const struct mail_run *run)
{
    struct line_input *in = &l->input;
    uint32_t i = 0;

    while (i < run->count) {
        uint32_t plain = mail_run_plain(run, i);
        uint32_t n = plain > 0 ? plain : 1;
        struct mail_run part = {run->mailbox, run->segment, run->first + i, n};
        in->taken += mail_run_bytes(run, i, n).len;
        if (line_ring_grow((void **)&in->stretches, sizeof(*in->stretches), &in->head, in->len,
                           &in->cap) != 0)
            return ERR_NOMEM;
        if (plain == 0) {
            struct letter ask;
            mail_run_letter(run, i, &ask);
            if (line_input_add_ask(l, ask.id, in->handed + i + 1, in->taken) != 0)
                return ERR_NOMEM;
        }
        in->len++;
        *line_stretch_at(in, in->len - 1) =
            (struct line_stretch){.run = part, .end = in->taken, .ask = plain == 0};
        i += n;
    }
    return 0;
}

/* Messages of the oldest stretch that are wholly within the first `upto` bytes of the stream are
 * handled. Returns how many; the stretch is dropped once it is over. */
static uint64_t line_input_settle(struct lines *l, uint64_t upto)
{
    struct line_input *in = &l->input;
    struct line_stretch *s = line_stretch_at(in, 0);
    uint64_t done = 0;

    if (s->ask) {
        if (s->end > upto)
            return 0;
        in->known = s->end;
    } else {
        uint32_t n = mail_run_within(&s->run, s->first, upto - in->known);
        if (n == 0)
            return 0;
        in->known += mail_run_bytes(&s->run, s->first, n).len;
        for (uint32_t i = 0; in->ask_len > 0 && i < n; i++) {
            struct letter letter;
            mail_run_letter(&s->run, s->first + i, &letter);
            done += hand_done(&l->sp.hand, letter.id) ? 1 : 0;
        }
        if (in->ask_len == 0)
            done = hand_done_run(&l->sp.hand, n);
        s->first += n;
        if (in->known < s->end)
            return done;
    }
    in->head = (in->head + 1) & (in->cap - 1);
    in->len--;
    return done;
}

void line_input_refresh(struct lines *l)
{
    struct line_input *in = &l->input;
    uint64_t done = 0;

    if (l->sp.conf->ack != ACK_READ || l->sp.in < 0)
        return;
    uint64_t upto = line_input_read(l);
    while (in->len > 0 && in->known < upto) {
        uint64_t before = in->known;
        done += line_input_settle(l, upto);
        if (in->known == before)
            break;
    }
    if (done > 0)
        l->sp.host->handled(l->sp.member, done);
}

static void line_input_resize(struct lines *l, bool big)
{
    if (l->input.big != big && !l->input.ended &&
        fcntl(l->sp.in, F_SETPIPE_SZ, big ? PIPE_BIG : PIPE_SMALL) >= 0)
        l->input.big = big;
}

static void line_input_failed(struct lines *l)
{
    l->input.broken = true;
    loop_io_want(l->sp.in_io, 0);
    if (errno != EPIPE)
        l->sp.host->broken(l->sp.member, "its stdin cannot be written to");
}

/* Writes what is left of the run. True when all of it is in the pipe. */
static bool line_input_write(struct lines *l)
{
    struct line_input *in = &l->input;

    while (in->writing) {
        struct span all = mail_run_bytes(&in->run, 0, in->run.count);
        const char *at = (const char *)all.data + in->run_sent;
        ssize_t n = speak_write(l->sp.in, at, all.len - in->run_sent);
        if (n < 0) {
            line_input_failed(l);
            return false;
        }
        in->written += (uint64_t)n;
        in->run_sent += (uint64_t)n;
        if (in->run_sent == all.len) {
            in->writing = false;
        } else if (n == 0 || l->sp.window_matters) {
            loop_io_want(l->sp.in_io, LOOP_OUT);
            return false;
        }
    }
    return true;
}

/* Takes the next run. False when there is none, or memory is short. */
static bool line_input_take(struct lines *l)
{
    struct line_input *in = &l->input;
    uint64_t max = l->sp.window_matters ? in->window : UINT64_MAX;
    size_t bytes = l->sp.window_matters ? PIPE_SMALL : PIPE_BIG;
    struct mail_run run;

    if (!l->sp.host->take(l->sp.member, max, bytes, &run))
        return false;
    if (l->sp.conf->ack == ACK_READ && line_input_note(l, &run) != 0) {
        l->sp.host->broken(l->sp.member, "out of memory");
        return false;
    }
    in->handed += run.count;
    in->run = run;
    in->run_sent = 0;
    in->writing = true;
    if (!l->sp.window_matters && mail_run_bytes(&run, 0, run.count).len > PIPE_SMALL)
        line_input_resize(l, true);
    return true;
}

static void line_input_close(struct lines *l)
{
    loop_io_free(l->sp.in_io);
    l->sp.in_io = NULL;
    l->sp.in = speak_end_pipe(l->sp.in);
    l->input.ended = true;
}

void line_input_pump(struct lines *l)
{
    struct line_input *in = &l->input;

    if (l->sp.in < 0 || in->ended || in->broken)
        return;
    if (l->sp.window_matters && (loop_io_wanted(l->sp.in_io) & LOOP_OUT))
        return;
    while (line_input_write(l)) {
        if (l->sp.window_matters && in->written > in->known && speak_unread(l->sp.in) > 0) {
            in->sent_at = loop_now(l->sp.loop);
            loop_io_want(l->sp.in_io, LOOP_OUT);
            return;
        }
        if (!line_input_take(l))
            break;
    }
    if (in->broken || in->writing)
        return;
    if (in->ending)
        line_input_close(l);
    else if (!in->pressed)
        loop_io_want(l->sp.in_io, 0);
}

static void line_input_drained(struct lines *l)
{
    struct line_input *in = &l->input;

    if (loop_now(l->sp.loop) - in->sent_at <= WINDOW_FAST_MS)
        in->window = in->window < WINDOW_MAX ? in->window * 2 : WINDOW_MAX;
    else if (in->window > 1)
        in->window /= 2;
}

void line_input_event(void *arg, int events)
{
    struct lines *l = arg;

    bool pressed = l->input.pressed;

    (void)events;
    l->input.pressed = false;
    loop_io_want(l->sp.in_io, 0);
    line_input_refresh(l);
    if (pressed)
        l->sp.host->handled(l->sp.member, 0); /* who still waits presses again */
    if (l->sp.window_matters && !l->input.writing)
        line_input_drained(l);
    line_input_pump(l);
}

void line_input_end(struct lines *l)
{
    l->input.ending = true;
    line_input_pump(l);
}

/* A pipe whose pages are all in use tells when one is free again: it is shrunk to one page. Where
 * more than that is unread in a pipe that is not full there is no such event, and a short timer
 * looks again; the senders that wait make that state short. */
void line_input_press(struct lines *l)
{
    struct line_input *in = &l->input;

    line_input_refresh(l);
    if (l->sp.conf->ack != ACK_READ || in->pressed || in->writing || in->broken || l->sp.in < 0 ||
        hand_count(&l->sp.hand) == in->ask_len)
        return;
    line_input_resize(l, false);
    if (in->big || in->ended) {
        (void)loop_timer_start(&in->again, PRESS_MS);
        return;
    }
    in->pressed = true;
    loop_io_want(l->sp.in_io, LOOP_OUT);
}

void line_input_stop(struct lines *l)
{
    struct line_input *in = &l->input;

    loop_timer_stop(&in->again);
    in->len = in->head = in->ask_len = in->ask_head = 0;
    in->writing = false;
}

void line_input_release(struct lines *l)
{
    free(l->input.stretches);
    free(l->input.asks);
    l->input.stretches = NULL;
    l->input.asks = NULL;
    l->input.cap = l->input.ask_cap = 0;
}
