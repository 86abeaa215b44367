/* The environment of an actor's process. */
#ifndef ENGINE_ENVIRONMENT_H
#define ENGINE_ENVIRONMENT_H

#include "engine/system.h"

/* What of base (ends with NULL) does not concern an outer actor, what `user` brings, the file's
 * `env`, what every actor is told (see actorsup.yaml(5)), and extra. One allocation that the
 * caller frees; NULL without memory. */
char **environment_new(const struct process *p, char *const *base, char *const *extra);
/* The value of PATH that p's command is looked for in. Borrowed. */
const char *environment_path(const struct topo_actor *conf);
/* "RUN.ACTOR.MEMBER.GENERATION". */
void environment_mark(const struct process *p, char *buf, size_t size);

#endif
