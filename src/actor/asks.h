/* The handlers that wait for the answer to an ask, each known by a tag `~SLOT.TURN.SALT`: the
 * salt tells this process's asks from those of the one before it. */
#ifndef ACTOR_ASKS_H
#define ACTOR_ASKS_H

#include "actor/actor.h"

#include <stdint.h>

#define ASKS_TAG_SIZE 40

struct asks_slot {
    actor_handler *handler; /* NULL: free */
    void *arg;
    uint32_t turn;      /* how often it was taken, so that a late answer finds another turn */
    uint32_t next_free; /* index + 1, 0: none */
};

struct asks {
    struct asks_slot *slots; /* owned */
    uint32_t cap;
    uint32_t first_free; /* index + 1, 0: none */
    uint32_t salt;
};

void asks_init(struct asks *t);
void asks_release(struct asks *t);

/* Keeps handler and writes the tag it will be found by: 0 or ACTOR_NOMEM. */
int asks_add(struct asks *t, actor_handler *handler, void *arg, char tag[ASKS_TAG_SIZE]);

/* Forgets the handler of this tag and returns it, or NULL when none waits. */
actor_handler *asks_take(struct asks *t, const char *tag, void **arg);

#endif
