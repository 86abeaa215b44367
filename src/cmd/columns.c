#include "cmd/columns.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct columns_cell_text {
    char *text;
    const char *colour;
};

struct columns {
    char align[COLUMNS_MAX + 1];
    size_t n;
    struct columns_cell_text *cells; /* n a row */
    size_t filled, cap;              /* cells */
};

static void *columns_need(void *p)
{
    if (p == NULL) {
        fprintf(stderr, "actorsup: out of memory\n");
        exit(1);
    }
    return p;
}

struct columns *columns_new(const char *align, const char *const *titles)
{
    struct columns *c = columns_need(calloc(1, sizeof *c));
    c->n = strlen(align);
    if (c->n > COLUMNS_MAX)
        bug("%zu columns", c->n);
    memcpy(c->align, align, c->n);
    for (size_t i = 0; i < c->n; i++)
        columns_cell(c, NULL, "%s", titles[i]);
    return c;
}

void columns_free(struct columns *c)
{
    for (size_t i = 0; i < c->filled; i++)
        free(c->cells[i].text);
    free(c->cells);
    free(c);
}

void columns_row(struct columns *c)
{
    while (c->filled % c->n != 0)
        columns_cell(c, NULL, "%s", "");
}

void columns_cell(struct columns *c, const char *colour, const char *fmt, ...)
{
    if (c->filled == c->cap) {
        c->cap = c->cap != 0 ? 2 * c->cap : 64;
        c->cells = columns_need(realloc(c->cells, c->cap * sizeof *c->cells));
    }
    va_list ap;
    va_start(ap, fmt);
    char *text = NULL;
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    c->cells[c->filled].text = columns_need(text);
    c->cells[c->filled].colour = colour;
    c->filled++;
}

static void columns_widths(const struct columns *c, size_t *width)
{
    for (size_t i = 0; i < c->filled; i++) {
        size_t w = strlen(c->cells[i].text);
        if (w > width[i % c->n])
            width[i % c->n] = w;
    }
}

/* The last cell of its row that has text: nothing is padded behind it. */
static size_t columns_last(const struct columns *c, size_t row)
{
    size_t last = c->n - 1;
    while (last > 0 && c->cells[row + last].text[0] == '\0')
        last--;
    return last;
}

void columns_print(const struct columns *c, bool colour)
{
    size_t width[COLUMNS_MAX] = {0};
    columns_widths(c, width);
    for (size_t row = 0; row + c->n <= c->filled; row += c->n) {
        size_t last = columns_last(c, row);
        for (size_t i = 0; i <= last; i++) {
            const struct columns_cell_text *t = &c->cells[row + i];
            int pad = (int)(width[i] - strlen(t->text));
            bool paint = colour && t->colour != NULL;
            if (c->align[i] == 'r')
                printf("%*s", pad, "");
            printf("%s%s%s%s%s", paint ? "\033[" : "", paint ? t->colour : "", paint ? "m" : "",
                   t->text, paint ? "\033[0m" : "");
            if (i < last && c->align[i] == 'l')
                printf("%*s", pad, "");
            fputs(i < last ? "  " : "\n", stdout);
        }
    }
}
