#include "cmd/topsample.h"

#include "cmd/ctl.h"

#include <stdlib.h>
#include <string.h>

/* Where in a row each figure stands that the supervisor tells. */
static const struct {
    const char *column;
    enum top_figure figure;
} topsample_told[] = {
    {"pid", TOP_PID},         {"restarts", TOP_RESTARTS}, {"queued", TOP_QUEUED},
    {"in_hand", TOP_IN_HAND}, {"bytes", TOP_BYTES},       {"oldest_ms", TOP_OLDEST},
    {"handled", TOP_HANDLED}, {"accepted", TOP_ACCEPTED}, {"uptime_ms", TOP_UPTIME},
    {"cpu", TOP_CPU},         {"memory", TOP_MEMORY},
};
#define TOPSAMPLE_TOLD (sizeof topsample_told / sizeof topsample_told[0])

/* Places of columns in a row; an unknown one is behind its end. */
struct topsample_places {
    size_t name, member, state, reason, host;
    size_t told[TOPSAMPLE_TOLD];
};

static size_t topsample_place(const json_t *columns, const char *name)
{
    size_t i;
    json_t *column;
    json_array_foreach(columns, i, column)
    {
        const char *text = json_string_value(column);
        if (text != NULL && strcmp(text, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static void topsample_find(struct topsample_places *p, const json_t *columns)
{
    p->name = topsample_place(columns, "name");
    p->member = topsample_place(columns, "member");
    p->state = topsample_place(columns, "state");
    p->reason = topsample_place(columns, "reason");
    p->host = topsample_place(columns, "host");
    for (size_t i = 0; i < TOPSAMPLE_TOLD; i++)
        p->told[i] = topsample_place(columns, topsample_told[i].column);
}

static const char *topsample_text(const json_t *row, size_t place)
{
    const char *text = json_string_value(json_array_get(row, place));
    return text != NULL ? text : "";
}

static double topsample_figure(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : TOP_UNKNOWN;
}

static void topsample_member(struct topmember *m, const json_t *row,
                             const struct topsample_places *p)
{
    m->name = topsample_text(row, p->name);
    m->state = topsample_text(row, p->state);
    m->reason = topsample_text(row, p->reason);
    m->host = topsample_text(row, p->host);
    m->index = (unsigned)json_integer_value(json_array_get(row, p->member));
    for (size_t i = 0; i < TOP_FIGURES; i++)
        m->figure[i] = TOP_UNKNOWN;
    for (size_t i = 0; i < TOPSAMPLE_TOLD; i++)
        m->figure[topsample_told[i].figure] = topsample_figure(json_array_get(row, p->told[i]));
    if (m->figure[TOP_QUEUED] >= 0 && m->figure[TOP_IN_HAND] >= 0)
        m->figure[TOP_DEPTH] = m->figure[TOP_QUEUED] + m->figure[TOP_IN_HAND];
    if (m->index > 1)
        m->figure[TOP_ACCEPTED] = TOP_UNKNOWN;
}

int topsample_read(struct topsample *s, json_t *answer, struct err *e)
{
    const json_t *rows = json_object_get(answer, "rows");
    struct topsample_places places;
    if (!json_is_array(rows)) {
        json_decref(answer);
        return err_set(e, ERR_PROTOCOL, "the supervisor's answer has no rows");
    }
    struct topmember *members = calloc(json_array_size(rows) + 1, sizeof *members);
    if (members == NULL) {
        json_decref(answer);
        return err_set(e, ERR_NOMEM, "out of memory");
    }
    topsample_find(&places, json_object_get(answer, "columns"));
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) topsample_member(&members[i], row, &places);
    *s = (struct topsample){
        .answer = answer,
        .system = ctl_text(answer, "system"),
        .host = ctl_text(answer, "host"),
        .pid = (pid_t)ctl_int(answer, "pid"),
        .uptime_ms = ctl_int(answer, "uptime_ms"),
        .dead = ctl_int(answer, "dead"),
        .cpu = topsample_figure(json_object_get(answer, "cpu")),
        .memory = topsample_figure(json_object_get(answer, "memory")),
        .members = members,
        .n = json_array_size(rows),
    };
    return 0;
}

void topsample_release(struct topsample *s)
{
    json_decref(s->answer);
    free(s->members);
    *s = (struct topsample){0};
}

bool topsample_hosts(const struct topsample *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->members[i].host, s->host) != 0)
            return true;
    return false;
}

/* The same member in an earlier look; *hint is where it stands when nothing was added or removed
 * since. */
static const struct topmember *topsample_same(const struct topsample *before,
                                              const struct topmember *m, size_t *hint)
{
    for (size_t k = 0; k < before->n; k++) {
        size_t at = (*hint + k) % before->n;
        const struct topmember *b = &before->members[at];
        if (b->index == m->index && strcmp(b->name, m->name) == 0) {
            *hint = at + 1;
            return b;
        }
    }
    return NULL;
}

/* A counter that became less began anew: nothing is known then. */
static double topsample_rate(double now, double before, double seconds)
{
    if (now < 0 || before < 0 || now < before || seconds <= 0)
        return TOP_UNKNOWN;
    return (now - before) / seconds;
}

void topsample_rates(struct topsample *now, const struct topsample *before)
{
    double seconds = (double)(now->uptime_ms - before->uptime_ms) / 1000;
    size_t hint = 0;
    if (before->n == 0 || before->pid != now->pid)
        return;
    for (size_t i = 0; i < now->n; i++) {
        struct topmember *m = &now->members[i];
        const struct topmember *b = topsample_same(before, m, &hint);
        if (b == NULL)
            continue;
        m->figure[TOP_IN_RATE] =
            topsample_rate(m->figure[TOP_ACCEPTED], b->figure[TOP_ACCEPTED], seconds);
        m->figure[TOP_DONE_RATE] =
            topsample_rate(m->figure[TOP_HANDLED], b->figure[TOP_HANDLED], seconds);
    }
}
