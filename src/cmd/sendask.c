#include "cmd/sendask.h"

#include "base/bytes.h"
#include "base/err.h"
#include "cmd/cmd.h"
#include "cmd/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENDASK_FIRST 32 /* in flight, until it is known how fast replies come */

enum sendask_state { SENDASK_FREE, SENDASK_WAITS, SENDASK_REPLIED, SENDASK_DEAD };

struct sendask_slot {
    enum sendask_state state;
    int64_t sent;       /* ms */
    struct bytes text;  /* what will be printed */
    struct bytes error; /* of a dead one: the reason */
};

struct sendask {
    bool json;
    char delimiter;
    int64_t timeout_ms;
    uint64_t next; /* number of the next ask, from 1 */
    uint64_t head; /* the first one not yet printed */
    uint64_t printed, failed;
    unsigned window;
    struct sendask_slot slots[SENDASK_MAX];
};

struct sendask *sendask_new(bool json, char delimiter, int64_t timeout_ms)
{
    struct sendask *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->json = json;
    a->delimiter = delimiter;
    a->timeout_ms = timeout_ms;
    a->next = a->head = 1;
    a->window = SENDASK_FIRST;
    return a;
}

void sendask_free(struct sendask *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < SENDASK_MAX; i++) {
        bytes_release(&a->slots[i].text);
        bytes_release(&a->slots[i].error);
    }
    free(a);
}

bool sendask_room(const struct sendask *a)
{
    return a->next - a->head < a->window;
}

bool sendask_pending(const struct sendask *a)
{
    return a->next != a->head;
}

uint64_t sendask_answered(const struct sendask *a)
{
    return a->printed;
}

uint64_t sendask_failed(const struct sendask *a)
{
    return a->failed;
}

struct span sendask_sent(struct sendask *a, int64_t now, char buf[SENDASK_TAG_MAX])
{
    struct sendask_slot *slot = &a->slots[a->next % SENDASK_MAX];
    slot->state = SENDASK_WAITS;
    slot->sent = now;
    int len = snprintf(buf, SENDASK_TAG_MAX, "%" PRIu64, a->next++);
    return span_of(buf, (size_t)len);
}

/* The slot that a tag means, or NULL when it is none of ours that waits. */
static struct sendask_slot *sendask_slot(struct sendask *a, struct span tag)
{
    uint64_t number = 0;
    const char *text = tag.data;
    for (size_t i = 0; i < tag.len; i++) {
        if (text[i] < '0' || text[i] > '9' || number > UINT64_MAX / 20)
            return NULL;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    if (number < a->head || number >= a->next)
        return NULL;
    struct sendask_slot *slot = &a->slots[number % SENDASK_MAX];
    return slot->state == SENDASK_WAITS ? slot : NULL;
}

/* A reply that took long means that too many wait before the same actor: fewer go out at once. */
static void sendask_adapt(struct sendask *a, int64_t took)
{
    if (took > a->timeout_ms / 4) {
        a->window = a->window / 2 > 0 ? a->window / 2 : 1;
    } else if (took < a->timeout_ms / 8 && a->window < SENDASK_MAX) {
        a->window++;
    }
}

static int sendask_print(struct sendask *a)
{
    for (; a->head < a->next; a->head++) {
        struct sendask_slot *slot = &a->slots[a->head % SENDASK_MAX];
        if (slot->state == SENDASK_WAITS)
            break;
        if (bytes_len(&slot->text) > 0)
            fwrite(bytes_at(&slot->text), 1, bytes_len(&slot->text), stdout);
        if (slot->state == SENDASK_DEAD) {
            a->failed++;
            cmd_fail(CMD_NO, "message %" PRIu64 " was not answered: %.*s", a->head,
                     (int)bytes_len(&slot->error), (const char *)bytes_at(&slot->error));
        } else {
            a->printed++;
        }
        slot->state = SENDASK_FREE;
        bytes_consume(&slot->text, bytes_len(&slot->text));
        bytes_consume(&slot->error, bytes_len(&slot->error));
    }
    return ferror(stdout) ? ERR_SYSTEM : 0;
}

int sendask_answer(struct sendask *a, const struct frame *f, int64_t now)
{
    struct sendask_slot *slot = sendask_slot(a, f->tag);
    if (slot == NULL || (f->type != MSG_REPLY && f->type != MSG_DEAD))
        return 0;
    int rc = 0;
    if (f->type == MSG_DEAD) {
        struct span reason = envelope_header(f, "reason");
        rc = bytes_append(&slot->error, reason.data, reason.len);
    }
    if (a->json && rc == 0)
        rc = envelope_json(&slot->text, f);
    else if (f->type == MSG_REPLY && rc == 0)
        rc = bytes_append(&slot->text, f->body.data, f->body.len);
    if (rc == 0 && (a->json || f->type == MSG_REPLY))
        rc = bytes_byte(&slot->text, (unsigned char)a->delimiter);
    if (rc != 0)
        return rc;
    slot->state = f->type == MSG_DEAD ? SENDASK_DEAD : SENDASK_REPLIED;
    sendask_adapt(a, now - slot->sent);
    return sendask_print(a);
}
