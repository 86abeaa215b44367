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

/* Those that have no process there just now use nothing. */
static void hostusage_begin(const struct host *h)
{
    const struct system *s = h->sys;

    for (size_t i = 0; i < s->n_actors; i++)
        for (size_t k = 0; k < s->actors[i]->n_members; k++)
            if (s->actors[i]->members[k]->host == h)
                s->actors[i]->members[k]->used = (struct used){.at = loop_now(s->loop)};
}

/* [channel, hundredths of one processor (below 0: not known), bytes] */
static void hostusage_row(struct host *h, const json_t *row)
{
    json_int_t channel = json_integer_value(json_array_get(row, 0));
    double cpu = json_number_value(json_array_get(row, 1));
    double memory = json_number_value(json_array_get(row, 2));
    const struct post *p = channel > 0 ? post_find(h, (uint64_t)channel) : NULL;

    if (p == NULL || p->process == NULL || !(memory >= 0))
        return;
    struct used *used = &post_member(p)->used;
    used->memory += memory;
    used->cpu = used->cpu < 0 || !(cpu >= 0) ? -1 : used->cpu + cpu;
}

void host_usage(struct host *h, const struct frame *f)
{
    json_t *rows = json_loadb(f->body.data, f->body.len, 0, NULL), *row = NULL;
    size_t i = 0;

    if (json_is_array(rows)) {
        hostusage_begin(h);
        json_array_foreach(rows, i, row) hostusage_row(h, row);
    }
    json_decref(rows);
    h->measures = false;
    meter_host_told(h->sys);
}
