/* A topology as the JSON document that `actorsup graph --format json` prints:
 *
 *   {"system": NAME, "running": BOOL, "hosts": [{"name": HOST, "state"?: TEXT}],
 *    "groups": [{"name": NAME, "parent": NAME|null, "strategy": TEXT}],
 *    "actors": [{"name": NAME, "group": NAME, "host": HOST, "speaks": TEXT, "pool": N,
 *                "template": BOOL, "state"?: TEXT, "queued"?: N, "of"?: TEMPLATE}],
 *    "flows": [{"from": NAME, "to": NAME, "declared": BOOL, "messages"?: N, "replies"?: N}]}
 *
 * and "uncounted": N, of pairs for which there was no place among 16,384.
 * "~" stands for all that are no actors. What has a ? is there when the system runs. */
#ifndef CONFIG_TOPOGRAPH_H
#define CONFIG_TOPOGRAPH_H

#include "config/topology.h"

#include <jansson.h>

json_t *topograph_of(const struct topology *t); /* all of it, from the file alone */

/* The same, piece by piece. */
/* hosts: those of a system that runs, as above, taken; NULL: it does not. */
json_t *topograph_begin(const struct topology *t, json_t *hosts);
json_t *topograph_actor(const struct topo_actor *a, const char *group, size_t pool);
void topograph_to(json_t *doc, const struct topo_actor *a); /* the flows that its `to` declares */
void topograph_flow(json_t *doc, const char *from, const char *to, uint64_t messages,
                    uint64_t replies);
void topograph_end(json_t *doc); /* nothing comes any more */

#endif
