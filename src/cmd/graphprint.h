/* The forms of a graph, from the document that config/topograph.h describes. */
#ifndef CMD_GRAPHPRINT_H
#define CMD_GRAPHPRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { GRAPH_LABEL = 560, GRAPH_NAME = 300, GRAPH_PLACES = 3 };

void graph_dot(FILE *out, const json_t *doc);
void graph_mermaid(FILE *out, const json_t *doc);
void graph_list(FILE *out, const json_t *doc, bool colour);
/* False: it is too large for a picture of so many columns, and nothing was written. */
bool graph_picture(FILE *out, const json_t *doc, int width, bool colour);

/* What these share. The name of an actor, how many processes it has, and where, if elsewhere:
 * "count x4 @main,west". */
const char *graph_label(const json_t *actor, char buf[GRAPH_LABEL]);
/* With a comma between thousands. */
const char *graph_number(json_int_t n, char buf[32]);
/* Whether something goes or is to go along it; replies alone do not count. */
bool graph_goes(const json_t *flow);
bool graph_idle(const json_t *doc,
                const json_t *actor);            /* a template that nothing went to or from */
bool graph_outside(const json_t *doc);           /* somebody who is no actor has sent */
const char *graph_colour(const json_t *actor);   /* an SGR code by its state; NULL: none */
void graph_groups(FILE *out, const json_t *doc); /* those beside the root, a line each */
void graph_hosts(FILE *out, const json_t *doc);  /* a line, when there are others */

#endif
