/* `up --sequential`: its options, and what is said of the seed. */
#ifndef CMD_UPSEQUENCE_H
#define CMD_UPSEQUENCE_H

#include "base/err.h"
#include "cmd/opts.h"

#include <stdint.h>

struct upsequence {
    bool on, skip_time;
    uint64_t seed;
    char text[64]; /* behind "... is up"; empty when it is not on */
};

/* 0, or an err code with e. */
int upsequence_read(const struct opts *o, struct upsequence *s, struct err *e);
void upsequence_failed(const struct upsequence *s); /* says how to have the same run again */

#endif
