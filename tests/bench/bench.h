/* What the programs of the benches share. Those that receive print `ready`, once they are, and then
 * the nanoseconds that it took; each message begins with the time at which the first was sent. */
#ifndef BENCH_H
#define BENCH_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BENCH_SIZE = 100, BENCH_WARM = 1000 };

/* Bytes of a message: $BENCH_BYTES, at least the 8 of its time. */
static inline size_t bench_size(void)
{
    static size_t size;

    if (size == 0) {
        const char *given = getenv("BENCH_BYTES");
        size = given != NULL ? strtoul(given, NULL, 10) : BENCH_SIZE;
        if (size < sizeof(uint64_t))
            size = sizeof(uint64_t);
    }
    return size;
}

static inline uint64_t bench_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static inline void bench_say(const char *what)
{
    (void)puts(what);
    (void)fflush(stdout);
}

static inline void bench_fill(char *body, size_t size, uint64_t start)
{
    memset(body, 'x', size);
    memcpy(body, &start, sizeof(start));
}

static inline uint64_t bench_since(const void *body)
{
    uint64_t start;

    memcpy(&start, body, sizeof(start));
    return bench_now() - start;
}

static inline int bench_compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The median of count times, which are sorted by it. */
static inline uint64_t bench_median(uint64_t *times, size_t count)
{
    qsort(times, count, sizeof(*times), bench_compare);
    return times[count / 2];
}

/* To a file, for an actor's standard output is not its own. */
static inline int bench_report(const char *path, uint64_t ns)
{
    FILE *f = fopen(path, "we");

    if (f == NULL)
        return -1;
    (void)fprintf(f, "%" PRIu64 "\n", ns);
    return fclose(f);
}

#endif
