/* `up --sequential`: its options, and what is said of the seed. */
#ifndef CMD_UPSEQUENCE_H
#define CMD_UPSEQUENCE_H

#include "base/err.h"
#include "cmd/opts.h"
#include "config/topology.h"

#include <stdint.h>

struct upsequence {
    bool on, skip_time;
    uint64_t seed;
    char text[64]; /* behind "... is up"; empty when it is not on */
};

/* 0, or an err code with e. */
int upsequence_read(const struct opts *o, struct upsequence *s, struct err *e);
/* topology_load, or for a sequential run topology_load_single: then those are named that the file
 * has elsewhere. */
int upsequence_load(const struct upsequence *s, const char *path, struct topology **out,
                    struct faults *faults, struct err *e);
/* Prints what was wrong with it; also when it is that only because all runs here. */
void upsequence_faults(const struct upsequence *s, const char *path, const struct faults *faults);
void upsequence_failed(const struct upsequence *s); /* says how to have the same run again */

#endif
