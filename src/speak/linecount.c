/* What stands in the pipe of a lines actor, and what of it was read. */
#include "speak/lineinput.h"

#include <stdlib.h>
#include <string.h>

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

static int line_count_add_ask(struct lines *l, uint64_t id, uint64_t nth, uint64_t end)
{
    struct line_input *in = &l->input;

    if (line_ring_grow((void **)&in->asks, sizeof(*in->asks), &in->ask_head, in->ask_len,
                       &in->ask_cap) != 0)
        return ERR_NOMEM;
    in->ask_len++;
    *line_input_ask(l, in->ask_len - 1) = (struct line_ask){id, nth, end};
    return 0;
}

/* As stretches of plain messages and asks. Under `ack: line` the lines count, and the stream is not
 * followed. */
int line_count_note(struct lines *l, const struct mail_run *run)
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
            if (line_count_add_ask(l, ask.id, in->handed + i + 1, in->taken) != 0)
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
static uint64_t line_count_settle(struct lines *l, uint64_t upto)
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

    if (l->sp.conf->ack != ACK_READ || l->sp.in < 0 || in->len == 0)
        return;
    uint64_t upto = line_input_read(l);
    in->counted = in->written;
    while (in->len > 0 && in->known < upto) {
        uint64_t before = in->known;
        done += line_count_settle(l, upto);
        if (in->known == before)
            break;
    }
    if (done > 0)
        l->sp.host->handled(l->sp.member, done);
}
