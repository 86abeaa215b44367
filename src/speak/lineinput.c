#include "speak/lineinput.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUN_MAX = 64 * 1024,      /* bytes taken at once */
    UNKNOWN_MAX = 128 * 1024, /* bytes written before it is counted what was read of them */
    SHARED_MAX = 64 * 1024,   /* what a member that shares its mailbox may have unread */
    PRESS_MS = 5,
    LATE_MAX_MS = 5000,
    LOOK_MS = 100,
    LOOK_MAX_MS = 10000,
};

static void line_input_again(void *arg)
{
    struct lines *l = arg;

    if (l->input.late) {
        line_input_event(l, LOOP_OUT);
        return;
    }
    line_input_refresh(l);
    l->sp.host->handled(l->sp.member, 0); /* who still waits presses again */
}

/* Is there something in hand that is handled by being read? */
static bool line_input_awaits(const struct lines *l)
{
    return l->sp.conf->ack == ACK_READ && l->sp.in >= 0 &&
           hand_count(&l->sp.hand) > l->input.ask_len;
}

/* A pipe whose pages are all in use tells when one is free again: it is shrunk to one page. False:
 * more than that is unread in it, or the end of input was given. */
static bool line_input_by_event(struct lines *l)
{
    struct line_input *in = &l->input;

    if (in->ended || !pipe_size_shrink(&l->sp.in_size, PIPE_PAGE))
        return false;
    in->pressed = true;
    loop_io_want(l->sp.in_io, LOOP_OUT);
    return true;
}

/* While mail flows it is counted each time; once that stands still an event tells the rest. */
static void line_input_look(void *arg)
{
    struct lines *l = arg;
    struct line_input *in = &l->input;
    bool flows = in->written != in->looked_at;

    line_input_refresh(l);
    if (!line_input_awaits(l) || in->pressed || in->writing || in->broken)
        return;
    if (!in->ended && (loop_io_wanted(l->sp.in_io) & LOOP_OUT))
        return;
    if (!flows && line_input_by_event(l))
        return;
    in->look_ms = flows ? LOOK_MS : in->look_ms * 2;
    in->look_ms = in->look_ms < LOOK_MAX_MS ? in->look_ms : LOOK_MAX_MS;
    in->looked_at = in->written;
    (void)loop_timer_start(&in->look, in->look_ms);
}

static void line_input_mind(struct lines *l)
{
    struct line_input *in = &l->input;

    if (in->pressed || loop_timer_armed(&in->look) || !line_input_awaits(l))
        return;
    in->look_ms = LOOK_MS;
    in->looked_at = in->written;
    (void)loop_timer_start(&in->look, in->look_ms);
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
    line_window_init(&in->window);
    loop_timer_init(&in->again, l->sp.loop, line_input_again, l);
    loop_timer_init(&in->look, l->sp.loop, line_input_look, l);
    l->sp.in_io = loop_io_new(l->sp.loop, l->sp.in, line_input_event, l);
    if (l->sp.in_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    return 0;
}

static void line_input_failed(struct lines *l)
{
    l->input.broken = true;
    loop_io_want(l->sp.in_io, 0);
    if (errno != EPIPE)
        l->sp.host->broken(l->sp.member, "its stdin cannot be written to");
}

/* The pipe is full. True when it was made larger. */
static bool line_input_widen(struct lines *l)
{
    const struct topo_mailbox *bound = &l->sp.conf->mailbox;

    if (l->sp.window_matters || (uint64_t)l->sp.in_size.bytes * PIPE_STEP > bound->bytes)
        return false;
    line_input_refresh(l);
    return hand_count(&l->sp.hand) * PIPE_STEP <= bound->messages &&
           pipe_size_grow(&l->sp.in_size, PIPE_SIZE_MAX, loop_now(l->sp.loop));
}

/* A run is in the pipe. Who waited for it to be read, and could not be told of an event while the
 * pipe was full, presses again. */
static void line_input_written(struct lines *l)
{
    struct line_input *in = &l->input;

    in->writing = false;
    if (in->held_up)
        l->sp.host->handled(l->sp.member, 0);
    in->held_up = false;
}

static void line_input_wait(struct lines *l)
{
    l->input.held_up = l->input.writing;
    if (l->sp.window_matters)
        line_window_given(&l->input.window, speak_unread(l->sp.in), loop_clock());
    loop_io_want(l->sp.in_io, LOOP_OUT);
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
            line_input_written(l);
        } else if (!line_input_widen(l)) {
            line_input_wait(l);
            return false;
        }
    }
    return true;
}

/* A shared mailbox, and a pipe that tells when all of it was read. */
static bool line_input_one_page(const struct lines *l)
{
    return l->sp.window_matters && l->sp.in_size.bytes == PIPE_PAGE;
}

/* Takes the next run. False when there is none, or memory is short. */
static bool line_input_take(struct lines *l)
{
    struct line_input *in = &l->input;
    uint64_t max = line_input_one_page(l) ? in->window.messages : UINT64_MAX;
    size_t bytes = l->sp.window_matters ? l->sp.in_size.bytes / 2 : RUN_MAX;
    struct mail_run run;

    if (!l->sp.host->take(l->sp.member, max, bytes, &run))
        return false;
    if (l->sp.conf->ack == ACK_READ && line_count_note(l, &run) != 0) {
        l->sp.host->broken(l->sp.member, "out of memory");
        return false;
    }
    in->handed += run.count;
    in->run = run;
    in->run_sent = 0;
    in->writing = in->given = true;
    return true;
}

/* All that a member was given has been read. */
static void line_input_drained(struct lines *l, int64_t now)
{
    struct line_input *in = &l->input;

    in->given = false;
    if (line_window_drained(&in->window, now) && in->run_sent >= l->sp.in_size.bytes / PIPE_STEP)
        (void)pipe_size_grow(&l->sp.in_size, SHARED_MAX, loop_now(l->sp.loop));
}

/* A member that shares its mailbox was given a run. False: no more before that is read. */
static bool line_input_settled(struct lines *l)
{
    struct line_input *in = &l->input;

    if (!in->given)
        return true;
    if (speak_unread(l->sp.in) > 0)
        return !line_input_one_page(l);
    line_window_given(&in->window, 0, 0);
    line_input_drained(l, 0);
    return true;
}

static void line_input_close(struct lines *l)
{
    loop_io_free(l->sp.in_io);
    l->sp.in_io = NULL;
    speak_end_pipe(&l->sp);
    l->input.ended = true;
}

void line_input_pump(struct lines *l)
{
    struct line_input *in = &l->input;
    bool taken = false;

    if (l->sp.in < 0 || in->ended || in->broken)
        return;
    if (in->late || (l->sp.window_matters && (loop_io_wanted(l->sp.in_io) & LOOP_OUT)))
        return;
    while (line_input_write(l)) {
        if (l->sp.window_matters && !line_input_settled(l)) {
            line_input_wait(l);
            return;
        }
        if (in->written - in->counted >= UNKNOWN_MAX)
            line_input_refresh(l);
        if (taken || !line_input_take(l))
            break;
        taken = l->sp.window_matters; /* it is the others' turn */
    }
    if (in->broken || in->writing)
        return;
    if (in->ending)
        line_input_close(l);
    else if (!in->pressed)
        loop_io_want(l->sp.in_io, 0);
    line_input_mind(l);
}

/* Part of a full pipe was read. False: it holds too much as it is. */
static bool line_input_pace(struct lines *l)
{
    struct line_input *in = &l->input;
    uint32_t size = l->sp.in_size.bytes;
    int64_t now = loop_clock();

    switch (line_window_look(&in->window, speak_unread(l->sp.in), size, now)) {
    case WINDOW_KEEP:
        break;
    case WINDOW_WIDEN:
        (void)pipe_size_grow(&l->sp.in_size, SHARED_MAX, loop_now(l->sp.loop));
        break;
    case WINDOW_NARROW:
        if (size <= PIPE_PAGE || pipe_size_shrink(&l->sp.in_size, size / PIPE_STEP))
            break;
        in->late = true;
        in->late_ms = in->late_ms == 0 ? 1 : in->late_ms * 2;
        in->late_ms = in->late_ms < LATE_MAX_MS ? in->late_ms : LATE_MAX_MS;
        (void)loop_timer_start(&in->again, in->late_ms);
        return false;
    }
    in->late_ms = 0;
    return true;
}

/* A member that shares its mailbox has read. */
static bool line_input_paced(struct lines *l)
{
    if (l->input.writing)
        return line_input_pace(l);
    if (line_input_one_page(l))
        line_input_drained(l, loop_clock());
    return true;
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
    l->input.late = false;
    if (!l->sp.window_matters || line_input_paced(l))
        line_input_pump(l);
}

void line_input_end(struct lines *l)
{
    l->input.ending = true;
    line_input_pump(l);
}

/* Where there is no event a short timer looks again; the senders that wait make that state short.
 */
void line_input_press(struct lines *l)
{
    struct line_input *in = &l->input;

    line_input_refresh(l);
    if (in->pressed || in->writing || in->broken || !line_input_awaits(l))
        return;
    if (!line_input_by_event(l))
        (void)loop_timer_start(&in->again, PRESS_MS);
}

void line_input_stop(struct lines *l)
{
    struct line_input *in = &l->input;

    loop_timer_stop(&in->again);
    loop_timer_stop(&in->look);
    in->len = in->head = in->ask_len = in->ask_head = 0;
    in->writing = in->late = in->held_up = false;
}

void line_input_release(struct lines *l)
{
    free(l->input.stretches);
    free(l->input.asks);
    l->input.stretches = NULL;
    l->input.asks = NULL;
    l->input.cap = l->input.ask_cap = 0;
}
