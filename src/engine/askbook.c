#include "engine/askbook.h"

#include "engine/events.h"
#include "engine/relay.h"
#include "engine/router.h"
#include "engine/sending.h"

#include <stdlib.h>
#include <string.h>

struct ask {
    struct system *sys;
    uint64_t id;
    mail_origin asker;
    struct actor *to;
    uint8_t tag_len;
    unsigned char tag[FRAME_TAG_MAX];
    struct loop_timer timer;
    struct ask *spare; /* the next one, of those that are kept for later */
    UT_hash_handle hh;
};

enum { ASKS_SPARE = 64 };

/* All zero; NULL: no memory. */
static struct ask *ask_new(struct system *s)
{
    struct ask *a = s->asks_spare;

    if (a == NULL)
        return calloc(1, sizeof(*a));
    s->asks_spare = a->spare;
    s->n_asks_spare--;
    memset(a, 0, sizeof(*a));
    return a;
}

static void ask_drop(struct system *s, struct ask *a)
{
    if (s->n_asks_spare == ASKS_SPARE) {
        free(a);
        return;
    }
    a->spare = s->asks_spare;
    s->asks_spare = a;
    s->n_asks_spare++;
}

static struct ask *asks_find(struct system *s, uint64_t id)
{
    struct ask *a = NULL;

    HASH_FIND(hh, s->asks, &id, sizeof(id), a);
    return a;
}

bool asks_is_open(struct system *s, uint64_t id)
{
    if (s->relay != NULL) /* it is not for us to know */
        return true;
    return asks_find(s, id) != NULL;
}

/* NULL: a client. */
static struct member *ask_member(const struct ask *a)
{
    if (a->asker == ORIGIN_SYSTEM || origin_is_client(a->asker))
        return NULL;
    struct actor *actor = a->sys->slots[origin_actor(a->asker)];
    uint32_t index = origin_index(a->asker);
    return actor->members[index > 0 ? index - 1 : 0];
}

static void ask_close(struct ask *a)
{
    struct member *m = ask_member(a);

    if (m != NULL) {
        m->asking--;
        sending_answered(m);
    }
    loop_timer_stop(&a->timer);
    HASH_DEL(a->sys->asks, a);
    ask_drop(a->sys, a);
}

static void ask_timed_out(void *arg)
{
    struct ask *a = arg;

    loop_task_queue(&a->to->deliver); /* more may be handed over, once nobody waits for this one */
    asks_fail(a->sys, a->id, "timeout");
}

int asks_open(struct system *s, uint64_t id, mail_origin asker, struct actor *to, struct span tag,
              int64_t ms)
{
    struct ask *a = ask_new(s);

    if (a == NULL)
        return ERR_NOMEM;
    a->sys = s;
    loop_hover(s->loop);
    a->id = id;
    a->asker = asker;
    a->to = to;
    a->tag_len = (uint8_t)(tag.len > FRAME_TAG_MAX ? FRAME_TAG_MAX : tag.len);
    if (a->tag_len > 0)
        memcpy(a->tag, tag.data, a->tag_len);
    loop_timer_init_timed(&a->timer, s->loop, ask_timed_out, a);
    if (loop_timer_start(&a->timer, ms > 0 ? ms : ROUTER_ASK_MS) != 0) {
        ask_drop(s, a);
        return ERR_NOMEM;
    }
    HASH_ADD(hh, s->asks, id, sizeof(a->id), a);
    struct member *m = ask_member(a);
    if (m != NULL)
        m->asking++;
    return 0;
}

bool asks_answer(struct system *s, uint64_t id, mail_origin from, struct span headers,
                 struct span body)
{
    struct ask *a = asks_find(s, id);

    if (a == NULL)
        return false;
    loop_hover(s->loop);
    struct letter reply = {
        .id = system_id(s, 1),
        .from = from,
        .when = system_when(s),
        .type = MSG_REPLY,
        .cause = id,
        .tag = span_of(a->tag, a->tag_len),
        .headers = headers,
        .body = body,
    };
    router_deliver(s, a->asker, &reply);
    ask_close(a);
    return true;
}

void asks_tell_dead(struct system *s, mail_origin to, struct span tag, const char *address,
                    const char *reason, struct span body, uint64_t cause)
{
    struct bytes headers;

    bytes_init(&headers);
    if (frame_header_text(&headers, "reason", reason) == 0)
        (void)frame_header_text(&headers, "to", address);
    struct letter dead = {
        .id = system_id(s, 1),
        .from = ORIGIN_SYSTEM,
        .when = system_when(s),
        .type = MSG_DEAD,
        .cause = cause,
        .tag = tag,
        .headers = span_of(bytes_at(&headers), bytes_len(&headers)),
        .body = body,
    };
    router_deliver(s, to, &dead);
    bytes_release(&headers);
}

void asks_fail(struct system *s, uint64_t id, const char *reason)
{
    struct ask *a = asks_find(s, id);

    if (a == NULL)
        return;
    asks_tell_dead(s, a->asker, span_of(a->tag, a->tag_len), NULL, reason, span_of(NULL, 0), id);
    ask_close(a);
}

void asks_cancel(struct system *s, uint64_t id)
{
    struct ask *a = asks_find(s, id);

    if (a != NULL)
        ask_close(a);
}

void asks_forget(struct system *s, mail_origin asker)
{
    struct ask *a = NULL, *next = NULL;

    HASH_ITER (hh, s->asks, a, next) {
        if (a->asker == asker)
            ask_close(a);
    }
}

void asks_each(struct system *s, void (*cb)(void *arg, mail_origin asker, const struct actor *to),
               void *arg)
{
    struct ask *a = NULL, *next = NULL;

    HASH_ITER (hh, s->asks, a, next)
        cb(arg, a->asker, a->to);
}

void asks_free(struct system *s)
{
    struct ask *a = NULL, *next = NULL;

    HASH_ITER (hh, s->asks, a, next)
        ask_close(a);
    while ((a = s->asks_spare) != NULL) {
        s->asks_spare = a->spare;
        free(a);
    }
}
