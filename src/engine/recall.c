#include "engine/recall.h"

#include "base/text.h"
#include "engine/clientparts.h"
#include "engine/clients.h"
#include "engine/deadletters.h"
#include "engine/reports.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECALL_PART = 256 * 1024, RECALL_DEAD = 1000 /* the newest */ };

static json_t *recall_names(const struct system *s)
{
    json_t *names = json_array();

    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i] != NULL)
            (void)json_array_append_new(
                names, json_pack("[I, s]", (json_int_t)i, s->slots[i]->conf->name));
    return names;
}

static json_t *recall_dead(const struct system *s)
{
    size_t skip = deadletters_count(s->dead);
    json_t *dead = json_object();

    skip = skip > RECALL_DEAD ? skip - RECALL_DEAD : 0;
    for (const struct deadletter *d = deadletters_first(s->dead); d != NULL; d = d->next) {
        char id[TEXT_ID_LEN + 1] = "", to[256], why[512];
        if (skip > 0) {
            skip--;
            continue;
        }
        text_id_format(d->id, id);
        (void)json_object_set_new(
            dead, id,
            json_pack("{s:s, s:s}", "to", text_shown(d->to, strlen(d->to), to, sizeof(to)),
                      "reason", text_shown(d->reason, strlen(d->reason), why, sizeof(why))));
    }
    return dead;
}

static void recall_part(struct client *c, const void *data, size_t len)
{
    struct frame f = {.kind = FRAME_RESULT, .flags = FRAME_MORE, .body = span_of(data, len)};

    client_send(c, &f);
}

static void recall_records(struct client *c, const struct trace_record *r, size_t n)
{
    const size_t most = RECALL_PART / sizeof(*r);

    for (size_t i = 0; i < n; i += most)
        recall_part(c, r + i, (n - i < most ? n - i : most) * sizeof(*r));
}

void recall_answer(struct client *c, const json_t *req, struct selection *sel)
{
    struct system *s = client_system(c);
    struct trace_kept kept;
    struct timespec now;

    reports_refresh(sel); /* so that it is known what was read */
    kept = trace_kept(&s->trace);
    (void)req;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    json_t *head =
        json_pack("{s:s, s:b, s:I, s:I, s:o, s:o}", "version", PACKAGE_VERSION, "overwritten",
                  trace_overwritten(&s->trace), "now_us", (json_int_t)loop_clock(), "wall_us",
                  (json_int_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, "names", recall_names(s),
                  "dead", recall_dead(s));
    char *text = json_dumps(head, JSON_COMPACT);
    json_decref(head);
    if (text == NULL) {
        client_result(c, ERR_NOMEM, NULL);
        return;
    }
    recall_part(c, text, strlen(text));
    free(text);
    recall_records(c, kept.first, kept.n_first);
    recall_records(c, kept.second, kept.n_second);
    client_result(c, 0, json_object());
}
