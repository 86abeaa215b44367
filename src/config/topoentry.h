/* An actor as a file of its own, for the supervisor of another host: what of it concerns a process,
 * with all variables filled in. What concerns its mailbox, its restarts and others stays here. */
#ifndef CONFIG_TOPOENTRY_H
#define CONFIG_TOPOENTRY_H

#include "config/topology.h"

/* A system of a's alone, as JSON, which is YAML: of the caller, to be freed. NULL: no memory, or
 * something in it is not UTF-8. It is named `actor` there. */
char *topo_entry(const struct topology *t, const struct topo_actor *a);

#endif
