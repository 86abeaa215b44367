/* Big-endian numbers of 1, 2, 4 or 8 bytes. */
#ifndef MODEL_BITS_H
#define MODEL_BITS_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t bits_get(const unsigned char *p, size_t n)
{
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;

    if (n == 1)
        return *p;
    if (n == 2)
        return memcpy(&v16, p, 2), be16toh(v16);
    if (n == 4)
        return memcpy(&v32, p, 4), be32toh(v32);
    return memcpy(&v64, p, 8), be64toh(v64);
}

/* Returns what comes behind the number. */
static inline unsigned char *bits_put(unsigned char *p, uint64_t v, size_t n)
{
    uint64_t big = htobe64(v);

    if (n == 1)
        *p = (unsigned char)v;
    else if (n == 8)
        memcpy(p, &big, 8);
    else
        memcpy(p, (const char *)&big + 8 - n, n);
    return p + n;
}

#endif
