/* What names and addresses mean. */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "engine/system.h"

struct actor *names_find(struct system *s, const char *name); /* NULL: no such actor */

/* 0, or ERR_UNKNOWN / ERR_INVALID with why (of size) filled. */
int names_resolve(struct system *s, struct span address, struct target *out, char *why,
                  size_t size);

#endif
