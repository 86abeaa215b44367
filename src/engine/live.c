#include "engine/live.h"

#include "engine/boxes.h"
#include "engine/deadletters.h"
#include "engine/hosts.h"
#include "engine/member.h"
#include "engine/meter.h"
#include "engine/reports.h"

#include <unistd.h>

static const char *const live_columns[] = {
    "name",    "member", "state",     "reason",  "pid",      "host",      "restarts", "queued",
    "in_hand", "bytes",  "oldest_ms", "handled", "accepted", "uptime_ms", "cpu",      "memory",
};

static json_t *live_names(void)
{
    json_t *names = json_array();

    for (size_t i = 0; i < sizeof(live_columns) / sizeof(live_columns[0]); i++)
        (void)json_array_append_new(names, json_string(live_columns[i]));
    return names;
}

/* As with what is queued, the first of a pool stands for what belongs to all of it. */
static uint64_t live_bytes(const struct member *m)
{
    const struct actor *a = m->actor;
    uint64_t n = 0;

    for (size_t i = 0; boxes_of(m, i) != NULL; i++)
        n += *boxes_of(m, i) == NULL ? 0 : mailbox_bytes(*boxes_of(m, i));
    if (m->index <= 1)
        n += mailbox_bytes(a->shared) + (a->init == NULL ? 0 : mailbox_bytes(a->init->shared));
    return n;
}

static json_t *live_figure(double n)
{
    return n < 0 ? json_null() : json_real(n);
}

static json_t *live_row(struct system *s, struct member *m)
{
    char reason[MEMBER_REASON];
    const struct actor *a = m->actor;
    bool first = m->index <= 1;

    struct used used = meter_of(s, m);

    return json_pack("[s, i, s, s, i, s, I, I, I, I, I, I, I, I, o, o]", a->conf->name,
                     (int)m->index, reports_state(m), member_reason(m, reason, sizeof(reason)),
                     (int)reports_pid(m), hosts_name(m), (json_int_t)m->restarts,
                     (json_int_t)reports_queued(m), (json_int_t)hand_count(&m->speak->hand),
                     (json_int_t)live_bytes(m), (json_int_t)reports_oldest(s, m),
                     (json_int_t)m->handled, (json_int_t)(first ? a->books.accepted : 0),
                     (json_int_t)reports_uptime(s, m), live_figure(used.cpu),
                     live_figure(used.memory));
}

json_t *live_report(struct system *s, const struct selection *sel)
{
    json_t *rows = json_array();

    reports_refresh(sel);
    for (size_t i = 0; i < sel->n; i++)
        (void)json_array_append_new(rows, live_row(s, sel->members[i]));
    struct used own = meter_own(s);
    return json_pack("{s:s, s:s, s:i, s:I, s:I, s:o, s:o, s:o, s:o}", "system", s->topology->system,
                     "host", s->host, "pid", (int)getpid(), "uptime_ms",
                     (json_int_t)(loop_now(s->loop) - s->began), "dead",
                     (json_int_t)deadletters_count(s->dead), "cpu", live_figure(own.cpu), "memory",
                     live_figure(own.memory), "columns", live_names(), "rows", rows);
}
