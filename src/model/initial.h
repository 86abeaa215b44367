/* What a process has to handle before it gets anything else (`init`): which messages these are,
 * which of them its process has handled, and the last of each, of which new processes get a copy.
 * Pure: whose mailboxes these stand in is the engine's. */
#ifndef MODEL_INITIAL_H
#define MODEL_INITIAL_H

#include "model/mailbox.h"

#define INITIAL_MAX 32 /* entries in all */

/* The entries: senders first, then headers. */
struct initial_rule {
    char **from; /* NAME: that actor, or any member of that pool; NAME/N: that member alone */
    size_t n_from;
    char **headers; /* KEY, or KEY=VALUE */
    size_t n_headers;
};

static inline size_t initial_entries(const struct initial_rule *r)
{
    return r->n_from + r->n_headers;
}
/* All entries, as bits. */
static inline uint32_t initial_all(const struct initial_rule *r)
{
    size_t n = initial_entries(r);

    return n == 0 ? 0 : UINT32_MAX >> (INITIAL_MAX - n);
}
/* The entries that a message is of, as bits. name: of the actor that sent it, and which member of
 * it that is (0: it is no pool); NULL: it is of no actor. headers: packed. */
uint32_t initial_of(const struct initial_rule *r, const char *name, unsigned member,
                    struct span headers);
/* The entries in `bits` in words: "config, a message with the header setup". Returns buf. */
const char *initial_text(const struct initial_rule *r, uint32_t bits, char *buf, size_t size);

/* A copy of a message. References are counted: initial_drop gives one back. */
struct initial_kept {
    unsigned refs;
    uint64_t serial; /* from 1, once it was handled: the later one counts */
    struct letter l; /* its spans point into data */
    unsigned char data[];
};
struct initial_kept *initial_keep(const struct letter *l); /* NULL: no memory */
void initial_drop(struct initial_kept *k);

/* What was handled last of each entry, by any process of the actor. */
struct initial {
    uint64_t serial;
    struct initial_kept *last[INITIAL_MAX];
};
/* The same of what was sent to one member alone, and what its process knows. */
struct initial_member {
    uint32_t done;               /* entries of which it has handled a message */
    uint64_t given[INITIAL_MAX]; /* the serial of what it was given of each */
    struct initial_kept *last[INITIAL_MAX];
};

void initial_release(struct initial *in);
void initial_leave(struct initial_member *m); /* the same of a member */
void initial_begin(struct initial_member *m); /* a new process, which knows nothing */

/* The message of which its process is to be given a copy next, in the order in which they were
 * handled: borrowed, with its entries. It counts as given then. NULL: none. */
struct initial_kept *initial_due(const struct initial *in, struct initial_member *m,
                                 uint32_t *entries);
/* Its process has handled a message of these entries. Those of the actor get a copy, or, where it
 * was sent to this member alone, later processes of that. A copy (its serial is set) changes what
 * the process knows, and no more. */
void initial_handled(struct initial *in, struct initial_member *m, uint32_t entries, bool own,
                     struct initial_kept *k);
/* No process gets a copy of it any more. */
void initial_forget(struct initial *in, struct initial_member *m, const struct initial_kept *k);
/* The entries of which its process has handled none: nothing but init mail may be handed over as
 * long as there are any. */
static inline uint32_t initial_lacks(const struct initial_rule *r, const struct initial_member *m)
{
    return initial_all(r) & ~m->done;
}

/* Other entries are in force: those that were there before are found by their text. A process
 * counts as one that has handled the new ones; of the others it lacks what it lacked. */
void initial_renamed(struct initial *in, const struct initial_rule *was,
                     const struct initial_rule *is);
void initial_member_renamed(struct initial_member *m, const struct initial_rule *was,
                            const struct initial_rule *is);

#endif
