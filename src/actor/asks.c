#include "actor/asks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { ASKS_FIRST = 16, ASKS_MAX = 1 << 24 };

static uint32_t asks_new_salt(void)
{
    uint32_t salt;

    if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) == (ssize_t)sizeof(salt))
        return salt;
    return (uint32_t)time(NULL) ^ (uint32_t)getpid() << 16;
}

void asks_init(struct asks *t)
{
    *t = (struct asks){.salt = asks_new_salt()};
}

void asks_release(struct asks *t)
{
    free(t->slots);
    *t = (struct asks){0};
}

static int asks_grow(struct asks *t)
{
    uint32_t cap = t->cap == 0 ? ASKS_FIRST : t->cap * 2;

    if (cap > ASKS_MAX)
        return ACTOR_NOMEM;
    struct asks_slot *slots = realloc(t->slots, cap * sizeof(*slots));
    if (slots == NULL)
        return ACTOR_NOMEM;
    for (uint32_t i = t->cap; i < cap; i++)
        slots[i] = (struct asks_slot){.next_free = i + 1 < cap ? i + 2 : 0};
    t->slots = slots;
    t->first_free = t->cap + 1;
    t->cap = cap;
    return 0;
}

int asks_add(struct asks *t, actor_handler *handler, void *arg, char tag[ASKS_TAG_SIZE])
{
    if (t->first_free == 0 && asks_grow(t) != 0)
        return ACTOR_NOMEM;
    uint32_t index = t->first_free - 1;
    struct asks_slot *slot = &t->slots[index];
    t->first_free = slot->next_free;
    slot->handler = handler;
    slot->arg = arg;
    slot->turn++;
    (void)snprintf(tag, ASKS_TAG_SIZE, "~%" PRIx32 ".%" PRIx32 ".%" PRIx32, index, slot->turn,
                   t->salt);
    return 0;
}

/* A hexadecimal number up to `end`; what comes behind it, or NULL. */
static const char *asks_number(const char *p, char end, uint32_t *out)
{
    char *stop;
    unsigned long v = strtoul(p, &stop, 16);

    if (stop == p || *stop != end || v > UINT32_MAX)
        return NULL;
    *out = (uint32_t)v;
    return stop + 1;
}

actor_handler *asks_take(struct asks *t, const char *tag, void **arg)
{
    uint32_t index, turn, salt;
    const char *p = tag;

    if (*p++ != '~' || (p = asks_number(p, '.', &index)) == NULL ||
        (p = asks_number(p, '.', &turn)) == NULL || asks_number(p, 0, &salt) == NULL)
        return NULL;
    if (salt != t->salt || index >= t->cap)
        return NULL;
    struct asks_slot *slot = &t->slots[index];
    if (slot->handler == NULL || slot->turn != turn)
        return NULL;
    actor_handler *handler = slot->handler;
    *arg = slot->arg;
    slot->handler = NULL;
    slot->next_free = t->first_free;
    t->first_free = index + 1;
    return handler;
}
