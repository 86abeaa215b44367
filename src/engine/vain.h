/* Actors that wait in vain: for one that will not come by itself, or that itself waits so. Nothing
 * of it is final: once the last one of the chain is started by hand, all of them may start. */
#ifndef ENGINE_VAIN_H
#define ENGINE_VAIN_H

#include "engine/system.h"

/* Looks at all actors again. What the others below say is as of then. */
void vain_find(struct system *s);
/* Tells of those that began to wait in vain; each once for as long as it does. */
void vain_tell(struct system *s);

/* In what way m waits in vain: for one that is stopped, or for one that has failed. */
enum vain vain_of(const struct member *m);
/* For what a waits in vain, as "web to be ready, but it waits for db, which has failed"; false: it
 * does not, and buf is left alone. */
bool vain_text(const struct actor *a, char *buf, size_t size);

#endif
