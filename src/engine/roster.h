/* An actor is made from its entry in the topology. */
#ifndef ENGINE_ROSTER_H
#define ENGINE_ROSTER_H

#include "engine/system.h"

struct actor *actor_new(struct system *s, const struct topo_actor *conf, uint32_t index,
                        struct err *e);
int actor_resolve(struct actor *a, struct err *e); /* its `to`, once all actors are there */
void actor_free(struct actor *a);

#endif
