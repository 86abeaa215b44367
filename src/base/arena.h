/* Memory that is given back all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_chunk *last; /* owned, a chain */
    size_t used;              /* of the last chunk */
};

void arena_init(struct arena *a);
void arena_release(struct arena *a); /* frees all of it; a is empty and usable again */

/* Each lives until arena_release; NULL without memory. */
void *arena_alloc(struct arena *a, size_t size);                 /* zeroed, aligned for anything */
char *arena_text(struct arena *a, const char *text, size_t len); /* a copy and a NUL */

#endif
