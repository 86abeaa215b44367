/* A small graph as a picture of characters. */
#include "cmd/ctl.h"
#include "cmd/graphlayout.h"
#include "cmd/graphprint.h"

#include <stdlib.h>
#include <string.h>

enum { PICTURE_WIDTH = 400, PICTURE_ROWS = 400, PICTURE_LEAD = 3 /* " -+" */ };

struct picture_node {
    const char *name; /* of the document */
    char label[GRAPH_LABEL];
    const char *colour;
};

struct picture {
    struct picture_node nodes[LAYOUT_NODES];
    int n_nodes;
    struct layout_edge edges[LAYOUT_EDGES];
    const json_t *flows[LAYOUT_EDGES];
    int n_edges;
    struct layout layout;
    int left[LAYOUT_NODES], names[LAYOUT_NODES], labels[LAYOUT_NODES]; /* by column */
    int width;
    char (*cells)[PICTURE_WIDTH];
};

static void picture_count(const json_t *flow, char buf[32])
{
    const json_t *n = json_object_get(flow, "messages");
    buf[0] = '\0';
    if (json_is_integer(n))
        graph_number(json_integer_value(n), buf);
}

static int picture_node(const struct picture *p, const char *name)
{
    for (int i = 0; i < p->n_nodes; i++)
        if (strcmp(p->nodes[i].name, name) == 0)
            return i;
    return -1;
}

static bool picture_add(struct picture *p, const char *name, const char *label, const char *colour)
{
    if (p->n_nodes == LAYOUT_NODES)
        return false;
    struct picture_node *n = &p->nodes[p->n_nodes++];
    n->name = name;
    n->colour = colour;
    snprintf(n->label, sizeof n->label, "%s", label);
    return true;
}

static bool picture_read(struct picture *p, const json_t *doc)
{
    char label[GRAPH_LABEL];
    size_t i;
    json_t *o;
    if (graph_outside(doc) && !picture_add(p, "~", "~", NULL))
        return false;
    json_array_foreach(json_object_get(doc, "actors"), i, o)
    {
        if (graph_idle(doc, o)) /* a line behind the picture tells of it */
            continue;
        if (!picture_add(p, ctl_text(o, "name"), graph_label(o, label), graph_colour(o)))
            return false;
    }
    json_array_foreach(json_object_get(doc, "flows"), i, o)
    {
        if (!graph_goes(o))
            continue;
        struct layout_edge e = {picture_node(p, ctl_text(o, "from")),
                                picture_node(p, ctl_text(o, "to")), false};
        if (p->n_edges == LAYOUT_EDGES || e.from < 0 || e.to < 0)
            return false;
        p->edges[p->n_edges] = e;
        p->flows[p->n_edges++] = o;
    }
    return true;
}

/* Where the columns begin, and how wide all is. */
static void picture_measure(struct picture *p)
{
    const struct layout *l = &p->layout;
    char count[32];
    for (int i = 0; i < l->n_places; i++) {
        const struct layout_place *at = &l->places[i];
        int n = at->node < 0 ? 0 : (int)strlen(p->nodes[at->node].label);
        if (n > p->names[at->column])
            p->names[at->column] = n;
    }
    for (int i = 0; i < l->n_links; i++) {
        picture_count(p->flows[l->links[i].edge], count);
        int n = l->links[i].first ? (int)strlen(count) : 0, c = l->places[l->links[i].from].column;
        if (n > p->labels[c])
            p->labels[c] = n;
    }
    for (int c = 1; c < l->columns; c++)
        p->left[c] = p->left[c - 1] + p->names[c - 1] + PICTURE_LEAD + p->labels[c - 1] +
                     (p->labels[c - 1] > 0 ? 3 : 0) + 2 * l->tracks[c] + 1;
    p->width = p->left[l->columns - 1] + p->names[l->columns - 1];
}

static void picture_text(struct picture *p, int row, int at, const char *text)
{
    memcpy(&p->cells[row][at], text, strlen(text));
}

/* Where the track of a place is, and where it ends. */
static int picture_track(const struct picture *p, const struct layout_place *to)
{
    return p->left[to->column] - 1 - 2 * (p->layout.tracks[to->column] - to->track);
}

static int picture_end(const struct picture *p, const struct layout_place *from)
{
    if (from->node < 0)
        return p->left[from->column];
    return p->left[from->column] + (int)strlen(p->nodes[from->node].label) + 1;
}

static void picture_across(struct picture *p, const struct layout_link *k)
{
    const struct layout_place *from = &p->layout.places[k->from], *to = &p->layout.places[k->to];
    int end = picture_track(p, to);
    bool straight = k->row == to->row;
    char count[32];
    for (int x = picture_end(p, from); x <= end; x++)
        p->cells[k->row][x] = '-';
    if (straight)
        end = p->left[to->column] - (to->node < 0 ? 0 : 2);
    for (int x = picture_track(p, to); x < end; x++)
        p->cells[k->row][x] = '-';
    picture_count(p->flows[k->edge], count);
    if (k->first && count[0] != '\0') {
        int at = p->left[from->column] + p->names[from->column] + PICTURE_LEAD + 1;
        p->cells[k->row][at - 1] = p->cells[k->row][at + (int)strlen(count)] = ' ';
        picture_text(p, k->row, at, count);
    }
}

/* From the track to the place. */
static void picture_into(struct picture *p, const struct layout_place *to)
{
    int end = p->left[to->column] - (to->node < 0 ? 0 : 2);
    for (int x = picture_track(p, to); x < end; x++)
        p->cells[to->row][x] = '-';
    if (to->node >= 0)
        p->cells[to->row][end] = '>';
}

/* The upright lines; where they only cross another they break it. */
static void picture_upright(struct picture *p, int place)
{
    const struct layout *l = &p->layout;
    const struct layout_place *to = &l->places[place];
    int low = to->row, high = to->row, x = picture_track(p, to);
    for (int i = 0; i < l->n_links; i++) {
        if (l->links[i].to != place)
            continue;
        low = l->links[i].row < low ? l->links[i].row : low;
        high = l->links[i].row > high ? l->links[i].row : high;
    }
    for (int y = low; low < high && y <= high; y++)
        p->cells[y][x] = '|';
    for (int i = 0; low < high && i < l->n_links; i++)
        if (l->links[i].to == place)
            p->cells[l->links[i].row][x] = '+';
    if (low < high)
        p->cells[to->row][x] = '+';
}

/* Several that leave one place do so from one upright line. */
static void picture_fork(struct picture *p, const struct layout_place *from)
{
    for (int i = 0; from->outs > 1 && i < from->outs; i++) {
        int x = picture_end(p, from) + 1;
        p->cells[from->row + i][x] = '+';
        if (i > 0)
            p->cells[from->row + i][x - 1] = ' ';
    }
}

static void picture_draw(struct picture *p)
{
    const struct layout *l = &p->layout;
    for (int y = 0; y < l->rows; y++)
        memset(p->cells[y], ' ', PICTURE_WIDTH);
    for (int i = 0; i < l->n_links; i++)
        picture_across(p, &l->links[i]);
    for (int i = 0; i < l->n_places; i++)
        if (l->places[i].ins > 0)
            picture_into(p, &l->places[i]);
    for (int i = 0; i < l->n_places; i++)
        if (l->places[i].ins > 0)
            picture_upright(p, i);
    for (int i = 0; i < l->n_places; i++) {
        const struct layout_place *at = &l->places[i];
        if (at->node < 0)
            continue;
        picture_fork(p, at);
        picture_text(p, at->row, p->left[at->column], p->nodes[at->node].label);
    }
}

/* The node that begins at a cell, or NULL. */
static const struct picture_node *picture_at(const struct picture *p, int row, int x)
{
    for (int i = 0; i < p->layout.n_places; i++) {
        const struct layout_place *at = &p->layout.places[i];
        if (at->node >= 0 && at->row == row && p->left[at->column] == x)
            return &p->nodes[at->node];
    }
    return NULL;
}

static void picture_write(const struct picture *p, FILE *out, bool colour)
{
    for (int y = 0; y < p->layout.rows; y++) {
        int end = PICTURE_WIDTH;
        while (end > 0 && p->cells[y][end - 1] == ' ')
            end--;
        for (int x = 0; x < end;) {
            const struct picture_node *n = picture_at(p, y, x);
            int len = n == NULL ? 1 : (int)strlen(n->label);
            if (n != NULL && colour && n->colour != NULL)
                fprintf(out, "\033[%sm%s\033[0m", n->colour, n->label);
            else
                fprintf(out, "%.*s", len, &p->cells[y][x]);
            x += len;
        }
        if (end > 0 || y + 1 < p->layout.rows)
            putc('\n', out);
    }
}

/* What is not in the picture: what goes back, and replies. */
static void picture_rest(const struct picture *p, FILE *out, const json_t *doc)
{
    char count[32];
    size_t i;
    json_t *o;
    for (int k = 0; k < p->n_edges; k++) {
        if (!p->edges[k].aside)
            continue;
        picture_count(p->flows[k], count);
        fprintf(out, "back: %s --%s%s%s> %s\n", p->nodes[p->edges[k].from].name,
                count[0] != '\0' ? " " : "", count, count[0] != '\0' ? " --" : "",
                p->nodes[p->edges[k].to].name);
    }
    json_array_foreach(json_object_get(doc, "flows"), i, o)
    {
        if (ctl_int(o, "replies") > 0)
            fprintf(out, "replies: %s ..%s..> %s\n", ctl_text(o, "from"),
                    graph_number(ctl_int(o, "replies"), count), ctl_text(o, "to"));
    }
}

static void picture_templates(FILE *out, const json_t *doc)
{
    const char *between = "templates: ";
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(doc, "actors"), i, o)
    {
        if (!graph_idle(doc, o))
            continue;
        fprintf(out, "%s%s", between, ctl_text(o, "name"));
        between = ", ";
    }
    if (*between == ',')
        putc('\n', out);
}

bool graph_picture(FILE *out, const json_t *doc, int width, bool colour)
{
    struct picture *p = calloc(1, sizeof *p);
    bool fits = p != NULL && picture_read(p, doc) && p->n_nodes > 0 &&
                layout_make(&p->layout, p->n_nodes, p->edges, p->n_edges) &&
                p->layout.rows < PICTURE_ROWS;
    if (fits) {
        picture_measure(p);
        p->cells = malloc(sizeof(*p->cells) * (size_t)(p->layout.rows + 1));
        fits = p->width <= width && p->width < PICTURE_WIDTH && p->cells != NULL;
    }
    if (fits) {
        picture_draw(p);
        picture_write(p, out, colour);
        picture_rest(p, out, doc);
        picture_templates(out, doc);
        graph_groups(out, doc);
        graph_hosts(out, doc);
    }
    if (p != NULL)
        free(p->cells);
    free(p);
    return fits;
}
