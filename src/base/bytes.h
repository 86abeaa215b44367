/* A growable run of bytes. `start` lets a reader consume from the front
 * without moving what is left; the live bytes are bytes_at()[0 .. bytes_len()).
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    unsigned char *data; /* owned */
    size_t start;        /* first live byte */
    size_t end;          /* one past the last live byte */
    size_t cap;
};

void bytes_init(struct bytes *b);
void bytes_release(struct bytes *b); /* frees; b is empty and usable again */

static inline size_t bytes_len(const struct bytes *b)
{
    return b->end - b->start;
}
static inline unsigned char *bytes_at(const struct bytes *b)
{
    static unsigned char none[1];
    return b->data == NULL ? none : b->data + b->start;
}

/* Makes room for n bytes more and returns where they go, or NULL when there is
 * no memory. The caller writes up to n bytes there and calls bytes_grew. */
unsigned char *bytes_room(struct bytes *b, size_t n);
void bytes_grew(struct bytes *b, size_t n);

/* Each returns 0 or ERR_NOMEM, with b unchanged. */
int bytes_append(struct bytes *b, const void *data, size_t n);
int bytes_byte(struct bytes *b, unsigned char c);
int bytes_str(struct bytes *b, const char *s);
int bytes_printf(struct bytes *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Drops n bytes from the front (n <= bytes_len). Memory over 64 KiB is given back
 * once nothing is left. */
void bytes_consume(struct bytes *b, size_t n);
void bytes_truncate(struct bytes *b, size_t len); /* keeps the first len bytes */

/* A NUL behind the live bytes, which it returns as a string; NULL without memory. */
char *bytes_cstr(struct bytes *b);

#endif
