#include "wire/streamops.h"

#include <time.h>

int64_t stream_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int stream_left(int64_t start, int timeout_ms)
{
    if (timeout_ms <= 0)
        return timeout_ms;
    int64_t left = start + timeout_ms - stream_now();
    return left < 0 ? 0 : (int)left;
}

void stream_close(struct stream *s)
{
    if (s != NULL)
        s->ops->close(s);
}

long stream_read(struct stream *s, void *buf, size_t size)
{
    return s->ops->read(s, buf, size);
}

long stream_write(struct stream *s, const void *data, size_t len)
{
    return s->ops->write(s, data, len);
}

int stream_wait(struct stream *s, int want, int timeout_ms)
{
    return s->ops->wait(s, want, timeout_ms);
}

int stream_fd(struct stream *s)
{
    return s->ops->fd(s);
}

int stream_send(struct stream *s, const void *data, size_t len, int timeout_ms)
{
    const char *p = data;
    int64_t start = timeout_ms > 0 ? stream_now() : 0;

    while (len > 0) {
        long n = stream_write(s, p, len);
        if (n == ERR_AGAIN) {
            if (stream_wait(s, STREAM_OUT, stream_left(start, timeout_ms)) == 0)
                return ERR_TIMEOUT;
            continue;
        }
        if (n < 0)
            return (int)n;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

long stream_recv(struct stream *s, struct bytes *into, size_t max, int timeout_ms)
{
    int64_t start = timeout_ms > 0 ? stream_now() : 0;
    unsigned char *room = bytes_room(into, max);

    if (room == NULL)
        return ERR_NOMEM;
    for (;;) {
        long n = stream_read(s, room, max);
        if (n > 0)
            bytes_grew(into, (size_t)n);
        if (n != ERR_AGAIN)
            return n;
        if (stream_wait(s, STREAM_IN, stream_left(start, timeout_ms)) == 0)
            return ERR_TIMEOUT;
    }
}

int stream_drain(struct stream *s, int timeout_ms)
{
    return stream_wait(s, STREAM_DRAINED, timeout_ms) == 0 ? ERR_TIMEOUT : 0;
}
