/* The systems of this user that run now. */
#ifndef CMD_SYSTEMS_H
#define CMD_SYSTEMS_H

#include "base/err.h"

#include <stddef.h>

struct systems {
    char **names; /* owned, sorted, with NULL at the end */
    size_t n;
};

int systems_running(struct systems *out, struct err *e); /* 0 or ERR_* with e */
void systems_release(struct systems *s);

#endif
