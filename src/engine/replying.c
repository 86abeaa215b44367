/* The answer of a process to a message that it has, or has delegated. */
#include "base/text.h"
#include "engine/askbook.h"
#include "engine/deadletters.h"
#include "engine/member.h"
#include "engine/router.h"
#include "engine/sending.h"

void sending_reply(void *member, uint64_t id, struct span headers, struct span body)
{
    struct member *m = member;
    struct system *s = m->actor->sys;
    struct letter in;
    char text[TEXT_ID_LEN];

    if (asks_answer(s, id, member_origin(m), headers, body))
        return;
    bool held = hand_find(&m->speak->hand, id, &in);
    struct letter reply = {.id = system_id(s, 1),
                           .from = member_origin(m),
                           .when = system_when(s),
                           .type = MSG_REPLY,
                           .cause = id,
                           .headers = headers,
                           .body = body};
    text_id_format(id, text);
    if (!held || in.type == MSG_ASK) {
        char to[ADDRESS_MAX + 1] = "?";
        if (held)
            (void)router_origin(s, in.from, to, sizeof(to));
        deadletters_add(s, NULL, to, &reply, "late", NULL);
        member_note(m, "reply.late re=%.*s", TEXT_ID_LEN, text);
        return;
    }
    reply.tag = span_of(text, sizeof(text));
    router_deliver(s, in.from, &reply);
}
