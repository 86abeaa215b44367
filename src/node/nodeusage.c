/* What the processes that are run here use, when the home asks. */
#include "engine/meter.h"
#include "node/nodeparts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void nodeusage_tell(struct node *n)
{
    json_t *rows = json_array();

    for (const struct nodepost *p = n->posts; p != NULL; p = p->next) {
        if (p->actor == NULL)
            continue;
        struct used used = meter_of(n->sys, p->actor->members[0]);
        (void)json_array_append_new(
            rows, json_pack("[I, f, f]", (json_int_t)p->channel, used.cpu, used.memory));
    }
    char *text = rows == NULL ? NULL : json_dumps(rows, JSON_COMPACT | JSON_REAL_PRECISION(12));
    struct frame f = {.kind = FRAME_USAGE, .body = span_of(text, text == NULL ? 0 : strlen(text))};

    (void)trunk_send(n->trunk, 0, &f);
    free(text);
    json_decref(rows);
}

void nodeusage_frame(struct node *n)
{
    if (meter_look(n->sys))
        n->measures = true;
    else
        nodeusage_tell(n);
}

void nodeusage_measured(struct system *s)
{
    struct node *n = s->node;

    if (n->measures)
        nodeusage_tell(n);
    n->measures = false;
}
