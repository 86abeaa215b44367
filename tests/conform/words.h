/* What the actor of the conformance suite does, as its messages say: see README.md. */
#ifndef WORDS_H
#define WORDS_H

#include "actor.h"

/* A message, behind its first word. */
struct order {
    const struct actor_message *m;
    char *rest; /* with a NUL behind it, the order's own */
    size_t size;
};

/* One actor's state: also where several are in one process, each has its own. */
extern int words_status; /* what main is to return */
extern const char *const *words_args;

/* Writes what came to `got.NAME`. */
void words_note(const struct actor_message *m, const char *tag);
/* Takes the next word off the front of *rest, which is changed; "" when there is none. */
char *words_take(char **rest);
/* The answer to an ask; a tell is acked. What a handler returns. */
int words_answer(struct actor *a, const struct actor_message *m, const void *text, size_t size);
int words_say(struct actor *a, const struct actor_message *m, const char *text);

struct word {
    const char *name;
    int (*obey)(struct actor *a, struct order *o);
};
/* Of words about messages and failures, and about others and time; a NULL name ends each. */
extern const struct word words_plain[];
extern const struct word words_others[];

#endif
