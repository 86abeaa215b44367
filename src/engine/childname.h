#ifndef ENGINE_CHILDNAME_H
#define ENGINE_CHILDNAME_H

#include "engine/system.h"

/* NULL, with e: there is none of that name. */
const struct topo_actor *childname_template(const struct system *s, struct span name,
                                            struct err *e);
/* The address of a child of parent (NULL: nobody's), to buf. wanted empty: of a name made of the
 * template's, TEMPLATE-N, that nobody has. 0, or an err code with e. */
int childname_make(struct system *s, const struct actor *parent, struct span wanted,
                   const struct topo_actor *template, char *buf, size_t size, struct err *e);
/* Is it that of an actor that runs, or of anything in the file? */
bool childname_taken(struct system *s, const char *address);

#endif
