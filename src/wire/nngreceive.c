/* Receiving from an nng stream, in one of two ways.
 *
 * A thread that waits for input does so on the operation itself: a callback would come by way of
 * one more thread of nng's, a third of a round trip. For the end of a time, or what a send has
 * changed, the operation is cancelled, by which nothing that was received is lost.
 *
 * Once somebody polls stream_fd, a callback tells it, and an operation is always on its way. */
#include "wire/nngparts.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static bool stream_nng_readable(const struct stream_nng *s)
{
    return s->chunk_at < s->chunk_end || s->in_ended != 0;
}

int stream_nng_ready(const struct stream_nng *s, int want)
{
    int got = 0;

    if (stream_nng_readable(s))
        got |= STREAM_IN;
    if (bytes_len(&s->next) < STREAM_NNG_OUT || s->out_ended != 0)
        got |= STREAM_OUT;
    if (!s->sending)
        got |= STREAM_DRAINED;
    return got & want;
}

/* With the lock held. */
static void stream_nng_raise(struct stream_nng *s)
{
    const uint64_t one = 1;

    if (s->event >= 0 && stream_nng_readable(s))
        (void)!write(s->event, &one, sizeof(one));
}

static void stream_nng_receive(struct stream_nng *s, int timeout_ms)
{
    nng_iov iov = {.iov_buf = s->chunk, .iov_len = STREAM_NNG_CHUNK};

    nng_aio_set_timeout(s->recv_aio, timeout_ms < 0 ? NNG_DURATION_INFINITE : timeout_ms);
    (void)nng_aio_set_iov(s->recv_aio, 1, &iov);
    nng_stream_recv(s->stream, s->recv_aio);
    /* Setting an option of no name tells whether that will wait in vain. */
    if (s->forgets && nng_stream_set_bool(s->stream, "", true) == NNG_ECLOSED) {
        s->closed = true;
        nng_aio_cancel(s->recv_aio);
    }
}

/* What has become of an operation that is over. With the lock held. */
static void stream_nng_take(struct stream_nng *s)
{
    int rv = nng_aio_result(s->recv_aio);
    size_t n = rv == 0 ? nng_aio_count(s->recv_aio) : 0;

    if (rv == NNG_ETIMEDOUT || (rv == NNG_ECANCELED && s->event < 0 && !s->closed))
        return;
    s->chunk_at = 0;
    s->chunk_end = n;
    if (n == 0)
        s->in_ended = s->denied ? ERR_DENIED : rv == 0 ? ERR_CLOSED : stream_nng_code(rv);
}

static void stream_nng_received(void *arg)
{
    struct stream_nng *s = arg;

    (void)pthread_mutex_lock(&s->lock);
    stream_nng_take(s);
    stream_nng_raise(s);
    (void)pthread_cond_broadcast(&s->moved);
    (void)pthread_mutex_unlock(&s->lock);
}

int stream_nng_receive_init(struct stream_nng *s)
{
    return nng_aio_alloc(&s->recv_aio, NULL, NULL);
}

long stream_nng_read(struct stream *base, void *buf, size_t size)
{
    struct stream_nng *s = (struct stream_nng *)base;
    uint64_t count;
    bool drained = false;
    long n = ERR_AGAIN;

    (void)pthread_mutex_lock(&s->lock);
    if (s->chunk_at < s->chunk_end) {
        size_t left = s->chunk_end - s->chunk_at;
        size_t take = left < size ? left : size;
        memcpy(buf, s->chunk + s->chunk_at, take);
        s->chunk_at += take;
        drained = take == left && s->event >= 0;
        if (drained)
            (void)!read(s->event, &count, sizeof(count));
        n = (long)take;
    } else if (s->in_ended != 0) {
        n = s->in_ended;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (drained)
        stream_nng_receive(s, -1);
    return n;
}

static void stream_nng_until(struct timespec *until, int timeout_ms)
{
    (void)clock_gettime(CLOCK_MONOTONIC, until);
    until->tv_sec += timeout_ms / 1000;
    until->tv_nsec += (timeout_ms % 1000) * 1000000L;
    until->tv_sec += until->tv_nsec / 1000000000L;
    until->tv_nsec %= 1000000000L;
}

/* For what callbacks change. */
static int stream_nng_wait_told(struct stream_nng *s, int want, int timeout_ms)
{
    struct timespec until = {0, 0};
    int rc = 0;
    int got;

    if (timeout_ms > 0)
        stream_nng_until(&until, timeout_ms);
    (void)pthread_mutex_lock(&s->lock);
    while ((got = stream_nng_ready(s, want)) == 0 && timeout_ms != 0 && rc != ETIMEDOUT) {
        rc = timeout_ms < 0 ? pthread_cond_wait(&s->moved, &s->lock)
                            : pthread_cond_timedwait(&s->moved, &s->lock, &until);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return got;
}

/* Receives once, unless something else that is wanted is there. */
static int stream_nng_wait_once(struct stream_nng *s, int want, int timeout_ms)
{
    stream_nng_receive(s, timeout_ms == 0 ? -1 : timeout_ms);
    (void)pthread_mutex_lock(&s->lock);
    /* From here on the one who sends cancels, and before there was nothing to be missed. */
    s->roused = want & ~STREAM_IN;
    bool enough = stream_nng_ready(s, s->roused) != 0 || timeout_ms == 0;
    (void)pthread_mutex_unlock(&s->lock);
    if (enough)
        nng_aio_cancel(s->recv_aio);
    nng_aio_wait(s->recv_aio);
    (void)pthread_mutex_lock(&s->lock);
    s->roused = 0;
    stream_nng_take(s);
    int got = stream_nng_ready(s, want);
    (void)pthread_mutex_unlock(&s->lock);
    return got;
}

int stream_nng_wait(struct stream *base, int want, int timeout_ms)
{
    struct stream_nng *s = (struct stream_nng *)base;
    int64_t start = timeout_ms > 0 ? stream_now() : 0;
    int got;

    if (s->event >= 0 || (want & STREAM_IN) == 0)
        return stream_nng_wait_told(s, want, timeout_ms);
    (void)pthread_mutex_lock(&s->lock);
    got = stream_nng_readable(s) ? stream_nng_ready(s, want) : 0;
    (void)pthread_mutex_unlock(&s->lock);
    while (got == 0) {
        int left = stream_left(start, timeout_ms);
        got = stream_nng_wait_once(s, want, left);
        if (left == 0)
            break;
    }
    return got;
}

int stream_nng_fd(struct stream *base)
{
    struct stream_nng *s = (struct stream_nng *)base;
    nng_aio *told = NULL;

    if (s->event >= 0)
        return s->event;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0 || nng_aio_alloc(&told, stream_nng_received, s) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    nng_aio_free(s->recv_aio);
    s->recv_aio = told;
    (void)pthread_mutex_lock(&s->lock);
    s->event = fd;
    bool readable = stream_nng_readable(s);
    stream_nng_raise(s);
    (void)pthread_mutex_unlock(&s->lock);
    if (!readable)
        stream_nng_receive(s, -1);
    return fd;
}
