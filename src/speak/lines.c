/* The adaptor for filters: each message is a line on stdin, each line on stdout a message. */
#include "speak/lineinput.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void lines_event(void *arg, int events);

static int lines_start(struct speak *sp, struct err *e)
{
    struct lines *l = (struct lines *)sp;

    l->front = l->n_out = l->n_early = 0;
    l->looked = 0;
    l->skipping = l->blocked = l->read_all = false;
    if (line_input_start(l, e) != 0)
        return e == NULL ? ERR_NOMEM : e->code;
    sp->out_io = loop_io_new(sp->loop, sp->out, lines_event, l);
    if (sp->out_io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    loop_io_want(sp->out_io, LOOP_IN);
    return 0;
}

static void lines_mail(struct speak *sp)
{
    line_input_pump((struct lines *)sp);
}

static void lines_end(struct speak *sp)
{
    line_input_end((struct lines *)sp);
}

static void lines_refresh(struct speak *sp)
{
    line_input_refresh((struct lines *)sp);
}

static void lines_press(struct speak *sp)
{
    line_input_press((struct lines *)sp);
}

static bool lines_paired(const struct lines *l)
{
    return l->sp.conf->ack == ACK_LINE || l->sp.conf->n_to == 0;
}

/* `ack: line`: the line handles the oldest message in hand, if its process can have seen that. */
static bool lines_with(struct lines *l, struct letter *in)
{
    return hand_front(&l->sp.hand, in) && l->front + in->body.len + 1 <= l->input.written;
}

static int lines_pair_line(struct lines *l, struct span line, uint64_t *handled)
{
    struct letter in;
    const struct letter *with = lines_with(l, &in) ? &in : NULL;

    if (l->sp.conf->n_to > 0) {
        int rc = l->sp.host->pass(l->sp.member, with, line);
        if (rc != 0)
            return rc;
    } else if (with != NULL && with->type == MSG_ASK) {
        l->sp.host->reply(l->sp.member, with->id, span_of(NULL, 0), line);
    } else {
        l->sp.host->output(l->sp.member, line);
    }
    if (with != NULL) {
        l->front += in.body.len + 1;
        (void)hand_done_front(&l->sp.hand);
        (*handled)++;
    }
    return 0;
}

/* `ack: read` without `to`: the n-th line answers the n-th message if that is an ask. A line that
 * comes before its message can have been seen is none of them. */
static bool lines_answers(struct lines *l, uint64_t *id)
{
    struct line_ask *ask = line_input_ask(l, 0);
    uint64_t nth = l->n_out + 1 - l->n_early;
    bool early = nth > line_input_given(l);

    l->n_early += early ? 1 : 0;
    if (early || ask == NULL || ask->nth != nth)
        return false;
    *id = ask->id;
    line_input_refresh(l);
    return true;
}

static void lines_answer_line(struct lines *l, struct span line, uint64_t *handled)
{
    uint64_t id;

    if (!lines_answers(l, &id)) {
        l->sp.host->output(l->sp.member, line);
        return;
    }
    l->sp.host->reply(l->sp.member, id, span_of(NULL, 0), line);
    if (hand_done(&l->sp.hand, id))
        (*handled)++;
    line_input_drop_ask(l);
}

/* A line that cannot be a message is one all the same: what it stands for has failed. */
static void lines_lose(struct lines *l)
{
    static const char why[] = "its line was longer than a message may be";
    struct letter in;
    uint64_t id;

    if (!lines_paired(l))
        return;
    if (l->sp.conf->ack == ACK_LINE && lines_with(l, &in)) {
        l->front += in.body.len + 1;
        l->sp.host->fail(l->sp.member, in.id, why);
    } else if (l->sp.conf->ack == ACK_READ && lines_answers(l, &id)) {
        line_input_drop_ask(l);
        l->sp.host->fail(l->sp.member, id, why);
    }
    l->n_out++;
}

static void lines_pairs(struct lines *l)
{
    uint64_t handled = 0;

    while (bytes_len(&l->output) > 0) {
        const char *at = (const char *)bytes_at(&l->output);
        const char *end = memchr(at, l->sp.conf->delimiter, bytes_len(&l->output));
        if (end == NULL)
            break;
        struct span line = span_of(at, (size_t)(end - at));
        if (l->sp.conf->ack == ACK_READ)
            lines_answer_line(l, line, &handled);
        else if (lines_pair_line(l, line, &handled) != 0) {
            l->blocked = true;
            break;
        }
        l->n_out++;
        bytes_consume(&l->output, line.len + 1);
    }
    if (handled > 0)
        l->sp.host->handled(l->sp.member, handled);
}

static void lines_bulk(struct lines *l)
{
    const char *at = (const char *)bytes_at(&l->output);
    size_t len = bytes_len(&l->output);

    line_input_refresh(l); /* what it has read by now is what this output follows from */
    size_t done = l->sp.host->send_lines(l->sp.member, at, len, l->sp.conf->delimiter);

    bytes_consume(&l->output, done);
    at = (const char *)bytes_at(&l->output);
    l->blocked = memchr(at, l->sp.conf->delimiter, bytes_len(&l->output)) != NULL;
}

/* A line longer than a message may be is dropped up to its end, and told once. */
static void lines_bound(struct lines *l)
{
    const char *at = (const char *)bytes_at(&l->output);
    size_t len = bytes_len(&l->output);
    const char *end = NULL;

    if (!l->skipping) {
        if (len <= FRAME_BODY_MAX || memchr(at, l->sp.conf->delimiter, FRAME_BODY_MAX + 1) != NULL)
            return;
        l->sp.host->note(l->sp.member, "speak.too_long line=%llu limit=%u",
                         (unsigned long long)l->n_out + 1, FRAME_BODY_MAX);
        lines_lose(l);
        l->skipping = true;
    }
    end = memchr(at, l->sp.conf->delimiter, len);
    if (end != NULL) {
        l->skipping = false;
        len = (size_t)(end - at) + 1;
    }
    bytes_consume(&l->output, len);
    l->looked = 0;
}

/* A long line comes in many pieces, and is looked through once. */
static bool lines_any_whole(struct lines *l)
{
    const char *at = (const char *)bytes_at(&l->output);
    size_t len = bytes_len(&l->output);
    bool whole = memchr(at + l->looked, l->sp.conf->delimiter, len - l->looked) != NULL;

    l->looked = whole ? 0 : len;
    return whole;
}

static void lines_flow(struct lines *l)
{
    l->blocked = false;
    lines_bound(l);
    if (bytes_len(&l->output) == 0 || l->skipping || !lines_any_whole(l))
        return;
    if (lines_paired(l))
        lines_pairs(l);
    else
        lines_bulk(l);
}

enum { LINES_LOGGED = 8 * 1024 };

/* What goes into a log costs much more than what is passed on: it is read in smaller pieces, so
 * that others need not wait long for their turn. */
static size_t lines_chunk(const struct lines *l)
{
    size_t rest = bytes_len(&l->output);

    if (l->sp.conf->n_to == 0)
        return LINES_LOGGED;
    /* The rest of a line and what follows it fit the memory that is kept. */
    return rest < SPEAK_CHUNK / 2 ? SPEAK_CHUNK - rest : SPEAK_CHUNK;
}

/* Reads one chunk. 1: there may be more, 0: nothing now, -1: the end. */
static int lines_read(struct lines *l)
{
    size_t size = lines_chunk(l);
    unsigned char *at = bytes_room(&l->output, size);

    if (at == NULL) {
        l->sp.host->broken(l->sp.member, "out of memory");
        return -1;
    }
    ssize_t n = read(l->sp.out, at, size);
    if (n > 0) {
        bytes_grew(&l->output, (size_t)n);
        speak_took(&l->sp, (size_t)n);
        return 1;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (bytes_len(&l->output) == 0)
        bytes_release(&l->output); /* a thousand that end together would each touch a page */
    return -1;
}

static void lines_watch(struct lines *l)
{
    if (l->sp.out_io != NULL)
        loop_io_want(l->sp.out_io, l->blocked || l->read_all ? 0 : LOOP_IN);
}

/* What is passed on is held up by its targets; what is logged, only where that is elsewhere. */
static bool lines_congested(struct lines *l)
{
    return l->sp.conf->n_to == 0 && l->sp.host->congested(l->sp.member);
}

static void lines_event(void *arg, int events)
{
    struct lines *l = arg;

    (void)events;
    if (lines_congested(l)) {
        l->blocked = true;
        lines_watch(l);
        return;
    }
    int rc = lines_read(l);
    if (rc < 0)
        l->read_all = true;
    else if (rc > 0)
        lines_flow(l);
    lines_watch(l);
}

static void lines_room(struct speak *sp)
{
    struct lines *l = (struct lines *)sp;

    if (l->blocked)
        lines_flow(l);
    lines_watch(l);
}

/* Delivers what stdout still holds. False: it waits for room. */
static bool lines_empty(struct lines *l, bool clean)
{
    for (;;) {
        if (bytes_len(&l->output) > 0)
            lines_flow(l);
        else
            l->blocked = !l->read_all && lines_congested(l);
        if (l->blocked)
            return false;
        if (l->read_all)
            break;
        if (!speak_rest(&l->sp) || lines_read(l) <= 0)
            l->read_all = true;
    }
    size_t rest = bytes_len(&l->output);
    if (rest == 0 || l->skipping)
        return true;
    if (!clean) {
        l->sp.host->output(l->sp.member, span_of(bytes_at(&l->output), rest));
        bytes_consume(&l->output, rest);
        return true;
    }
    if (bytes_byte(&l->output, (unsigned char)l->sp.conf->delimiter) != 0)
        return true;
    lines_flow(l);
    return !l->blocked;
}

/* Asks are the only messages that `ack: read` keeps in hand once they were read. */
static uint64_t lines_count_asks(struct lines *l)
{
    struct line_ask *ask = line_input_ask(l, 0);
    uint64_t read = ask != NULL ? line_input_read(l) : 0, n = 0;

    while ((ask = line_input_ask(l, (uint32_t)n)) != NULL && ask->end <= read)
        n++;
    return n;
}

struct lines_count {
    uint64_t at, read, n;
};

static bool lines_count_one(void *arg, const struct letter *letter)
{
    struct lines_count *c = arg;

    c->at += letter->body.len + 1;
    if (c->at > c->read)
        return false;
    c->n++;
    return true;
}

static bool lines_drain(struct speak *sp, const struct policy_exit *how, uint64_t *n_read)
{
    struct lines *l = (struct lines *)sp;

    if (sp->out_io != NULL)
        loop_io_want(sp->out_io, 0);
    if (sp->out >= 0 && !lines_empty(l, policy_exit_ok(how)))
        return false;
    line_input_refresh(l);
    if (sp->conf->ack == ACK_READ) {
        *n_read = lines_count_asks(l);
    } else {
        struct lines_count c = {l->front, line_input_read(l), 0};
        hand_each(&sp->hand, lines_count_one, &c);
        *n_read = c.n;
    }
    return true;
}

static void lines_stop(struct speak *sp)
{
    struct lines *l = (struct lines *)sp;

    speak_close(sp);
    line_input_stop(l);
    bytes_consume(&l->output, bytes_len(&l->output));
}

static void lines_release(struct speak *sp)
{
    struct lines *l = (struct lines *)sp;

    line_input_release(l);
    bytes_release(&l->output);
}

const struct speak_ops speak_lines = {
    .name = "lines",
    .size = sizeof(struct lines),
    .start = lines_start,
    .mail = lines_mail,
    .room = lines_room,
    .end = lines_end,
    .drain = lines_drain,
    .refresh = lines_refresh,
    .press = lines_press,
    .stop = lines_stop,
    .release = lines_release,
};
