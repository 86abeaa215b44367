/* A system for fuzzers: in memory alone, as engine/assembly.h makes it, and its loop in turns. */
#ifndef TESTS_FUZZ_FUZZSYSTEM_H
#define TESTS_FUZZ_FUZZSYSTEM_H

#include "base/bytes.h"
#include "config/topology.h"
#include "engine/system.h"

struct fuzzsystem {
    struct system sys;
    struct loop_task turn;
    int turns; /* left */
};

/* Of a file with no fault. It is not freed. */
struct topology *fuzzsystem_topology(const char *text);
void fuzzsystem_connect(int pair[2]); /* the system's end, and the fuzzer's */
/* What the fuzzer says on its end: as much as the socket takes. out is released. */
void fuzzsystem_say(int fd, struct bytes *out);
/* f, which is all zero, with that; changed: what is done when states have. */
void fuzzsystem_make(struct fuzzsystem *f, const struct topology *t, loop_task_cb *changed);
void fuzzsystem_run(struct fuzzsystem *f, int turns);

#endif
