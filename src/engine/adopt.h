/* An actor takes up what the file says of it now. */
#ifndef ENGINE_ADOPT_H
#define ENGINE_ADOPT_H

#include "config/topodiff.h"
#include "engine/system.h"

/* All that can fail is done here, beforehand, with nothing changed yet. conf is borrowed until the
 * actor has another one. NULL with e: no memory, or no right to what conf asks for. */
struct adoption *adopt_prepare(struct actor *a, const struct topo_actor *conf,
                               const struct topodiff *diff, struct err *e);
void adopt_drop(struct adoption *ad); /* NULL is allowed */
const struct topo_actor *adopt_conf(const struct adoption *ad);

/* Takes up ad, which is gone then; its `to` is found by roster_connect. Where the change asks for
 * CHANGE_REPLACE, all of it is at rest. */
void adopt(struct actor *a, struct adoption *ad);
/* The same of one that another supervisor has, whose process stays: what holds from now on. */
void adopt_live(struct actor *a, const struct topo_actor *conf, const struct topodiff *diff);
/* Nothing differs: only where it stands written. */
void adopt_same(struct actor *a, const struct topo_actor *conf);

#endif
