/* The names of some trees, each once. */
#ifndef FREIGHT_TREENAMES_H
#define FREIGHT_TREENAMES_H

#include "freight/digest.h"

#include <stdbool.h>

/* All zero: none. */
struct treenames {
    char **list; /* owned, as are the names */
    size_t n;
};

bool treenames_has(const struct treenames *t, const char *name);
void treenames_add(struct treenames *t, const char *name); /* without memory it is left out */
void treenames_clear(struct treenames *t);

#endif
