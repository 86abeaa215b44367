/* The commands' requests: a JSON object in, a JSON object out. */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include "engine/system.h"

/* Runs a request of c (borrowed for the call; n bytes of JSON). The answer goes out by
 * client_result, now or once the state that it waits for is there. */
void control_request(struct client *c, const void *json, size_t n);
/* Answers with an error. */
void control_error(struct client *c, int code, const char *text);

#endif
