/* The help of `top`: its keys, folded to the width of the screen; what has no room is scrolled. */
#include "cmd/toplive.h"
#include "cmd/topscreen.h"

#include <stdio.h>
#include <string.h>

enum { TOPHELP_DOC = 13 /* the column where what a key does begins */ };

struct tophelp {
    int width;
    long top, page; /* what of it is to be drawn */
    long n;         /* lines so far */
};

static long tophelp_page(int height)
{
    return height > 2 ? height - 2 : 0;
}

/* How much of a text goes into so many columns: whole words, where that can be. */
static int tophelp_fits(const char *text, int columns)
{
    int len = (int)strlen(text), n = columns;
    if (len <= columns)
        return len;
    while (n > 0 && text[n] != ' ')
        n--;
    return n > 0 ? n : columns;
}

static void tophelp_entry(struct tophelp *h, const char *keys, const char *doc)
{
    int room = h->width > TOPHELP_DOC ? h->width - TOPHELP_DOC : 1;
    char line[256];
    for (bool first = true; first || *doc != '\0'; first = false) {
        int n = tophelp_fits(doc, room);
        (void)snprintf(line, sizeof line, "  %-10s %.*s", first ? keys : "", n, doc);
        if (h->n >= h->top && h->n < h->top + h->page)
            topscreen_text((int)(h->n - h->top) + 1, 0, h->width, TOPLOOK_PLAIN, line);
        h->n++;
        doc += n;
        while (*doc == ' ')
            doc++;
    }
}

/* Draws what is to be; returns how many lines all are. */
static long tophelp_walk(struct tophelp *h)
{
    const char *keys, *doc;
    char key[2] = "", sorts[64];
    for (size_t i = 0; topkeys_doc(i, &keys, &doc); i++)
        tophelp_entry(h, keys, doc);
    for (size_t i = 0; i < topcolumns_n; i++) {
        if (topcolumns[i].key == 0)
            continue;
        key[0] = topcolumns[i].key;
        (void)snprintf(sorts, sizeof sorts, "sort by %s", topcolumns[i].name);
        tophelp_entry(h, key, sorts);
    }
    return h->n;
}

static long tophelp_lines(int width)
{
    struct tophelp all = {.width = width};
    return tophelp_walk(&all);
}

void tophelp_draw(struct top *t)
{
    int height, width;
    char title[64] = "actorsup top";
    topscreen_size(&height, &width);
    long page = tophelp_page(height), n = tophelp_lines(width);
    bool more = n > page;
    t->help = !more ? 0 : t->help > n - page ? n - page : t->help;
    if (more)
        (void)snprintf(title, sizeof title, "actorsup top, %ld-%ld of %ld", t->help + 1,
                       t->help + page, n);
    topscreen_text(0, 0, width, TOPLOOK_BAR, title);
    (void)tophelp_walk(&(struct tophelp){.width = width, .top = t->help, .page = page});
    topscreen_text(height - 1, 0, width, TOPLOOK_BAR,
                   more ? "Up Down PgUp PgDn Home End  others: back" : "any key leads back");
    topscreen_show(-1, 0);
}

bool tophelp_press(struct top *t, int key)
{
    int height, width;
    topscreen_size(&height, &width);
    long page = tophelp_page(height), end = tophelp_lines(width) - page;
    long by = key == TOPKEY_UP          ? -1
              : key == TOPKEY_DOWN      ? 1
              : key == TOPKEY_PAGE_UP   ? -page
              : key == TOPKEY_PAGE_DOWN ? page
              : key == TOPKEY_HOME      ? -end
              : key == TOPKEY_END       ? end
                                        : 0;
    if (by == 0 || end <= 0)
        return false;
    t->help += by;
    t->help = t->help < 0 ? 0 : t->help > end ? end : t->help;
    return true;
}
