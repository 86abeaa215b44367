/* Members named by a command: actors, members `NAME/N`, or globs. */
#ifndef ENGINE_SELECTION_H
#define ENGINE_SELECTION_H

#include "engine/system.h"

#include <jansson.h>

struct selection {
    struct member **members; /* owned; each once, in the order of the file */
    size_t n;
};

/* names: a JSON array of strings, or NULL or empty: all. 0; ERR_UNKNOWN or ERR_INVALID with e
 * saying which name, and the nearest one. */
int selection_make(struct system *s, const json_t *names, struct selection *out, struct err *e);
void selection_release(struct selection *sel);
bool selection_all(const struct selection *sel, bool (*test)(const struct member *m));
json_t *selection_names(const struct selection *sel); /* a new array of addresses, or NULL */

#endif
