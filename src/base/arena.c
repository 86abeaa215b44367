#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_FIRST = 1024, ARENA_CHUNK = 16 * 1024 };

struct arena_chunk {
    struct arena_chunk *before;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a)
{
    a->last = NULL;
    a->used = 0;
}

void arena_release(struct arena *a)
{
    while (a->last != NULL) {
        struct arena_chunk *c = a->last;
        a->last = c->before;
        free(c);
    }
    a->used = 0;
}

static struct arena_chunk *arena_chunk(size_t size)
{
    struct arena_chunk *c = NULL;

    if (size <= SIZE_MAX / 2 && (c = calloc(1, sizeof(*c) + size)) != NULL)
        c->size = size;
    return c;
}

/* Each twice as large as the last, for there are many that hold next to nothing: of each actor on
 * another host, and of each that was spawned. */
static size_t arena_next(const struct arena *a, size_t size)
{
    size_t next = a->last == NULL ? ARENA_FIRST : 2 * a->last->size;

    next = next < ARENA_CHUNK ? next : ARENA_CHUNK;
    return size > ARENA_CHUNK / 4 || size > next ? size : next;
}

static unsigned char *arena_take(struct arena *a, size_t size, size_t align)
{
    size_t at = (a->used + align - 1) & ~(align - 1);

    if (a->last != NULL && at <= a->last->size && size <= a->last->size - at) {
        a->used = at + size;
        return a->last->data + at;
    }
    struct arena_chunk *c = arena_chunk(arena_next(a, size));
    if (c == NULL)
        return NULL;
    /* What is large goes behind the chunk that still has room. */
    if (size > ARENA_CHUNK / 4 && a->last != NULL) {
        c->before = a->last->before;
        a->last->before = c;
    } else {
        c->before = a->last;
        a->last = c;
        a->used = size;
    }
    return c->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return arena_take(a, size, alignof(max_align_t));
}

char *arena_text(struct arena *a, const char *text, size_t len)
{
    unsigned char *p = len < SIZE_MAX ? arena_take(a, len + 1, 1) : NULL;

    if (p != NULL && len > 0)
        memcpy(p, text, len);
    return (char *)p;
}
