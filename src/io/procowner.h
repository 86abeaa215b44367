/* Whose each process of a machine is, and what each owner has used: pure. */
#ifndef IO_PROCOWNER_H
#define IO_PROCOWNER_H

#include "io/proctable.h"

#include <stddef.h>
#include <stdint.h>

#define PROCOWNER_NONE (-1L)

/* The process of an owner, who is a number from 0. */
struct procowner {
    pid_t pid;
    long owner;
};

struct procowner_rules {
    pid_t supervisor;
    const struct procowner *known; /* sorted by pid */
    size_t n_known;
    /* Of a child of the supervisor that is not known: one that its parent has left to it, or one of
     * several. */
    long (*stray)(void *arg, const struct proc *p);
    void *arg;
};

void procowner_sort(struct procowner *known, size_t n);
long procowner_of(const struct procowner_rules *rules, pid_t pid); /* or PROCOWNER_NONE */

/* For each process of t, in its order: that of whom it is, or of whom its nearest known ancestor
 * below the supervisor is. */
void procowner_find(const struct proctable *t, const struct procowner_rules *rules, long *owner);

/* Adds up the ticks that each of n owners has used since `before`, by processes that are there now:
 * what a process has waited for is counted once, when it was seen by itself or when it was waited
 * for. */
void procowner_spent(const struct proctable *before, const struct proctable *now, const long *owner,
                     int64_t *ticks, size_t n);

#endif
