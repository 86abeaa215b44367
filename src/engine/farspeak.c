#include "engine/farspeak.h"

#include "engine/hostparts.h"
#include "engine/router.h"

#include <string.h>

enum {
    FARSPEAK_WINDOW = 4 * 1024 * 1024, /* bytes handed over and not yet handled */
    FARSPEAK_RUN = 64 * 1024,          /* taken at once */
    FARSPEAK_MOST = 4096,              /* the largest window of one of several members */
    FARSPEAK_QUICK_US = 20 * 1000,     /* a window that is handled so fast is too small */
};

struct farspeak {
    struct speak sp; /* first */
    uint64_t flying; /* bytes of what is in hand */
    uint64_t window; /* messages, of one of several members */
    int64_t given;   /* us: when it was given some with nothing in hand */
    bool pressed;    /* it was asked for news, and has not told any */
    struct loop_task task;
};

static struct post *farspeak_post(const struct speak *sp)
{
    return ((struct member *)sp->member)->process.post;
}

static struct system *farspeak_system(const struct speak *sp)
{
    return ((struct member *)sp->member)->actor->sys;
}

/* --- to the node --- */

static void farspeak_letter(struct farspeak *f, const struct letter *l)
{
    char from[ADDRESS_MAX + 1];
    bool own = l->type == MSG_TELL || l->type == MSG_ASK; /* its tag is its asker's affair */
    struct frame frame = {
        .kind = FRAME_DELIVER,
        .id = l->id,
        .type = l->type,
        .attempt = l->attempt,
        .from = span_of(from, router_origin(farspeak_system(&f->sp), l->from, from, sizeof(from))),
        .tag = own ? span_of("", 0) : l->tag,
        .headers = l->headers,
        .body = l->body};

    post_send(farspeak_post(&f->sp), &frame);
}

/* How many from i on go as one run of lines: plain tells of one sender for the first time. */
static uint32_t farspeak_alike(const struct mail_run *run, uint32_t i, struct letter *first)
{
    uint64_t id;
    uint32_t most = mail_run_successive(run, i, &id), n = 0;
    struct letter l;

    mail_run_letter(run, i, first);
    for (l = *first; n < most; n++) {
        if (n > 0)
            mail_run_letter(run, i + n, &l);
        if (l.type != MSG_TELL || l.attempt > 1 || l.headers.len > 0 || l.from != first->from)
            break;
    }
    return n;
}

static void farspeak_lines(struct farspeak *f, const struct mail_run *run, uint32_t i, uint32_t n,
                           const struct letter *first)
{
    char from[ADDRESS_MAX + 1];
    struct frame frame = {.kind = FRAME_RUN,
                          .flags = (uint8_t)f->sp.conf->delimiter,
                          .id = first->id,
                          .number = n,
                          .from = span_of(from, router_origin(farspeak_system(&f->sp), first->from,
                                                              from, sizeof(from))),
                          .body = mail_run_bytes(run, i, n)};

    post_send(farspeak_post(&f->sp), &frame);
}

static void farspeak_run(struct farspeak *f, const struct mail_run *run)
{
    struct letter l;

    f->flying += mail_run_bytes(run, 0, run->count).len;
    for (uint32_t i = 0, n = 0; i < run->count; i += n) {
        n = f->sp.conf->speaks == SPEAKS_LINES ? farspeak_alike(run, i, &l) : 0;
        if (n > 1) {
            farspeak_lines(f, run, i, n, &l);
            continue;
        }
        n = 1;
        mail_run_letter(run, i, &l);
        farspeak_letter(f, &l);
    }
}

static void farspeak_press_now(struct farspeak *f, uint8_t how)
{
    struct frame frame = {.kind = FRAME_PRESS, .flags = how};

    if (f->pressed || hand_count(&f->sp.hand) == 0 || farspeak_post(&f->sp) == NULL)
        return;
    f->pressed = true;
    post_send(farspeak_post(&f->sp), &frame);
}

/* How many messages it may be given now. */
static uint64_t farspeak_room(const struct farspeak *f)
{
    uint64_t n = hand_count(&f->sp.hand);

    if (f->flying >= FARSPEAK_WINDOW || post_replays(farspeak_post(&f->sp)))
        return 0;
    if (!f->sp.window_matters)
        return UINT64_MAX;
    return n < f->window ? f->window - n : 0;
}

static void farspeak_pump(void *arg)
{
    struct farspeak *f = arg;
    struct mail_run run;

    while (farspeak_post(&f->sp) != NULL) {
        uint64_t max = farspeak_room(f);
        bool none = hand_count(&f->sp.hand) == 0;
        if (max == 0 || !f->sp.host->take(f->sp.member, max, FARSPEAK_RUN, &run))
            break;
        if (none)
            f->given = loop_clock();
        farspeak_run(f, &run);
        if (f->sp.window_matters) /* it is the others' turn */
            break;
    }
    if (f->flying >= FARSPEAK_WINDOW / 2 || (f->sp.window_matters && farspeak_room(f) == 0))
        farspeak_press_now(f, 1);
}

/* --- from it --- */

/* All that it had is handled: was that fast? */
static void farspeak_drained(struct farspeak *f)
{
    int64_t us = loop_clock() - f->given, rtt = post_rtt_us(farspeak_post(&f->sp));

    if (us < rtt + FARSPEAK_QUICK_US && f->window < FARSPEAK_MOST)
        f->window *= 2;
    else if (us > 4 * (rtt + FARSPEAK_QUICK_US) && f->window > 1)
        f->window /= 2;
}

/* Some of them may have been counted before: the number is a bound, and right at zero. */
static void farspeak_landed(struct farspeak *f, uint64_t bytes)
{
    f->flying -= bytes < f->flying ? bytes : f->flying;
}

/* Of n messages from id on those at the front of the hand. Returns how many that were. */
static uint64_t farspeak_front(struct farspeak *f, uint64_t id, uint64_t n)
{
    struct mail_run run;
    uint64_t first = 0;

    if (!hand_front_run(&f->sp.hand, &run))
        return 0;
    uint64_t most = mail_run_successive(&run, 0, &first);
    if (first != id)
        return 0;
    most = most < n ? most : n;
    farspeak_landed(f, mail_run_bytes(&run, 0, (uint32_t)most).len);
    (void)hand_done_run(&f->sp.hand, (uint32_t)most);
    return most;
}

void farspeak_freed(struct speak *sp, uint64_t id)
{
    struct farspeak *f = (struct farspeak *)sp;
    struct letter l;

    if (hand_find(&sp->hand, id, &l))
        farspeak_landed(f, l.body.len + 1);
}

/* The same of those elsewhere in it; its node may say any number. Returns for how many ids. */
static uint64_t farspeak_inside(struct farspeak *f, uint64_t id, uint64_t n)
{
    size_t bytes = 0;

    farspeak_freed(&f->sp, id);
    if (hand_done(&f->sp.hand, id))
        return 1;
    (void)hand_done_ids(&f->sp.hand, id, n, &bytes);
    farspeak_landed(f, bytes);
    return n;
}

void farspeak_over(struct speak *sp, uint64_t id, uint64_t n)
{
    struct farspeak *f = (struct farspeak *)sp;
    uint64_t before = hand_count(&sp->hand);

    f->pressed = false;
    if (post_taken(farspeak_post(sp))) { /* it may have had them from the supervisor before */
        held_recall(sp->member, id, n);
        before = hand_count(&sp->hand);
    }
    while (n > 0 && hand_count(&sp->hand) > 0) {
        uint64_t done = farspeak_front(f, id, n);
        if (done == 0)
            done = farspeak_inside(f, id, n);
        id += done;
        n -= done;
    }
    uint64_t now = hand_count(&sp->hand);
    if (now == 0)
        f->flying = 0;
    if (now == 0 && before > 0)
        farspeak_drained(f);
    sp->host->handled(sp->member, before - now);
    loop_task_queue(&f->task);
}

/* --- the ops --- */

static int farspeak_init(struct speak *sp, struct err *e)
{
    struct farspeak *f = (struct farspeak *)sp;

    (void)e;
    loop_task_init(&f->task, sp->loop, farspeak_pump, f);
    return 0;
}

static int farspeak_start(struct speak *sp, struct err *e)
{
    struct farspeak *f = (struct farspeak *)sp;

    (void)e;
    f->flying = 0;
    f->window = 1;
    f->pressed = false;
    return 0;
}

static void farspeak_mail(struct speak *sp)
{
    farspeak_pump(sp);
}

static void farspeak_room_again(struct speak *sp)
{
    if (farspeak_post(sp) != NULL)
        post_room(farspeak_post(sp));
}

static void farspeak_end(struct speak *sp)
{
    struct frame bye = {.kind = FRAME_BYE};

    if (farspeak_post(sp) != NULL)
        post_send(farspeak_post(sp), &bye);
}

static bool farspeak_drain(struct speak *sp, const struct policy_exit *how, uint64_t *n_read)
{
    const struct post *p = farspeak_post(sp);
    uint64_t n = p == NULL ? 0 : post_read(p), most = hand_count(&sp->hand);

    (void)how;
    *n_read = n < most ? n : most;
    return true;
}

static void farspeak_refresh(struct speak *sp)
{
    farspeak_press_now((struct farspeak *)sp, 0);
}

static void farspeak_press(struct speak *sp)
{
    farspeak_press_now((struct farspeak *)sp, 1);
}

static void farspeak_stop(struct speak *sp)
{
    struct farspeak *f = (struct farspeak *)sp;

    loop_task_cancel(&f->task);
    f->flying = 0;
    f->pressed = false;
}

const struct speak_ops farspeak = {
    .name = "far",
    .size = sizeof(struct farspeak),
    .init = farspeak_init,
    .start = farspeak_start,
    .mail = farspeak_mail,
    .room = farspeak_room_again,
    .end = farspeak_end,
    .drain = farspeak_drain,
    .refresh = farspeak_refresh,
    .press = farspeak_press,
    .stop = farspeak_stop,
    .release = farspeak_stop,
};
