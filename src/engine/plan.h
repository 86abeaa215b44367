/* What is to be done so that a running system is as a file says. */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "config/topodiff.h"
#include "engine/system.h"

#include <jansson.h>

enum plan_what { PLAN_SAME, PLAN_CHANGE, PLAN_ADD, PLAN_REMOVE };

struct plan_item {
    enum plan_what what;
    struct actor *actor;           /* NULL: there has never been one of that name */
    const struct topo_actor *conf; /* NULL: it is removed */
    struct topodiff diff;          /* against what is in force, or about to be */
    enum topo_change change;       /* what it must go through for that */
    struct adoption *adoption;     /* prepared; owned, or NULL */
    struct actor *made;            /* prepared, of one that is new; owned, or NULL */
};

struct plan {
    const struct topology *topology; /* borrowed */
    struct plan_item *items;         /* those of the topology, as it has them; then those removed */
    size_t n;
    struct actor **past; /* those that are gone or about to go, by name; owned */
    size_t n_past;
};

/* Compares; changes nothing. 0, or ERR_NOMEM with e; plan_release in any case. */
int plan_make(struct system *s, const struct topology *t, struct plan *out, struct err *e);
void plan_release(struct plan *p);
/* A new array of objects, one for each actor, group, host and log that differs; NULL without
 * memory. */
json_t *plan_json(const struct system *s, const struct plan *p);

#endif
