/* The commands on dead letters: see control.c's table. */
#ifndef ENGINE_DEADCALLS_H
#define ENGINE_DEADCALLS_H

#include "engine/selection.h"

#include <jansson.h>

struct client;

void deadcalls_ls(struct client *c, const json_t *req, struct selection *sel);
void deadcalls_show(struct client *c, const json_t *req, struct selection *sel);
void deadcalls_retry(struct client *c, const json_t *req, struct selection *sel);
void deadcalls_drop(struct client *c, const json_t *req, struct selection *sel);

#endif
