#include "cmd/graphlayout.h"

#include <string.h>

/* --- columns --- */

struct layout_walk {
    struct layout_edge *edges;
    int n_edges;
    char state[LAYOUT_NODES]; /* 0 not seen, 1 above the one that is looked at, 2 done */
};

/* Edges to a node that leads here go back. */
static void layout_walk(struct layout_walk *w, int node) // NOLINT(misc-no-recursion): bounded
{
    w->state[node] = 1;
    for (int i = 0; i < w->n_edges; i++) {
        struct layout_edge *e = &w->edges[i];
        if (e->from != node)
            continue;
        e->aside = w->state[e->to] == 1;
        if (w->state[e->to] == 0)
            layout_walk(w, e->to);
    }
    w->state[node] = 2;
}

/* Each node as far to the left as what leads to it allows; one that nothing leads to stands before
 * the first that it leads to. */
static int layout_columns(const struct layout_edge *edges, int n_edges, int n_nodes, int *column)
{
    bool sink[LAYOUT_NODES] = {false};
    int most = 0;

    memset(column, 0, (size_t)n_nodes * sizeof(*column));
    for (int round = 0; round < n_nodes; round++)
        for (int i = 0; i < n_edges; i++)
            if (!edges[i].aside && column[edges[i].to] <= column[edges[i].from])
                column[edges[i].to] = column[edges[i].from] + 1;
    for (int i = 0; i < n_edges; i++)
        if (!edges[i].aside)
            sink[edges[i].to] = true;
    for (int n = 0; n < n_nodes; n++) {
        int near = LAYOUT_NODES;
        for (int i = 0; i < n_edges && !sink[n]; i++)
            if (!edges[i].aside && edges[i].from == n && column[edges[i].to] < near)
                near = column[edges[i].to];
        if (near < LAYOUT_NODES)
            column[n] = near - 1;
        most = column[n] > most ? column[n] : most;
    }
    return most + 1;
}

/* --- places and links --- */

static int layout_place(struct layout *l, int node, int column)
{
    if (l->n_places == LAYOUT_PLACES)
        return -1;
    l->places[l->n_places] = (struct layout_place){.node = node, .column = column};
    return l->n_places++;
}

static bool layout_link(struct layout *l, int from, int to, int edge, bool first)
{
    if (to < 0 || l->n_links == LAYOUT_LINKS)
        return false;
    l->links[l->n_links++] =
        (struct layout_link){.from = from, .to = to, .edge = edge, .first = first};
    l->places[from].outs++;
    l->places[to].ins++;
    return true;
}

static bool layout_lead(struct layout *l, const struct layout_edge *e, int edge, const int *column)
{
    int at = e->from;

    for (int c = column[e->from] + 1; c < column[e->to]; c++) {
        int next = layout_place(l, -1, c);
        if (!layout_link(l, at, next, edge, at == e->from))
            return false;
        at = next;
    }
    return layout_link(l, at, e->to, edge, at == e->from);
}

/* --- rows --- */

/* Links leave a place in the order of what they lead to, each in a row of its own. */
static void layout_ports(struct layout *l)
{
    for (int i = 0; i < l->n_links; i++) {
        struct layout_link *a = &l->links[i];
        a->row = l->places[a->from].row;
        for (int k = 0; k < l->n_links; k++) {
            const struct layout_link *b = &l->links[k];
            int before = l->places[b->to].row - l->places[a->to].row;
            if (b->from == a->from && (before < 0 || (before == 0 && k < i)))
                a->row++;
        }
    }
}

/* The row that place would have by what leads to it. */
static int layout_wish(const struct layout *l, int place)
{
    int wish = -1;

    for (int i = 0; i < l->n_links; i++)
        if (l->links[i].to == place && (wish < 0 || l->links[i].row < wish))
            wish = l->links[i].row;
    return wish;
}

static void layout_column(struct layout *l, int column)
{
    bool done[LAYOUT_PLACES] = {false};
    int free_row = 0;

    for (;;) {
        int best = -1, best_wish = 0;
        for (int i = 0; i < l->n_places; i++) {
            int wish = layout_wish(l, i);
            if (l->places[i].column != column || done[i])
                continue;
            if (best < 0 || wish < best_wish) {
                best = i;
                best_wish = wish;
            }
        }
        if (best < 0)
            return;
        struct layout_place *p = &l->places[best];
        done[best] = true;
        p->row = best_wish > free_row ? best_wish : free_row;
        free_row = p->row + (p->outs > 1 ? p->outs : 1);
        free_row += p->node >= 0 ? 1 : 0;
        l->rows = free_row > l->rows ? free_row : l->rows;
    }
}

/* --- tracks --- */

/* Whether the track of place a must stand to the left of b's: a line to a passes the row of b. */
static bool layout_left(const struct layout *l, int a, int b)
{
    for (int i = 0; a != b && i < l->n_links; i++)
        if (l->links[i].to == a && l->links[i].row == l->places[b].row)
            return true;
    return false;
}

static bool layout_tracks(struct layout *l, int column)
{
    bool done[LAYOUT_PLACES] = {false};
    int n = 0, left = 0;

    for (int i = 0; i < l->n_places; i++)
        left += l->places[i].column == column && l->places[i].ins > 0;
    while (left > 0) {
        int found = -1;
        for (int i = 0; i < l->n_places && found < 0; i++) {
            bool first = l->places[i].column == column && l->places[i].ins > 0 && !done[i];
            for (int k = 0; first && k < l->n_places; k++)
                first = done[k] || l->places[k].column != column || l->places[k].ins == 0 ||
                        !layout_left(l, k, i);
            if (first)
                found = i;
        }
        if (found < 0)
            return false;
        done[found] = true;
        l->places[found].track = n++;
        left--;
    }
    l->tracks[column] = n;
    return true;
}

bool layout_make(struct layout *l, int n_nodes, struct layout_edge *edges, int n_edges)
{
    struct layout_walk w = {.edges = edges, .n_edges = n_edges};
    int column[LAYOUT_NODES];

    memset(l, 0, sizeof(*l));
    if (n_nodes > LAYOUT_NODES || n_edges > LAYOUT_EDGES)
        return false;
    for (int i = 0; i < n_nodes; i++)
        if (w.state[i] == 0)
            layout_walk(&w, i);
    l->columns = layout_columns(edges, n_edges, n_nodes, column);
    for (int i = 0; i < n_nodes; i++)
        (void)layout_place(l, i, column[i]);
    for (int i = 0; i < n_edges; i++)
        if (!edges[i].aside && !layout_lead(l, &edges[i], i, column))
            return false;
    for (int round = 0; round < 3; round++) {
        l->rows = 0;
        for (int c = 0; c < l->columns; c++) {
            layout_column(l, c);
            layout_ports(l);
        }
    }
    for (int c = 1; c < l->columns; c++)
        if (!layout_tracks(l, c))
            return false;
    return true;
}
