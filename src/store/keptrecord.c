#include "store/keptrecord.h"

#include "base/err.h"
#include "model/bits.h"

#include <string.h>
#include <zlib.h>

enum { KEPT_HALF = KEPT_HEAD / 2, KEPT_MAGIC_LEN = 8 };

static const char kept_magic[KEPT_MAGIC_LEN + 1] = "actrmail";

static uLong kept_sum_place(uint64_t salt, uint64_t at)
{
    unsigned char place[16];

    (void)bits_put(bits_put(place, salt, 8), at, 8);
    return crc32(crc32(0, NULL, 0), place, sizeof(place));
}

static uint32_t kept_sum(const unsigned char *record, size_t size, uint64_t salt, uint64_t at)
{
    return (uint32_t)crc32(kept_sum_place(salt, at), record + 4, (uInt)(size - 4));
}

static size_t kept_runs(const struct kept_record *r)
{
    return r->to.len + r->from.len + r->tag.len + r->headers.len + r->body.len + r->extra.len;
}

size_t kept_record_size(const struct kept_record *r)
{
    return kept_size(kept_runs(r));
}

static unsigned char *kept_run(unsigned char *p, struct span s)
{
    if (s.len > 0)
        memcpy(p, s.data, s.len);
    return p + s.len;
}

int kept_pack(struct bytes *out, const struct kept_record *r, uint64_t salt, uint64_t at)
{
    size_t runs = kept_runs(r), size = kept_size(runs);
    unsigned char *start = bytes_room(out, size), *p = start;

    if (start == NULL)
        return ERR_NOMEM;
    p = bits_put(p, 0, 4);
    p = bits_put(p, KEPT_FIXED + runs, 4);
    p = bits_put(p, r->kind, 1);
    p = bits_put(p, r->flags, 1);
    p = bits_put(p, r->type, 1);
    p = bits_put(p, r->attempt, 1);
    p = bits_put(p, r->blame, 1);
    p = bits_put(p, r->tag.len, 1);
    p = bits_put(p, r->to.len, 2);
    p = bits_put(p, r->from.len, 2);
    p = bits_put(p, 0, 2);
    p = bits_put(p, r->headers.len, 4);
    p = bits_put(p, r->extra.len, 4);
    p = bits_put(p, 0, 4);
    p = bits_put(p, r->number, 8);
    p = bits_put(p, r->order, 8);
    p = bits_put(p, r->id, 8);
    p = bits_put(p, (uint64_t)r->wall, 8);
    p = kept_run(p, r->to);
    p = kept_run(p, r->from);
    p = kept_run(p, r->tag);
    p = kept_run(p, r->headers);
    p = kept_run(p, r->extra);
    p = kept_run(p, r->body);
    memset(p, 0, size - (KEPT_FIXED + runs));
    (void)bits_put(start, kept_sum(start, size, salt, at), 4);
    bytes_grew(out, size);
    return 0;
}

static struct span kept_take(const unsigned char **p, size_t n)
{
    struct span s = span_of(*p, n);

    *p += n;
    return s;
}

/* Bytes of its runs, but for the body. */
static uint64_t kept_named(const unsigned char *p)
{
    return bits_get(p + 20, 4) + bits_get(p + 24, 4) + p[13] + bits_get(p + 14, 2) +
           bits_get(p + 16, 2);
}

size_t kept_likely(const unsigned char *file, size_t size, size_t at)
{
    if (at > size || size - at < KEPT_FIXED)
        return 0;
    const unsigned char *p = file + at;
    uint64_t len = bits_get(p + 4, 4), whole = (len + 7) & ~(uint64_t)7;

    if (p[8] < KEPT_MESSAGE || p[8] > KEPT_CLOSE || len < KEPT_FIXED + kept_named(p) ||
        whole > size - at)
        return 0;
    return (size_t)whole;
}

bool kept_holds(const unsigned char *file, const uint32_t *sums, uint64_t salt, size_t at,
                size_t size)
{
    z_off_t len = (z_off_t)(size - 4);
    /* That of a stretch: what stands before it is shifted by its length, and taken away. */
    uLong sum = sums[(at + size) / 4] ^ crc32_combine(sums[at / 4 + 1], 0, len);

    return (uint32_t)crc32_combine(kept_sum_place(salt, at), sum, len) == bits_get(file + at, 4);
}

size_t kept_unpack(const unsigned char *file, size_t size, uint64_t salt, size_t at,
                   struct kept_record *r)
{
    size_t whole = kept_likely(file, size, at);
    if (whole == 0)
        return 0;
    const unsigned char *p = file + at;
    if (kept_sum(p, whole, salt, at) != bits_get(p, 4))
        return 0;
    size_t len = bits_get(p + 4, 4), runs = kept_named(p), headers = bits_get(p + 20, 4);
    size_t extra = bits_get(p + 24, 4), tag = p[13], to = bits_get(p + 14, 2);
    size_t from = bits_get(p + 16, 2);
    *r = (struct kept_record){.kind = p[8],
                              .flags = p[9],
                              .type = p[10],
                              .attempt = p[11],
                              .blame = p[12],
                              .number = bits_get(p + 32, 8),
                              .order = bits_get(p + 40, 8),
                              .id = bits_get(p + 48, 8),
                              .wall = (int64_t)bits_get(p + 56, 8)};
    p += KEPT_FIXED;
    r->to = kept_take(&p, to);
    r->from = kept_take(&p, from);
    r->tag = kept_take(&p, tag);
    r->headers = kept_take(&p, headers);
    r->extra = kept_take(&p, extra);
    r->body = kept_take(&p, len - KEPT_FIXED - runs);
    return whole;
}

void kept_head_pack(unsigned char out[KEPT_HEAD], const struct kept_head *h)
{
    unsigned char *p = out;

    memset(out, 0, KEPT_HEAD);
    memcpy(p, kept_magic, KEPT_MAGIC_LEN);
    p = bits_put(p + KEPT_MAGIC_LEN, KEPT_VERSION, 4);
    p = bits_put(p, h->size, 4);
    p = bits_put(p, h->serial, 8);
    (void)bits_put(p, h->salt, 8);
    (void)bits_put(out + KEPT_HALF - 4, crc32(crc32(0, NULL, 0), out, KEPT_HALF - 4), 4);
    memcpy(out + KEPT_HALF, out, KEPT_HALF);
}

static bool kept_half(const unsigned char *p)
{
    return memcmp(p, kept_magic, KEPT_MAGIC_LEN) == 0 &&
           bits_get(p + KEPT_MAGIC_LEN, 4) == KEPT_VERSION &&
           bits_get(p + KEPT_HALF - 4, 4) == (uint32_t)crc32(crc32(0, NULL, 0), p, KEPT_HALF - 4);
}

bool kept_head_unpack(const unsigned char *file, size_t size, struct kept_head *h, bool *both)
{
    bool first = size >= KEPT_HALF && kept_half(file);
    bool second = size >= KEPT_HEAD && kept_half(file + KEPT_HALF);
    const unsigned char *p = first ? file : file + KEPT_HALF;

    *both = first && second;
    if (!first && !second)
        return false;
    *h = (struct kept_head){.size = (uint32_t)bits_get(p + 12, 4),
                            .serial = bits_get(p + 16, 8),
                            .salt = bits_get(p + 24, 8)};
    return true;
}
