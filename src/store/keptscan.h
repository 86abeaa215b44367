/* Goes through the records of one file of the log, past what is damaged. Pure. */
#ifndef STORE_KEPTSCAN_H
#define STORE_KEPTSCAN_H

#include "store/keptrecord.h"

/* A stretch of the file that is neither records nor, at its end, zeros. */
struct kept_damage {
    size_t at, len;
    bool last; /* no record comes behind it in this file */
};

struct kept_scan {
    void (*record)(void *arg, const struct kept_record *r, size_t at, size_t size);
    void (*damage)(void *arg, const struct kept_damage *d);
    void *arg;
};

/* file: all of its bytes, head included. Returns where the zeros begin. */
size_t kept_scan(const unsigned char *file, size_t size, uint64_t salt,
                 const struct kept_scan *scan);

#endif
