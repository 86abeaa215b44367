/* Processes that are run by hand: `actorsup attach` is the parent of one, and a connection to us.
 * It is told the environment and the signals, and tells the end; when the connection ends, so has
 * the process. */
#ifndef ENGINE_ATTACH_H
#define ENGINE_ATTACH_H

#include "engine/process.h"
#include "engine/selection.h"

struct client;

extern const struct process_ops attach_ops; /* for a member with m->attached */

/* Commands: takes the one member of sel, which is started for it; then what becomes of its process.
 */
void attach_begin(struct client *c, const json_t *req, struct selection *sel);
void attach_runs(struct client *c, const json_t *req, struct selection *sel);
void attach_ended(struct client *c, const json_t *req, struct selection *sel);
void attach_forget(struct client *c); /* c is gone */

void attach_over(struct member *m); /* m is at rest, or goes away */
/* Whether it is ready as soon as it runs, since nobody could see that it gets so. */
bool attach_is_ready(const struct member *m);
/* What ps says; false: nobody runs it by hand. */
bool attach_reason(const struct member *m, char *buf, size_t size);

#endif
