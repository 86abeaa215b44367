#include "cmd/topbatch.h"
#include "cmd/toplive.h"
#include "cmd/topscreen.h"

#include <stdio.h>
#include <string.h>

enum {
    TOPDRAW_TITLES = 2, /* the line of them */
    TOPDRAW_ROWS = 3,   /* the first line of the table */
    TOPDRAW_BELOW = 2,  /* lines below it */
};

static const struct {
    const char *state;
    int look;
} topdraw_states[] = {
    {"ready", TOPLOOK_GREEN},     {"running", TOPLOOK_GREEN},   {"done", TOPLOOK_CYAN},
    {"waiting", TOPLOOK_YELLOW},  {"starting", TOPLOOK_YELLOW}, {"backoff", TOPLOOK_YELLOW},
    {"stopping", TOPLOOK_YELLOW}, {"failed", TOPLOOK_RED},      {"unhealthy", TOPLOOK_RED},
};

size_t topdraw_page(void)
{
    int height, width;
    topscreen_size(&height, &width);
    int lines = height - TOPDRAW_ROWS - TOPDRAW_BELOW;
    return lines > 0 ? (size_t)lines : 0;
}

/* Of a pool, that of the worst of its members. */
static int topdraw_state(const struct toprow *r)
{
    int worst = TOPLOOK_PLAIN;
    size_t at = 0;
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = at; k < sizeof topdraw_states / sizeof topdraw_states[0]; k++) {
            if (strcmp(topdraw_states[k].state, r->first[i].state) == 0) {
                at = k;
                worst = topdraw_states[k].look;
            }
        }
    }
    return worst;
}

static void topdraw_titles(const struct top *t, const struct toplayout *l, int width)
{
    topscreen_text(TOPDRAW_TITLES, 0, width, TOPLOOK_BAR, "");
    for (size_t i = 0; i < l->n; i++) {
        const struct topcolumn *c = &topcolumns[l->cells[i].column];
        int pad = c->right ? l->cells[i].width - (int)strlen(c->title) : 0;
        int look = l->cells[i].column == t->view.column ? TOPLOOK_BOLD : TOPLOOK_BAR;
        topscreen_text(TOPDRAW_TITLES, l->cells[i].x + pad, l->cells[i].width - pad, look,
                       c->title);
    }
}

static void topdraw_row(const struct toplayout *l, const struct toprow *r, int y, int width,
                        bool chosen)
{
    char text[TOPCOLUMN_TEXT];
    int base = chosen ? TOPLOOK_BAR : TOPLOOK_PLAIN;
    topscreen_text(y, 0, width, base, "");
    for (size_t i = 0; i < l->n; i++) {
        int column = l->cells[i].column, w = l->cells[i].width, look = base;
        topcolumn_text(column, r, text, sizeof text);
        if (strcmp(topcolumns[column].name, "state") == 0 && !chosen)
            look |= topdraw_state(r);
        int pad = topcolumns[column].right && (int)strlen(text) < w ? w - (int)strlen(text) : 0;
        topscreen_text(y, l->cells[i].x + pad, w - pad, look, text);
    }
}

/* "name: why" of the chosen one, when there is nothing more pressing. */
static void topdraw_why(const struct top *t, char *text, size_t size)
{
    const struct toprow *r = topview_chosen(&t->view);
    char address[ADDRESS_MAX + 1], why[TOPCOLUMN_TEXT];
    text[0] = '\0';
    if (r == NULL)
        return;
    topcolumn_text((int)topcolumns_n - 1, r, why, sizeof why);
    if (why[0] != '\0')
        (void)snprintf(text, size, "%s: %s", toprow_address(r, address, sizeof address), why);
}

static int topdraw_message(const struct top *t, int y, int width)
{
    char text[TOPLIVE_TEXT + ADDRESS_MAX + 64];
    if (t->prompt == TOPPROMPT_SURE)
        (void)snprintf(text, sizeof text, "%s %s? [y/N] ", t->request, t->address);
    else if (t->prompt == TOPPROMPT_FILTER)
        (void)snprintf(text, sizeof text, "filter: %s", t->input);
    else if (t->prompt == TOPPROMPT_SIGNAL)
        (void)snprintf(text, sizeof text, "signal to %s (Enter sends, Esc does not): %s",
                       t->address, t->input);
    else if (t->message[0] != '\0')
        (void)snprintf(text, sizeof text, "%s", t->message);
    else if (t->silent)
        (void)snprintf(text, sizeof text, "the supervisor does not answer");
    else
        topdraw_why(t, text, sizeof text);
    topscreen_text(y, 0, width, t->prompt != TOPPROMPT_NONE ? TOPLOOK_BOLD : TOPLOOK_PLAIN, text);
    return t->prompt != TOPPROMPT_NONE ? (int)strlen(text) : -1;
}

static void topdraw_header(const struct top *t, const struct topsample *s, int width)
{
    char text[256], order[TOPVIEW_FILTER + 64];
    topscreen_text(0, 0, width, TOPLOOK_BOLD, topheader_states(s, text, sizeof text));
    topscreen_text(1, 0, width, TOPLOOK_PLAIN, topheader_flow(s, text, sizeof text));
    (void)snprintf(order, sizeof order, " %s%s%sby %s%s", t->view.filter[0] != '\0' ? "only " : "",
                   t->view.filter, t->view.filter[0] != '\0' ? ", " : "",
                   topcolumns[t->view.column].name, t->view.reverse ? ", reversed" : "");
    int len = (int)strlen(order);
    if ((int)strlen(text) + len <= width)
        topscreen_text(1, width - len, len, TOPLOOK_CYAN, order);
}

static void topdraw_table(struct top *t, int height, int width)
{
    const struct topsample *s = topsource_sample(t->source);
    struct toplayout l;
    size_t page = topdraw_page();
    topdraw_header(t, s, width);
    toplayout_make(&l, t->view.rows, t->view.n, width, topsample_hosts(s));
    topdraw_titles(t, &l, width);
    topview_scroll(&t->view, page);
    for (size_t i = 0; i < page && t->view.top + i < t->view.n; i++)
        topdraw_row(&l, &t->view.rows[t->view.top + i], TOPDRAW_ROWS + (int)i, width,
                    t->view.top + i == t->view.cursor);
    if (t->view.n == 0)
        topscreen_text(TOPDRAW_ROWS, 0, width, TOPLOOK_PLAIN,
                       t->view.filter[0] != '\0' ? "none matches; Esc shows all" : "no actors");
    int x = topdraw_message(t, height - 2, width);
    topscreen_text(
        height - 1, 0, width, TOPLOOK_BAR,
        "?help /filter <>sort Space:unfold l:log r:restart x:stop s:start k:kill q:quit");
    topscreen_show(x >= 0 ? height - 2 : -1, x < width ? x : width - 1);
}

void topdraw(struct top *t)
{
    int height, width;
    topscreen_size(&height, &width);
    topscreen_begin();
    if (height < TOPLIVE_LINES || width < TOPLIVE_COLUMNS) {
        topscreen_text(0, 0, width, TOPLOOK_PLAIN, "terminal too small");
        topscreen_text(1, 0, width, TOPLOOK_PLAIN, "40x8 is needed");
        topscreen_show(-1, 0);
    } else if (t->mode == TOPMODE_LOG) {
        toplog_draw(t->log);
    } else if (t->mode == TOPMODE_HELP) {
        tophelp_draw(t);
    } else {
        topdraw_table(t, height, width);
    }
}
