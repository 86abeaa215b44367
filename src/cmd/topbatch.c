#include "cmd/topbatch.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void topbatch_cell(const char *text, int width, bool right, bool last)
{
    int pad = width - (int)strlen(text);
    if (right && pad > 0)
        printf("%*s", pad, "");
    fputs(text, stdout);
    if (!right && pad > 0 && !last)
        printf("%*s", pad, "");
}

/* row NULL: the titles. Nothing is padded behind the last text of a line. */
static void topbatch_line(const struct toplayout *l, const struct toprow *row)
{
    char text[TOPCOLUMN_TEXT];
    int at = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct topcolumn *c = &topcolumns[l->cells[i].column];
        const char *cell =
            row == NULL ? c->title : topcolumn_text(l->cells[i].column, row, text, sizeof text);
        if (i + 1 == l->n && *cell == '\0')
            break;
        printf("%*s", l->cells[i].x - at, "");
        topbatch_cell(cell, l->cells[i].width, c->right, i + 1 == l->n);
        at = l->cells[i].x + l->cells[i].width;
    }
    putchar('\n');
}

void topbatch_table(struct topview *v, const struct topsample *s)
{
    char text[256];
    struct toplayout l;
    puts(topheader_states(s, text, sizeof text));
    puts(topheader_flow(s, text, sizeof text));
    toplayout_make(&l, v->rows, v->n, 0, topsample_hosts(s));
    topbatch_line(&l, NULL);
    for (size_t i = 0; i < v->n; i++)
        topbatch_line(&l, &v->rows[i]);
}

static const struct {
    const char *key;
    enum top_figure figure;
    bool whole;
} topbatch_figures[] = {
    {"pid", TOP_PID, true},
    {"restarts", TOP_RESTARTS, true},
    {"queued", TOP_QUEUED, true},
    {"in_hand", TOP_IN_HAND, true},
    {"bytes", TOP_BYTES, true},
    {"oldest_ms", TOP_OLDEST, true},
    {"handled", TOP_HANDLED, true},
    {"accepted", TOP_ACCEPTED, true},
    {"uptime_ms", TOP_UPTIME, true},
    {"accepted_per_s", TOP_IN_RATE, false},
    {"handled_per_s", TOP_DONE_RATE, false},
    {"cpu_percent", TOP_CPU, false},
    {"memory_bytes", TOP_MEMORY, true},
};

static json_t *topbatch_object(const struct topmember *m)
{
    const struct toprow row = {.first = m, .n = 1};
    char address[ADDRESS_MAX + 1];
    json_t *o = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "name", m->name, "member",
                          (int)m->index, "address", toprow_address(&row, address, sizeof address),
                          "state", m->state, "reason", m->reason, "host", m->host);
    for (size_t i = 0; o != NULL && i < sizeof topbatch_figures / sizeof topbatch_figures[0]; i++) {
        double value = m->figure[topbatch_figures[i].figure];
        json_t *number = value < 0                   ? json_null()
                         : topbatch_figures[i].whole ? json_integer((json_int_t)value)
                                                     : json_real(value);
        json_object_set_new(o, topbatch_figures[i].key, number);
    }
    return o;
}

void topbatch_json(const struct topview *v, const struct topsample *s)
{
    bool first = true;
    putchar('[');
    for (size_t i = 0; i < s->n; i++) {
        if (!topview_matches(v->filter, &s->members[i]))
            continue;
        json_t *o = topbatch_object(&s->members[i]);
        fputs(first ? "" : ",\n ", stdout);
        json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
        json_decref(o);
        first = false;
    }
    puts("]");
}
