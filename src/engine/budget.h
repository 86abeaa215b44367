/* The descriptors that a system may need, against those that it may have. */
#ifndef ENGINE_BUDGET_H
#define ENGINE_BUDGET_H

#include "engine/system.h"

/* How many its processes make us hold, with so many members. */
uint64_t budget_of(const struct topo_actor *c, uint64_t members);
/* Refuses beforehand what would not fit later: what s may need at most, and more. 0, or ERR_SYSTEM
 * with e saying the number. */
int budget_fits(const struct system *s, uint64_t more, struct err *e);
int budget_fits_host(const struct system *s, struct err *e);   /* the same of one more host */
int budget_fits_file(const struct topology *t, struct err *e); /* the same for what a file asks */

/* How many connections there may be, so that all of this has its descriptors; stays: of them, those
 * that are not over after one answer. The difference is left to commands. */
size_t budget_clients(const struct system *s, bool stays);

#endif
