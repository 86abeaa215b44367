/* The system as a graph: its actors, groups and hosts, and what went from whom to whom. */
#ifndef ENGINE_GRAPHING_H
#define ENGINE_GRAPHING_H

#include "engine/selection.h"

/* The command `graph`. */
void graphing_answer(struct client *c, const json_t *req, struct selection *sel);
/* Actors that are about to be forgotten: what went from and to them stands with the templates that
 * they were spawned of. stays has a mark for each slot that they do not have. */
void graphing_forget(struct system *s, const bool *stays);
/* The index of the actor whose entry this template is, or FLOWS_OUTSIDE. */
uint32_t graphing_template(const struct system *s, const struct topo_actor *template);

#endif
