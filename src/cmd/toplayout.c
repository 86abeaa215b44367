#include "cmd/topcolumn.h"

#include <limits.h>
#include <string.h>

enum {
    TOPLAYOUT_NAME_MAX = 40, /* of a width that is bounded, names and states take at most so much */
    TOPLAYOUT_STATE_MAX = 16,
    TOPLAYOUT_WHY_MIN = 12,
};

static int toplayout_widest(int column, const struct toprow *rows, size_t n, int max)
{
    int width = (int)strlen(topcolumns[column].title);
    char text[TOPCOLUMN_TEXT];
    for (size_t i = 0; i < n && width < max; i++) {
        int w = (int)strlen(topcolumn_text(column, &rows[i], text, sizeof text));
        width = w > width ? w : width;
    }
    return width < max ? width : max;
}

/* The last column takes what is left, so it asks for its least. */
static int toplayout_width(int column, const struct toprow *rows, size_t n, bool bounded)
{
    const struct topcolumn *c = &topcolumns[column];
    if (c->width > 0)
        return c->width;
    if (column == (int)topcolumns_n - 1)
        return TOPLAYOUT_WHY_MIN;
    int max = column == 0 ? TOPLAYOUT_NAME_MAX : TOPLAYOUT_STATE_MAX;
    return toplayout_widest(column, rows, n, bounded ? max : INT_MAX);
}

static int toplayout_sum(const int *widths)
{
    int sum = -1;
    for (size_t i = 0; i < topcolumns_n; i++)
        if (widths[i] > 0)
            sum += widths[i] + 1;
    return sum + (widths[topcolumns_n - 1] > 0);
}

/* Which leaves next, or -1. */
static int toplayout_leaver(const int *widths)
{
    int found = -1;
    for (size_t i = 0; i < topcolumns_n; i++)
        if (widths[i] > 0 && topcolumns[i].leave > 0 &&
            (found < 0 || topcolumns[i].leave > topcolumns[found].leave))
            found = (int)i;
    return found;
}

void toplayout_make(struct toplayout *l, const struct toprow *rows, size_t n, int width, bool hosts)
{
    int widths[TOPLAYOUT_MAX] = {0}, x = 0, last = (int)topcolumns_n - 1, leaver;
    for (int i = 0; i <= last; i++)
        if (hosts || strcmp(topcolumns[i].name, "host") != 0)
            widths[i] = toplayout_width(i, rows, n, width > 0);
    while (width > 0 && toplayout_sum(widths) > width && (leaver = toplayout_leaver(widths)) >= 0)
        widths[leaver] = 0;
    l->n = 0;
    for (int i = 0; i <= last; i++) {
        if (widths[i] == 0)
            continue;
        x += i == last;
        int room = width > 0 && width - x > 0 ? width - x : 0;
        int w = i == last || (room < widths[i] && width > 0) ? room : widths[i];
        l->cells[l->n].column = i;
        l->cells[l->n].x = x;
        l->cells[l->n++].width = w;
        x += w + 1;
    }
}
