#include "engine/outbox.h"

#include <stdlib.h>
#include <string.h>

struct outgoing {
    struct outgoing *next;
    struct speak_out out;
    uint64_t number;
    size_t size;
    unsigned char data[];
};

static struct span outbox_copy(unsigned char **at, struct span from)
{
    struct span s = span_of(*at, from.len);

    if (from.len > 0)
        memcpy(*at, from.data, from.len);
    *at += from.len;
    return s;
}

int outbox_add(struct member *m, const struct speak_out *o)
{
    size_t len = o->to.len + o->tag.len + o->headers.len + o->body.len;
    struct outgoing *g = malloc(sizeof(*g) + len);

    if (g == NULL)
        return ERR_NOMEM;
    unsigned char *at = g->data;
    g->next = NULL;
    g->number = ++m->actor->sys->outputs;
    g->size = sizeof(*g) + len;
    g->out = *o;
    g->out.to = outbox_copy(&at, o->to);
    g->out.tag = outbox_copy(&at, o->tag);
    g->out.headers = outbox_copy(&at, o->headers);
    g->out.body = outbox_copy(&at, o->body);
    *m->outbox_end = g;
    m->outbox_end = &g->next;
    m->outbox_bytes += g->size;
    return 0;
}

const struct speak_out *outbox_front(const struct member *m)
{
    return m->outbox == NULL ? NULL : &m->outbox->out;
}

uint64_t outbox_number(const struct member *m)
{
    return m->outbox == NULL ? 0 : m->outbox->number;
}

void outbox_shift(struct member *m)
{
    struct outgoing *g = m->outbox;

    m->outbox = g->next;
    if (m->outbox == NULL)
        m->outbox_end = &m->outbox;
    m->outbox_bytes -= g->size;
    free(g);
}
