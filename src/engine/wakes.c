#include "engine/wakes.h"

#include "engine/member.h"
#include "engine/router.h"
#include "engine/sending.h"

#include <stdlib.h>
#include <string.h>

struct wake {
    struct actor *actor;
    struct loop_timer timer;
    size_t body_len;
    uint64_t cause; /* the message that was in hand when it was set */
    size_t key_len;
    UT_hash_handle hh;
    unsigned char data[]; /* the key (the member's origin, then the tag), then the body */
};

enum { WAKE_KEY_MAX = sizeof(mail_origin) + FRAME_TAG_MAX };

/* The same tag of two members of a pool names two timers. Returns the key's length. */
static size_t wake_key(const struct member *m, struct span tag, unsigned char key[WAKE_KEY_MAX])
{
    mail_origin origin = member_origin(m);
    size_t len = tag.len > FRAME_TAG_MAX ? FRAME_TAG_MAX : tag.len;

    memcpy(key, &origin, sizeof(origin));
    if (len > 0)
        memcpy(key + sizeof(origin), tag.data, len);
    return sizeof(origin) + len;
}

static size_t wake_size(size_t key_len, size_t body_len)
{
    return sizeof(struct wake) + key_len + body_len;
}

static void wake_free(struct wake *w)
{
    w->actor->wakes_bytes -= wake_size(w->key_len, w->body_len);
    loop_timer_stop(&w->timer);
    HASH_DEL(w->actor->wakes, w);
    free(w);
}

static void wake_due(void *arg)
{
    struct wake *w = arg;
    struct system *s = w->actor->sys;
    mail_origin to = 0;

    memcpy(&to, w->data, sizeof(to));
    struct letter l = {
        .id = system_id(s, 1),
        .from = to,
        .when = system_when(s),
        .type = MSG_WAKE,
        .cause = w->cause,
        .tag = span_of(w->data + sizeof(to), w->key_len - sizeof(to)),
        .body = span_of(w->data + w->key_len, w->body_len),
    };
    router_deliver(s, to, &l);
    wake_free(w);
}

void wakes_cancel(void *member, struct span tag)
{
    struct member *m = member;
    unsigned char key[WAKE_KEY_MAX];
    size_t len = wake_key(m, tag, key);
    struct wake *w = NULL;

    HASH_FIND(hh, m->actor->wakes, key, len, w);
    if (w != NULL)
        wake_free(w);
}

void wakes_set(void *member, int64_t after_ms, struct span tag, struct span body)
{
    struct member *m = member;
    struct actor *a = m->actor;
    unsigned char key[WAKE_KEY_MAX];
    size_t len = wake_key(m, tag, key);

    wakes_cancel(m, tag);
    if (a->wakes_bytes + wake_size(len, body.len) > a->conf->mailbox.bytes) {
        member_note(m, "wake.refused reason=\"its timers would take more than mailbox.bytes\"");
        return;
    }
    struct letter in;
    struct wake *w = malloc(wake_size(len, body.len));
    if (w == NULL) {
        member_note(m, "wake.lost reason=\"out of memory\"");
        return;
    }
    memset(w, 0, sizeof(*w));
    w->actor = a;
    w->key_len = len;
    w->body_len = body.len;
    w->cause = hand_front(&m->speak->hand, &in) ? in.id : 0;
    memcpy(w->data, key, len);
    if (body.len > 0)
        memcpy(w->data + len, body.data, body.len);
    loop_timer_init_timed(&w->timer, a->sys->loop, wake_due, w);
    if (loop_timer_start(&w->timer, after_ms < 0 ? 0 : after_ms) != 0) {
        free(w);
        member_note(m, "wake.lost reason=\"out of memory\"");
        return;
    }
    HASH_ADD_KEYPTR(hh, a->wakes, w->data, len, w);
    a->wakes_bytes += wake_size(len, body.len);
}

void wakes_free(struct actor *a)
{
    struct wake *w = NULL, *next = NULL;

    HASH_ITER (hh, a->wakes, w, next)
        wake_free(w);
}
