/* One look at all processes that /proc shows. Part of procs. */
#ifndef IO_PROCTABLE_H
#define IO_PROCTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct proc {
    pid_t pid;
    pid_t parent;
    char state; /* R, S, D, T, Z, ... */
    unsigned long long
        start; /* in ticks since boot: with the pid it tells a process from a later one */
    unsigned long long cpu;    /* ticks that it has used */
    unsigned long long waited; /* ticks of those whose end it has waited for, and of theirs */
    unsigned long long rss;    /* pages of it that are in memory */
};

struct proctable {
    struct proc *list; /* sorted by pid; owned */
    size_t n, cap;
};

void proctable_init(struct proctable *t);
void proctable_release(struct proctable *t);

/* Looks anew. 0, or -1 with errno and t as it was. */
int proctable_read(struct proctable *t);
const struct proc *proctable_find(const struct proctable *t, pid_t pid); /* NULL: not there */
/* Is p below ancestor, and neither `except` (0: none) nor below that? */
bool proctable_below(const struct proctable *t, const struct proc *p, pid_t ancestor, pid_t except);

/* One process, now. False when it is gone. */
bool proctable_one(pid_t pid, struct proc *out);

#endif
