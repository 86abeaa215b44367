#include "engine/deadtold.h"

#include "base/text.h"
#include "engine/boxes.h"
#include "engine/events.h"
#include "engine/router.h"

#include <stdio.h>
#include <string.h>

static void deadtold_headers(const struct deadletter *d, struct bytes *headers)
{
    char id[TEXT_ID_LEN + 1] = "", attempts[8];

    text_id_format(d->id, id);
    (void)snprintf(attempts, sizeof(attempts), "%u", d->attempts);
    (void)frame_header_text(headers, "reason", d->reason);
    (void)frame_header_text(headers, "to", d->to);
    (void)frame_header_text(headers, "id", id);
    (void)frame_header_text(headers, "type", frame_type_name(d->type));
    (void)frame_header_text(headers, "attempts", attempts);
    (void)frame_header_text(headers, "exit", d->exit);
}

void deadtold_tell(struct system *s, const struct deadletter *d)
{
    struct bytes headers;

    if (s->n_told == 0 || d->type == MSG_DEAD)
        return;
    bytes_init(&headers);
    deadtold_headers(d, &headers);
    struct letter l = {
        .id = 0,
        .from = d->from,
        .when = system_when(s),
        .type = MSG_DEAD,
        .cause = d->id,
        .headers = span_of(bytes_at(&headers), bytes_len(&headers)),
        .body = span_of(bytes_at(&d->body), bytes_len(&d->body)),
    };
    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        /* One that is done, as a template ever is, would make another dead letter of it. */
        if (!a->conf->dead || a->removed || a == d->actor || actor_is_done(a))
            continue;
        if (!mailbox_fits(boxes_lane(a, a->shared, &l), letter_size(&l))) {
            event_actor(a, "dead.untold", "to=%s", d->to);
            continue;
        }
        l.id = system_id(s, 1);
        router_deliver(s, origin_member(a->index, 0), &l);
    }
    bytes_release(&headers);
}
