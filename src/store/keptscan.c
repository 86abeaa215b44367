#include "store/keptscan.h"

#include <string.h>

/* One past the last byte from at on that is not zero; at when all are. */
static size_t keptscan_used(const unsigned char *file, size_t size, size_t at)
{
    while (size > at && file[size - 1] == 0)
        size--;
    return size;
}

/* The next offset from at on where a record stands; used when there is none. */
static size_t keptscan_next(const unsigned char *file, size_t size, size_t used, uint64_t salt,
                            size_t at)
{
    struct kept_record r;

    for (; at < used; at += 8)
        if (kept_unpack(file, size, salt, at, &r) > 0)
            return at;
    return used;
}

size_t kept_scan(const unsigned char *file, size_t size, uint64_t salt,
                 const struct kept_scan *scan)
{
    size_t at = KEPT_HEAD, used = size > at ? keptscan_used(file, size, at) : at;

    while (at < used) {
        struct kept_record r;
        size_t n = kept_unpack(file, size, salt, at, &r);
        if (n > 0) {
            scan->record(scan->arg, &r, at, n);
            at += n;
            continue;
        }
        size_t next = keptscan_next(file, size, used, salt, at);
        struct kept_damage d = {at, next - at, next >= used};
        if (d.last) {
            d.len = (d.len + 7) & ~(size_t)7;
            if (d.len > size - at)
                d.len = size - at;
        }
        scan->damage(scan->arg, &d);
        at += d.len;
    }
    return at;
}
