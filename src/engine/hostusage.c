/* What processes on other hosts use: asked of their nodes, and told here. */
#include "engine/hostparts.h"
#include "engine/meter.h"

unsigned hosts_measure(struct system *s)
{
    const struct frame ask = {.kind = FRAME_USAGE};
    unsigned n = 0;

    for (struct host *h = s->hosts; h != NULL; h = h->next) {
        if (h->state != HOST_UP || h->measures || trunk_send(h->trunk, 0, &ask) != 0)
            continue;
        h->measures = true;
        n++;
    }
    return n;
}

/* [channel, hundredths of one processor (below 0: not known), bytes] */
static void hostusage_row(struct host *h, const json_t *row)
{
    json_int_t channel = json_integer_value(json_array_get(row, 0));
    double cpu = json_number_value(json_array_get(row, 1));
    double memory = json_number_value(json_array_get(row, 2));
    const struct post *p = channel > 0 ? post_find(h, (uint64_t)channel) : NULL;

    if (p != NULL && p->process != NULL && memory >= 0)
        meter_add(post_member(p), cpu, memory);
}

void host_usage(struct host *h, const struct frame *f)
{
    json_t *rows = json_loadb(f->body.data, f->body.len, 0, NULL), *row = NULL;
    size_t i = 0;

    if (json_is_array(rows)) {
        meter_begin(h->sys, h);
        json_array_foreach(rows, i, row) hostusage_row(h, row);
    }
    json_decref(rows);
    h->measures = false;
    meter_host_told(h->sys);
}
