/* A file of kept mail, of any bytes: the scanner goes from its head to its last byte that is not
 * zero, without a gap, and nothing is a record whose checksum does not hold, nor a damage that is
 * one. Up to the first damage its records are those of the file however it is cut behind them.
 *
 * The input: 8 bytes of salt, the number of places where a checksum is set right, these places (in
 * units of 8 bytes, 2 bytes each), and what stands behind the head. */
#include "base/err.h"
#include "model/bits.h"
#include "store/keptscan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FOUND_MAX = 4096, INPUT_MAX = 64 * 1024, SALT = 8, PLACE = 2 };

struct scanned {
    const unsigned char *file;
    size_t size;
    uint64_t salt;
    size_t at;    /* all before it was told */
    size_t clean; /* records before the first damage */
    bool damaged;
    size_t ends[FOUND_MAX]; /* of those records */
};

static void require(int held)
{
    if (!held)
        abort();
}

static uint32_t checksum(const unsigned char *file, uint64_t salt, size_t at, size_t size)
{
    unsigned char place[16];

    (void)bits_put(bits_put(place, salt, 8), at, 8);
    uLong sum = crc32(crc32(0, NULL, 0), place, sizeof(place));
    return (uint32_t)crc32(sum, file + at + 4, (uInt)(size - 4));
}

static void require_inside(const struct scanned *s, struct span run, size_t at, size_t size)
{
    const unsigned char *p = run.data;

    require(run.len == 0 || (p >= s->file + at + KEPT_FIXED && run.len <= size &&
                             p + run.len <= s->file + at + size));
}

/* What is packed again says the same. */
static void require_same(const struct kept_record *r, size_t size)
{
    struct kept_record again;
    struct bytes packed;

    bytes_init(&packed);
    require(kept_record_size(r) == size && kept_pack(&packed, r, 1, 0) == 0);
    require(bytes_len(&packed) == size);
    require(kept_unpack(bytes_at(&packed), size, 1, 0, &again) == size);
    const struct span a[] = {r->to, r->from, r->tag, r->headers, r->body, r->extra};
    const struct span b[] = {again.to,      again.from, again.tag,
                             again.headers, again.body, again.extra};
    for (size_t i = 0; i < sizeof(a) / sizeof(a[0]); i++)
        require(a[i].len == b[i].len &&
                (a[i].len == 0 || memcmp(a[i].data, b[i].data, a[i].len) == 0));
    require(again.kind == r->kind && again.flags == r->flags && again.number == r->number &&
            again.order == r->order && again.id == r->id && again.wall == r->wall);
    bytes_release(&packed);
}

static void on_record(void *arg, const struct kept_record *r, size_t at, size_t size)
{
    struct scanned *s = arg;

    require(at == s->at && at % 8 == 0 && size >= KEPT_FIXED && size % 8 == 0);
    require(size <= s->size - at);
    require(bits_get(s->file + at, 4) == checksum(s->file, s->salt, at, size));
    require(r->kind >= KEPT_MESSAGE && r->kind <= KEPT_CLOSE);
    const struct span runs[] = {r->to, r->from, r->tag, r->headers, r->body, r->extra};
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
        require_inside(s, runs[i], at, size);
    require_same(r, size);
    s->at = at + size;
    if (!s->damaged && s->clean < FOUND_MAX)
        s->ends[s->clean++] = s->at;
}

static void on_damage(void *arg, const struct kept_damage *d)
{
    struct scanned *s = arg;
    struct kept_record ignored;

    require(d->at == s->at && d->len > 0 && d->len <= s->size - d->at);
    for (size_t at = d->at; at < d->at + d->len; at += 8)
        require(kept_unpack(s->file, s->size, s->salt, at, &ignored) == 0);
    s->damaged = true;
    s->at = d->at + d->len;
}

static void scan(struct scanned *s, const unsigned char *bytes, size_t size, uint64_t salt)
{
    const struct kept_scan how = {on_record, on_damage, s};
    unsigned char *file = malloc(size); /* of no byte more: what is read outside is found */

    require(file != NULL);
    memcpy(file, bytes, size);
    *s = (struct scanned){.file = file, .size = size, .salt = salt, .at = KEPT_HEAD};
    size_t end = kept_scan(file, size, salt, &how);
    require(end == s->at);
    for (size_t at = end; at < size; at++)
        require(file[at] == 0);
    free(file);
    s->file = NULL;
}

/* Sets the checksum at this place right, if it may be the begin of a record. */
static void mend(unsigned char *file, size_t size, uint64_t salt, size_t at)
{
    if (at > size || size - at < KEPT_FIXED)
        return;
    uint64_t len = bits_get(file + at + 4, 4), whole = (len + 7) & ~(uint64_t)7;
    if (len >= KEPT_FIXED && whole <= size - at)
        (void)bits_put(file + at, checksum(file, salt, at, (size_t)whole), 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct scanned whole, cut;
    size_t places, from;

    if (len <= SALT || len > INPUT_MAX)
        return 0;
    uint64_t salt = bits_get(data, SALT);
    places = data[SALT];
    from = SALT + 1 + places * PLACE;
    if (from > len)
        return 0;
    size_t size = KEPT_HEAD + len - from;
    unsigned char *file = malloc(size);
    require(file != NULL);
    kept_head_pack(file, &(struct kept_head){(uint32_t)size, 1, salt});
    if (len > from)
        memcpy(file + KEPT_HEAD, data + from, len - from);
    for (size_t i = 0; i < places; i++)
        mend(file, size, salt,
             KEPT_HEAD + 8 * (size_t)bits_get(data + SALT + 1 + i * PLACE, PLACE));
    scan(&whole, file, size, salt);
    /* As a crash may leave it: cut somewhere behind the head. */
    scan(&cut, file, KEPT_HEAD + (size_t)(salt % (size - KEPT_HEAD + 1)), salt);
    require(cut.clean <= whole.clean);
    for (size_t i = 0; i < cut.clean; i++)
        require(cut.ends[i] == whole.ends[i]);
    struct kept_head head;
    bool both;
    require(kept_head_unpack(file, size, &head, &both) && both && head.salt == salt);
    /* And any bytes as a head. */
    (void)kept_head_unpack(data, len, &head, &both);
    free(file);
    return 0;
}
