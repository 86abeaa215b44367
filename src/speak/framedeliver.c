#include "speak/framedeliver.h"

#include "model/bits.h"
#include "model/frame.h"

#include <string.h>

static unsigned char *framedeliver_str8(unsigned char *p, struct span s)
{
    p = bits_put(p, s.len, 1);
    if (s.len > 0)
        memcpy(p, s.data, s.len);
    return p + s.len;
}

int framedeliver(struct bytes *out, const struct speak *sp, const struct letter *l,
                 struct span from)
{
    struct span to = span_of(sp->conf->name, strlen(sp->conf->name));
    /* The tag of an ask is its asker's own affair. */
    struct span tag = l->type == MSG_TELL || l->type == MSG_ASK ? span_of("", 0) : l->tag;
    size_t headers = l->headers.len == 0 ? 2 : l->headers.len;
    size_t length =
        1 + 8 + 1 + 4 + 1 + from.len + 1 + to.len + 1 + tag.len + headers + 4 + l->body.len;
    unsigned char *p = bytes_room(out, 4 + length);

    if (p == NULL)
        return ERR_NOMEM;
    p = bits_put(p, length, 4);
    *p++ = FRAME_DELIVER;
    p = bits_put(p, l->id, 8);
    *p++ = l->type;
    p = bits_put(p, l->attempt, 4);
    p = framedeliver_str8(p, from);
    p = framedeliver_str8(p, to);
    p = framedeliver_str8(p, tag);
    if (l->headers.len == 0)
        p = bits_put(p, 0, 2);
    else
        memcpy(p, l->headers.data, headers), p += headers;
    p = bits_put(p, l->body.len, 4);
    if (l->body.len > 0)
        memcpy(p, l->body.data, l->body.len);
    bytes_grew(out, 4 + length);
    return 0;
}
