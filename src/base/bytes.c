#include "base/bytes.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_FIRST = 256, BYTES_KEEP = 64 * 1024 };

void bytes_init(struct bytes *b)
{
    memset(b, 0, sizeof(*b));
}

void bytes_release(struct bytes *b)
{
    free(b->data);
    bytes_init(b);
}

unsigned char *bytes_room(struct bytes *b, size_t n)
{
    size_t len = bytes_len(b);

    if (b->data != NULL && b->cap - b->end >= n)
        return b->data + b->end;
    if (n > SIZE_MAX / 4 || len > SIZE_MAX / 4)
        return NULL;
    if (b->data != NULL && b->start > 0 && b->cap - len >= n && b->start >= len) {
        memcpy(b->data, b->data + b->start, len);
    } else {
        size_t cap = b->cap < BYTES_FIRST ? BYTES_FIRST : b->cap;
        while (cap - len < n)
            cap *= 2;
        unsigned char *data = malloc(cap);
        if (data == NULL)
            return NULL;
        if (b->data != NULL)
            memcpy(data, b->data + b->start, len);
        free(b->data);
        b->data = data;
        b->cap = cap;
    }
    b->start = 0;
    b->end = len;
    return b->data + b->end;
}

void bytes_grew(struct bytes *b, size_t n)
{
    if (n > b->cap - b->end)
        bug("bytes grew past their room");
    b->end += n;
}

int bytes_append(struct bytes *b, const void *data, size_t n)
{
    unsigned char *at = bytes_room(b, n);

    if (at == NULL)
        return ERR_NOMEM;
    if (n > 0)
        memcpy(at, data, n);
    b->end += n;
    return 0;
}

int bytes_byte(struct bytes *b, unsigned char c)
{
    return bytes_append(b, &c, 1);
}

int bytes_str(struct bytes *b, const char *s)
{
    return bytes_append(b, s, strlen(s));
}

int bytes_printf(struct bytes *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return ERR_INVALID;
    unsigned char *at = bytes_room(b, (size_t)n + 1);
    if (at == NULL)
        return ERR_NOMEM;
    va_start(ap, fmt);
    (void)vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->end += (size_t)n;
    return 0;
}

void bytes_consume(struct bytes *b, size_t n)
{
    if (n > bytes_len(b))
        bug("more bytes consumed than there are");
    b->start += n;
    if (b->start == b->end) {
        b->start = b->end = 0;
        if (b->cap > BYTES_KEEP)
            bytes_release(b);
    }
}

void bytes_truncate(struct bytes *b, size_t len)
{
    if (len > bytes_len(b))
        bug("bytes truncated to more than there are");
    b->end = b->start + len;
}

char *bytes_cstr(struct bytes *b)
{
    unsigned char *at = bytes_room(b, 1);

    if (at == NULL)
        return NULL;
    *at = 0;
    return (char *)bytes_at(b);
}
