#include "base/err.h"
#include "model/bits.h"
#include "model/frame.h"

#include <string.h>

/* One header at p: its size, or 0 when it is not whole or has no key. */
static size_t frame_header_size(const unsigned char *p, size_t left)
{
    if (left < 1 || p[0] == 0 || left < 3u + p[0])
        return 0;
    size_t size = 3u + p[0] + (size_t)bits_get(p + 1 + p[0], 2);
    return size > left ? 0 : size;
}

int frame_header_next(struct span headers, size_t *at, struct span *key, struct span *value)
{
    const unsigned char *p = headers.data;

    if (headers.len == 0)
        return 0;
    if (headers.len < 2)
        return ERR_PROTOCOL;
    size_t here = *at < 2 ? 2 : *at;
    if (here >= headers.len)
        return 0;
    size_t size = frame_header_size(p + here, headers.len - here);
    if (size == 0)
        return ERR_PROTOCOL;
    size_t klen = p[here];
    *key = span_of(p + here + 1, klen);
    *value = span_of(p + here + 3 + klen, size - 3 - klen);
    *at = here + size;
    return 1;
}

int frame_header_add(struct bytes *packed, const void *key, size_t klen, const void *value,
                     size_t vlen)
{
    size_t len = bytes_len(packed);
    size_t head = len == 0 ? 2 : 0;
    size_t count = len == 0 ? 0 : (size_t)bits_get(bytes_at(packed), 2);

    if (klen == 0 || klen > UINT8_MAX || vlen > UINT16_MAX || count == UINT16_MAX ||
        len + head + 3 + klen + vlen > FRAME_HEADERS_MAX)
        return ERR_TOO_LARGE;
    unsigned char *p = bytes_room(packed, head + 3 + klen + vlen);
    if (p == NULL)
        return ERR_NOMEM;
    p += head;
    *p++ = (unsigned char)klen;
    memcpy(p, key, klen);
    p = bits_put(p + klen, vlen, 2);
    if (vlen > 0)
        memcpy(p, value, vlen);
    bytes_grew(packed, head + 3 + klen + vlen);
    bits_put(bytes_at(packed), count + 1, 2);
    return 0;
}

int frame_header_text(struct bytes *packed, const char *key, const char *value)
{
    return value == NULL ? 0 : frame_header_add(packed, key, strlen(key), value, strlen(value));
}

size_t frame_headers_size(const unsigned char *p, size_t left)
{
    if (left < 2)
        return 0;
    size_t size = 2;
    for (size_t count = (size_t)bits_get(p, 2); count > 0; count--) {
        size_t n = frame_header_size(p + size, left - size);
        if (n == 0 || size + n > FRAME_HEADERS_MAX)
            return 0;
        size += n;
    }
    return size;
}
