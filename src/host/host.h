/* actorhost(1): runs shared objects that have a main of an actor, one as a process, or many for a
 * supervisor (model/hosting.h), each in a thread. Its symbols that actors find stand in `exported`:
 * they come before those of libraries. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "model/hosting.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { HOST_CANNOT = 127 }; /* a status, as a shell has it */

/* An actor that is run in a thread. */
struct guest {
    unsigned place;
    char *object; /* its path */
    int n_words;
    char **words, **env;    /* each ends with NULL */
    char **own;             /* of env what this process does not have so; ends with NULL */
    void *handle;           /* of its object, or NULL */
    int copy;               /* the descriptor of its own copy of that, or -1 */
    struct hosting_end end; /* what is told of it */
    void *stack;            /* for the handlers of its crashes */
    pthread_cond_t turn;
};

extern __thread struct guest *host_self; /* whose thread this is; NULL: ours, or a library's */

int host_main(int argc, char **argv);

/* hostload.c: opens its object, so that it has variables of its own, and finds its main. NULL, with
 * end.why. */
typedef int host_entry(int argc, char **argv, char **env);
host_entry *host_load(struct guest *g);
void host_unload(struct guest *g);

/* hostguest.c: text is what head names; 0, or -1: it is not whole, or there is no memory
 * or thread. */
int host_begin(const struct hosting_start *head, const char *text);
/* What is to be done once the last is over (which may be now). */
void host_when_empty(void (*done)(void));

/* hostturn.c: whether one runs at a time, in turn. */
void host_turns(bool in_sequence);
void host_work(struct guest *g);
void host_rest(struct guest *g);

/* hostcrash.c: that a crash is told by its culprit. */
int host_crash_init(void);              /* 0, or -1: there is no page */
void host_crash_stack(struct guest *g); /* gives its thread a second stack, and takes it again */
void host_runs(const struct guest *g, bool runs);

#endif
