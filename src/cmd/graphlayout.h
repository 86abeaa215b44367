/* Where things stand in the picture of a small graph: nodes in columns, so that edges go from left
 * to right; an edge over several columns is led through each, and what would go back is set aside.
 * Between two columns the edges into one place share an upright line, its track. */
#ifndef CMD_GRAPHLAYOUT_H
#define CMD_GRAPHLAYOUT_H

#include <stdbool.h>
#include <stddef.h>

enum { LAYOUT_NODES = 40, LAYOUT_EDGES = 80, LAYOUT_PLACES = 200, LAYOUT_LINKS = 300 };

struct layout_edge {
    int from, to; /* nodes */
    bool aside;   /* set by layout_make: it goes back, or from a node to itself */
};

/* A node, or the way of an edge through a column. */
struct layout_place {
    int node; /* -1: of an edge alone */
    int column, row;
    int outs, ins; /* links */
    int track;     /* of those that come in: from 0, the leftmost */
};

/* From a place to one in the next column. */
struct layout_link {
    int from, to; /* places */
    int edge;
    bool first; /* of its edge */
    int row;    /* in which it leaves */
};

struct layout {
    struct layout_place places[LAYOUT_PLACES];
    struct layout_link links[LAYOUT_LINKS];
    int n_places, n_links, columns, rows;
    int tracks[LAYOUT_NODES]; /* in front of each column */
};

/* False: it is too large, or its lines would overlap. */
bool layout_make(struct layout *l, int n_nodes, struct layout_edge *edges, int n_edges);

#endif
