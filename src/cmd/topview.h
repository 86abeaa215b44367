/* What of a sample is shown, in which order, and which line is chosen. Pure. */
#ifndef CMD_TOPVIEW_H
#define CMD_TOPVIEW_H

#include "cmd/topcolumn.h"
#include "model/address.h"

#define TOPVIEW_FILTER 64

struct topview {
    struct toprow *rows; /* owned; of the sample that was shown last */
    size_t n, cap;
    int column; /* sorted by it */
    bool reverse;
    char filter[TOPVIEW_FILTER]; /* "": all */
    bool unfolded;               /* all pools, but those that are exceptions */
    char **exceptions;           /* names; owned */
    size_t n_exceptions;
    bool pinned; /* the chosen line is that of `chosen`, wherever it goes; else the first */
    char chosen[ADDRESS_MAX + 1];
    size_t cursor, top; /* the chosen line, and the first one that is on the screen */
};

void topview_init(struct topview *v);
void topview_release(struct topview *v);

/* Makes the rows anew. The sample is borrowed until the next time. 0 or ERR_NOMEM, with no rows. */
int topview_show(struct topview *v, const struct topsample *s);
/* NULL when there are no rows. */
const struct toprow *topview_chosen(const struct topview *v);
/* Moves by so many lines. At the first line it is no longer pinned to an actor. */
void topview_move(struct topview *v, long by);
/* Scrolls so that the chosen line is among `lines` that are shown. */
void topview_scroll(struct topview *v, size_t lines);
/* Shows or hides the members of a pool; of all pools. Takes effect with topview_show. */
int topview_fold(struct topview *v, const char *name);
void topview_fold_all(struct topview *v, bool unfolded);

/* Does it match: a glob of the name or address, a part of the name, or the beginning of the state?
 */
bool topview_matches(const char *filter, const struct topmember *m);

#endif
