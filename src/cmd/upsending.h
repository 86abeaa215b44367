/* What `up` sends to other hosts before their actors can start, as a line on a terminal. */
#ifndef CMD_UPSENDING_H
#define CMD_UPSENDING_H

#include "cmd/ctl.h"
#include "cmd/progress.h"

struct upsending {
    const char *system; /* borrowed */
    struct ctl *ctl;
    struct progress progress;
};

void upsending_begin(struct upsending *u, const char *system);
/* ms until the next look; -1: it is no terminal. */
int upsending_wait(const struct upsending *u);
void upsending_look(struct upsending *u);
void upsending_end(struct upsending *u); /* takes the line away */

#endif
