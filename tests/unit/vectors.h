/* The test vectors of actor-protocol(7), read from the source of the page. A vector is a line
 * `KIND field=value ...` (a value with spaces stands in quotes; `key:value` pairs of headers are
 * parted by commas) and behind it lines of bytes in hexadecimal, up to the next that is neither. */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H

#include "model/frame.h"

#include <stdio.h>

struct vector {
    char text[512];     /* the line, for the names of checks */
    struct frame frame; /* its spans point into `strings` */
    struct bytes headers;
    char strings[512];
    unsigned char bytes[512];
    size_t size;
};

/* Goes to the page's section of them: false when it has none. */
bool vectors_begin(FILE *page);
/* False at the end of the page. Bails out on a vector that is not well formed. */
bool vectors_next(FILE *page, struct vector *v);
void vectors_release(struct vector *v);

#endif
