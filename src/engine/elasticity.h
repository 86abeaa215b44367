/* Pools that grow with what waits for them, and shrink once members have nothing to do. */
#ifndef ENGINE_ELASTICITY_H
#define ENGINE_ELASTICITY_H

#include "engine/system.h"

void elasticity_mail(struct actor *a);                 /* something may wait for it */
void elasticity_took(struct member *m);                /* m, which had nothing in hand, has now */
void elasticity_handled(struct member *m, uint64_t n); /* m has handled so many */
void elasticity_due(void *actor);                      /* its timer */
/* The file has other bounds: it has members within them. */
void elasticity_bound(struct actor *a);

#endif
