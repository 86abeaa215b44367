/* Between a supervisor and actorhost(1), which runs several actors in one process.
 *
 * Descriptor 0 of a host is a stream socket. To it: for each actor a head and, behind it, texts
 * that each end with a NUL. From it: for each that has ended one record. Descriptor 3 is a page
 * that both share: it tells whose a crash was. Both are of one build on one machine: numbers are as
 * they are. */
#ifndef MODEL_HOSTING_H
#define MODEL_HOSTING_H

#include <stdint.h>

enum {
    HOSTING_CONTROL = 0,
    HOSTING_PAGE = 3,
    HOSTING_GUESTS = 4000, /* at a time; places are counted from 0 */
    HOSTING_WHY = 244,
};

/* Starts an actor: the path of the object, n_words of its command, n_env of its environment. */
struct hosting_start {
    uint32_t size; /* of the texts */
    uint32_t place;
    uint32_t n_words, n_env;
};

struct hosting_end {
    uint32_t place;
    int32_t status;        /* what its main returned */
    uint32_t failed;       /* it could not be started: why says that */
    char why[HOSTING_WHY]; /* NUL-ended */
};

struct hosting_page {
    uint32_t culprit;             /* the place of the one in whose thread the process ends, + 1 */
    uint8_t runs[HOSTING_GUESTS]; /* 1: its code runs; 0: it waits for input, or nobody is there */
};

#endif
