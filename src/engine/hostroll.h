/* The command `host`: the other hosts, while the system runs. */
#ifndef ENGINE_HOSTROLL_H
#define ENGINE_HOSTROLL_H

#include "engine/selection.h"

void hosts_list(struct client *c, const json_t *req, struct selection *sel);
/* name, login and capabilities: it is launched. */
void hosts_add(struct client *c, const json_t *req, struct selection *sel);
/* name, token and capabilities: this connection is its trunk from here on. */
void hosts_join(struct client *c, const json_t *req, struct selection *sel);
/* name, capabilities, and the names of those to drop. */
void hosts_set(struct client *c, const json_t *req, struct selection *sel);
/* name: what runs there goes elsewhere, or waits; then it is let go. */
void hosts_remove(struct client *c, const json_t *req, struct selection *sel);

#endif
