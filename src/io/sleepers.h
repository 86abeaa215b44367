/* Does a process wait for something to come? As /proc tells of its threads.
 *
 * There is no event for that a process went to sleep. One look is not enough either: a thread that
 * was seen asleep may have been woken by one that fell asleep before it was looked at. So there are
 * two looks; if both find all asleep and the same print, no thread has run between them, and all of
 * them slept at the same time. */
#ifndef IO_SLEEPERS_H
#define IO_SLEEPERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum sleepers {
    SLEEPERS_WAIT, /* every thread waits, for input, a child, a lock; or the process is gone */
    SLEEPERS_NAP,  /* they do, save that a first thread of a process waits for a time to be over */
    SLEEPERS_RUN,  /* one runs, is to run, waits for a disk, or was stopped */
};

/* Looks at pid, and with `below` at all that hangs below it. *print changes with every time that a
 * thread of them has run: it is added to what is there. */
enum sleepers sleepers_look(pid_t pid, bool below, uint64_t *print);

#endif
