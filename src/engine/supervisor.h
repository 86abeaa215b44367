/* The supervisor of one system, from its start to its end. */
#ifndef ENGINE_SUPERVISOR_H
#define ENGINE_SUPERVISOR_H

#include "config/topology.h"
#include "io/notify.h"
#include "io/rundir.h"

struct relay;
struct system;

struct supervisor_opts {
    const struct topology *topology; /* borrowed */
    struct rundir *rundir;           /* locked; borrowed */
    const char *state_dir;           /* absolute; its folder logs/ is made */
    struct cgroups *cgroups;         /* made; borrowed. NULL: no actor needs them */
    const char *const *only;         /* names to start; NULL: all */
    size_t n_only;
    bool sequential; /* one thing at a time, in the order of this seed: */
    uint64_t seed;
    bool skip_time; /* and without waiting for timers */
    bool front;     /* somebody sees stderr: who is awaited at a stop by signal is told there */
    const struct notify_opts *notify; /* the manager of services to tell; NULL: none; borrowed */
    /* Of a supervisor that has no mailboxes, see relay.h; NULL: it has them. begin is called once
     * the system is there, and end before it goes. */
    const struct relay *relay;
    int (*begin)(struct system *s, void *node, struct err *e);
    void (*end)(void *node);
    void *node;
    const char *host; /* the name of this host; NULL: main */
    int life_fd;      /* readable (end of file) once the guardian is gone; -1: none */
    void (*tell)(void *arg, const char *error); /* NULL error: it answers now. May be NULL. */
    void *tell_arg;
};

/* Runs until the system has ended. Returns the exit status of `up`. */
int supervisor_main(const struct supervisor_opts *opts);

#endif
