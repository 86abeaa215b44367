#include "engine/service.h"

#include "engine/vain.h"
#include "io/notify.h"

#include <stdio.h>

enum { SERVICE_NAMED = 5 }; /* failed actors at most */

struct service_count {
    size_t ready, rest, failed, underway;
    char names[160];
    size_t len;
};

static void service_failed(struct service_count *c, const char *name)
{
    if (++c->failed > SERVICE_NAMED || c->len >= sizeof(c->names))
        return;
    int n = snprintf(c->names + c->len, sizeof(c->names) - c->len, "%s%s",
                     c->failed > 1 ? ", " : "", name);
    c->len += n > 0 ? (size_t)n : 0;
}

static void service_count(struct service_count *c, const struct actor *a)
{
    bool ready = true, rest = true, failed = false;

    for (size_t i = 0; i < a->n_members; i++) {
        const struct member *m = a->members[i];
        bool rests = lifecycle_at_rest(m->state) || vain_of(m) != VAIN_NOT;
        failed = failed || m->state == LIFE_FAILED;
        ready = ready && (m->state == LIFE_READY || rests);
        rest = rest && rests;
    }
    if (failed)
        service_failed(c, a->conf->name);
    else if (rest)
        c->rest++;
    else if (ready)
        c->ready++;
    if (!ready)
        c->underway++;
}

void service_look(struct system *s)
{
    struct service_count c = {0};
    char text[256], failed[224] = "";

    if (s->notify == NULL || s->stopping)
        return;
    for (size_t i = 0; i < s->n_actors; i++)
        if (s->actors[i]->enabled && s->actors[i]->n_members > 0)
            service_count(&c, s->actors[i]);
    if (c.failed > 0)
        (void)snprintf(failed, sizeof(failed), ", %zu failed (%s%s)", c.failed, c.names,
                       c.failed > SERVICE_NAMED ? ", ..." : "");
    (void)snprintf(text, sizeof(text), "%zu ready, %zu not yet, %zu at rest%s", c.ready, c.underway,
                   c.rest, failed);
    notify_status(s->notify, text);
    if (c.underway == 0 && !s->announced) {
        s->announced = true;
        notify_ready(s->notify);
    }
}

void service_stopping(struct system *s)
{
    notify_stopping(s->notify);
    notify_status(s->notify, "stopping");
}

void service_reloading(struct system *s)
{
    notify_reloading(s->notify);
}

void service_reloaded(struct system *s)
{
    if (s->announced)
        notify_ready(s->notify);
}
