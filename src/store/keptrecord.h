/* The format of the log in which the mail of `keep: disk` is kept; see DESIGN.md. Pure: no
 * descriptor, no clock.
 *
 * A file is KEPT_HEAD bytes (its header, twice), records, and zeros up to the size that the header
 * tells. A record begins at a multiple of 8 bytes: KEPT_FIXED bytes of numbers, then five runs of
 * bytes, then zeros up to the next multiple of 8. Its checksum (the CRC-32 of zlib) covers the
 * file's salt, its own offset and all of its bytes, so that no record is taken for one in another
 * place or file, nor a message's body for a record. */
#ifndef STORE_KEPTRECORD_H
#define STORE_KEPTRECORD_H

#include "base/bytes.h"
#include "model/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEPT_HEAD = 4096,
    KEPT_FIXED = 64,
    KEPT_VERSION = 1,
    KEPT_ADDRESS_MAX = 65535, /* bytes of `to` and of `from` */
};

/* Numbers are never reused. */
enum kept_kind {
    KEPT_MESSAGE = 1, /* a message that waits, or is dead: replaces one of the same number */
    KEPT_DONE = 2,    /* body: the numbers (8 bytes each) of messages that are over */
    KEPT_STATE = 3,   /* order, attempt, blame and flags of a message have changed; it waits */
    KEPT_END = 4,     /* the supervisor ended in an orderly way, if nothing comes behind it */
    KEPT_VOID = 5,    /* stands where damage was found and put aside */
    KEPT_CLOSE = 6,   /* the messages with KEPT_MORE before it were accepted together */
};
enum kept_flag {
    KEPT_SOLO = 1,   /* to be handed over alone */
    KEPT_DEAD = 2,   /* a dead letter */
    KEPT_MORE = 4,   /* accepted together with others, up to KEPT_CLOSE */
    KEPT_LOGGED = 8, /* of a copy elsewhere: it is in a log on a disk as well */
};

struct kept_record {
    uint8_t kind, flags;
    uint8_t type; /* MSG_* */
    uint8_t attempt, blame;
    uint64_t number;      /* of the message, from 1; never given twice in a log */
    uint64_t order;       /* messages of a mailbox are queued by it */
    uint64_t id;          /* of the message */
    int64_t wall;         /* ms since 1970: when it was accepted, or died */
    struct span to, from; /* addresses */
    struct span tag, headers, body;
    struct span extra; /* of a dead one: its reason, a NUL; and where it was in hand, how its
                          process ended, a NUL, its last lines */
};

/* Bytes of a record whose runs have so many bytes together. */
static inline size_t kept_size(size_t runs)
{
    return (KEPT_FIXED + runs + 7) & ~(size_t)7;
}
size_t kept_record_size(const struct kept_record *r);

/* Packs r, which is to stand at offset at of a file, to the end of out: 0 or ERR_NOMEM. `to` and
 * `from` over KEPT_ADDRESS_MAX and a tag over FRAME_TAG_MAX are the caller's to refuse. */
int kept_pack(struct bytes *out, const struct kept_record *r, uint64_t salt, uint64_t at);

/* The record at offset at of the file's bytes, to which its spans point. Returns its size; 0: not a
 * record (nothing was written here, or it is damaged). */
size_t kept_unpack(const unsigned char *file, size_t size, uint64_t salt, size_t at,
                   struct kept_record *r);

/* The size of what may be a record at offset at by its numbers alone; 0: it is none. */
size_t kept_likely(const unsigned char *file, size_t size, size_t at);
/* Whether its checksum holds, without a look at its bytes: sums has the CRC-32 of all bytes of the
 * file before each multiple of 4. */
bool kept_holds(const unsigned char *file, const uint32_t *sums, uint64_t salt, size_t at,
                size_t size);

struct kept_head {
    uint32_t size; /* of the whole file */
    uint64_t serial, salt;
};
void kept_head_pack(unsigned char out[KEPT_HEAD], const struct kept_head *h);
/* True when one of the two is whole; *both when both are. */
bool kept_head_unpack(const unsigned char *file, size_t size, struct kept_head *h, bool *both);

#endif
