/* Large frames in pieces. */
#include "base/err.h"
#include "model/bits.h"
#include "trunk/trunkparts.h"

#include <string.h>

enum {
    PIECE_FROM = 96 * 1024,     /* a frame up to this goes as it is */
    PIECE_SIZE = 64 * 1024,     /* bytes of it in each piece */
    PIECE_HEAD = 4 + 1 + 1 + 4, /* in front of them: length, kind, flags, length of the body */
};

static void piece_head(unsigned char *to, size_t len, bool last)
{
    to = bits_put(to, PIECE_HEAD - 4 + len, 4);
    to = bits_put(to, FRAME_PIECE, 1);
    to = bits_put(to, last, 1);
    (void)bits_put(to, len, 4);
}

/* Makes pieces of the packed frame that b holds from `start` on: from the last to the first, each
 * moves back by what stands in front of it and of those before. Their number, or 0: no memory. */
static size_t piece_cut(struct bytes *b, size_t start)
{
    size_t size = bytes_len(b) - start, n = (size + PIECE_SIZE - 1) / PIECE_SIZE;

    if (bytes_room(b, n * PIECE_HEAD) == NULL)
        return 0;
    unsigned char *from = bytes_at(b) + start;
    for (size_t i = n; i-- > 0;) {
        size_t at = i * PIECE_SIZE, len = i == n - 1 ? size - at : PIECE_SIZE;
        unsigned char *to = from + at + i * PIECE_HEAD;
        memmove(to + PIECE_HEAD, from + at, len);
        piece_head(to, len, i == n - 1);
    }
    bytes_grew(b, n * PIECE_HEAD);
    return n;
}

int trunk_put(struct trunk *t, const struct frame *f)
{
    size_t start = bytes_len(&t->kept), n = 1;
    int rc = frame_pack(&t->kept, f);

    if (rc != 0)
        return rc;
    if (bytes_len(&t->kept) - start > PIECE_FROM && (n = piece_cut(&t->kept, start)) == 0) {
        bytes_truncate(&t->kept, start);
        return ERR_NOMEM;
    }
    t->sent += n;
    return 0;
}

/* What stands for a connection, or for those that come behind it, is never in pieces. */
static bool piece_may_be(int kind)
{
    return kind != FRAME_NODE && kind != FRAME_TAKEN && kind != FRAME_HELD && kind != FRAME_SEEN &&
           kind != FRAME_BEAT && kind != FRAME_CHANNEL && kind != FRAME_PIECE;
}

int trunk_join(struct trunk *t, const struct frame *piece, struct frame *f, struct bytes *buf)
{
    size_t have = bytes_len(&t->whole);

    if (piece->body.len == 0 || have + piece->body.len > FRAME_LENGTH_MAX + 4)
        return ERR_PROTOCOL;
    if (bytes_append(&t->whole, piece->body.data, piece->body.len) != 0)
        return ERR_NOMEM;
    if (piece->flags == 0)
        return 0;
    *buf = t->whole;
    bytes_init(&t->whole);
    have = bytes_len(buf);
    if (frame_size(bytes_at(buf), have) == (long)have &&
        frame_unpack(bytes_at(buf), have, f, NULL) == 0 && piece_may_be(f->kind))
        return 1;
    bytes_release(buf);
    return ERR_PROTOCOL;
}
