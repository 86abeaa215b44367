/* A system for fuzzers: in memory alone, as engine/assembly.h makes it, and its loop in turns. */
#ifndef TESTS_FUZZ_FUZZSYSTEM_H
#define TESTS_FUZZ_FUZZSYSTEM_H

#include "config/topology.h"
#include "engine/system.h"

struct fuzzsystem {
    struct system sys;
    struct loop_task turn;
    int turns; /* left */
};

/* Of a file with no fault. It is not freed. */
struct topology *fuzzsystem_topology(const char *text);
/* f, which is all zero, with that; changed: what is done when states have. */
void fuzzsystem_make(struct fuzzsystem *f, const struct topology *t, loop_task_cb *changed);
void fuzzsystem_run(struct fuzzsystem *f, int turns);

#endif
