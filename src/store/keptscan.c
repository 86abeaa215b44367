#include "store/keptscan.h"

#include <stdlib.h>
#include <zlib.h>

/* One past the last byte from at on that is not zero; at when all are. */
static size_t keptscan_used(const unsigned char *file, size_t size, size_t at)
{
    while (size > at && file[size - 1] == 0)
        size--;
    return size;
}

/* A file in which a search goes on. */
struct keptscan {
    const unsigned char *file;
    size_t size;
    uint64_t salt;
    uint32_t *sums; /* see kept_holds; NULL: not yet, or no memory */
};

static void keptscan_sum(struct keptscan *k)
{
    k->sums = malloc((k->size / 4 + 1) * sizeof(*k->sums));
    if (k->sums == NULL)
        return;
    uLong sum = crc32(0, NULL, 0);
    for (size_t i = 0; i <= k->size / 4; i++) {
        k->sums[i] = (uint32_t)sum;
        if (i < k->size / 4)
            sum = crc32(sum, k->file + 4 * i, 4);
    }
}

/* The next offset from at on where a record stands; used when there is none. The bytes of a message
 * may look like the begins of many long records: none of them is read for each. */
static size_t keptscan_next(struct keptscan *k, size_t used, size_t at)
{
    struct kept_record r;

    if (k->sums == NULL)
        keptscan_sum(k);
    for (; at < used; at += 8) {
        size_t n = kept_likely(k->file, k->size, at);
        if (n > 0 && (k->sums == NULL || kept_holds(k->file, k->sums, k->salt, at, n)) &&
            kept_unpack(k->file, k->size, k->salt, at, &r) > 0)
            return at;
    }
    return used;
}

size_t kept_scan(const unsigned char *file, size_t size, uint64_t salt,
                 const struct kept_scan *scan)
{
    struct keptscan k = {file, size, salt, NULL};
    size_t at = KEPT_HEAD, used = size > at ? keptscan_used(file, size, at) : at;

    while (at < used) {
        struct kept_record r;
        size_t n = kept_unpack(file, size, salt, at, &r);
        if (n > 0) {
            scan->record(scan->arg, &r, at, n);
            at += n;
            continue;
        }
        size_t next = keptscan_next(&k, used, at);
        struct kept_damage d = {at, next - at, next >= used};
        if (d.last) {
            d.len = (d.len + 7) & ~(size_t)7;
            if (d.len > size - at)
                d.len = size - at;
        }
        scan->damage(scan->arg, &d);
        at += d.len;
    }
    free(k.sums);
    return at;
}
