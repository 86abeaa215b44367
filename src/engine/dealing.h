/* Whose turn it is to take from the mailbox that the members of a pool share. */
#ifndef ENGINE_DEALING_H
#define ENGINE_DEALING_H

#include "engine/system.h"

void dealing_due(void *actor); /* a task: mail may be handed over */
/* So much of the shared mailbox m may take now. */
uint64_t dealing_granted(const struct member *m);
void dealing_took(const struct member *m, uint64_t n); /* so many of it */

#endif
