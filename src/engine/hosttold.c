/* Actors that are told when another host is up, and when one is down. */
#include "engine/boxes.h"
#include "engine/events.h"
#include "engine/hostparts.h"
#include "engine/router.h"

#include <string.h>

void hosts_tell(const struct host *h, enum frame_type type, const char *why)
{
    struct system *s = h->sys;
    struct bytes headers;

    bytes_init(&headers);
    (void)frame_header_text(&headers, "host", h->conf->name);
    for (size_t i = 0; i < h->conf->capabilities.n; i++)
        if (strcmp(h->conf->capabilities.list[i].key, "host") != 0)
            (void)frame_header_text(&headers, h->conf->capabilities.list[i].key,
                                    h->conf->capabilities.list[i].value);
    struct letter l = {
        .from = ORIGIN_SYSTEM,
        .when = system_when(s),
        .type = type,
        .headers = span_of(bytes_at(&headers), bytes_len(&headers)),
        .body = span_of(why, strlen(why)),
    };
    for (size_t i = 0; i < s->n_actors; i++) {
        struct actor *a = s->actors[i];
        /* One that is done, as a template ever is, would make a dead letter of it. */
        if (!a->conf->hosts || a->removed || actor_is_done(a))
            continue;
        if (!mailbox_fits(boxes_lane(a, a->shared, &l), letter_size(&l))) {
            event_actor(a, "host.untold", "host=%s", h->conf->name);
            continue;
        }
        l.id = system_id(s, 1);
        router_deliver(s, origin_member(a->index, 0), &l);
    }
    bytes_release(&headers);
}
