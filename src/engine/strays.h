/* What dead processes have left running: one look at our children for all that died in a turn of
 * the loop, then KILL to what is theirs, until nothing is. */
#ifndef ENGINE_STRAYS_H
#define ENGINE_STRAYS_H

#include "engine/system.h"

/* p is gone: process_over(p) comes once nothing that it started is left. */
void strays_end(struct process *p);
void strays_forget(struct process *p); /* p goes away itself */
void strays_look(void *system);        /* the system's task */
void strays_again(void *system);       /* a child that was not known has ended: looks again if that
                                          may have been awaited */

#endif
