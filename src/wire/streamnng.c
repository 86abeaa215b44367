/* A stream carried by nng. Its callbacks run in threads of nng's: what they share with the
 * caller is guarded by one lock, which is never held where nng might call back. */
#include "wire/nngparts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    STREAM_NNG_RETRY_NS = 5000000,
    STREAM_NNG_TOLD = -1, /* a failure whose words are there already; none of nng's */
};

int stream_nng_code(int rv)
{
    switch (rv) {
    case NNG_ECLOSED:
    case NNG_ECONNSHUT:
    case NNG_ECONNRESET:
    case NNG_ECANCELED:
        return ERR_CLOSED;
    case NNG_ENOMEM:
        return ERR_NOMEM;
    case NNG_EPEERAUTH:
    case NNG_ECRYPTO:
        return ERR_DENIED;
    default:
        errno = EIO;
        return ERR_SYSTEM;
    }
}

static void stream_nng_submit(struct stream_nng *s)
{
    nng_iov iov = {.iov_buf = bytes_at(&s->flight), .iov_len = bytes_len(&s->flight)};

    (void)nng_aio_set_iov(s->send_aio, 1, &iov);
    nng_stream_send(s->stream, s->send_aio);
}

/* With the lock held: is there something to submit? */
static bool stream_nng_load(struct stream_nng *s)
{
    if (bytes_len(&s->flight) == 0) {
        struct bytes empty = s->flight;
        empty.start = empty.end = 0;
        s->flight = s->next;
        s->next = empty;
    }
    s->sending = bytes_len(&s->flight) > 0;
    return s->sending;
}

static void stream_nng_sent(void *arg)
{
    struct stream_nng *s = arg;
    int rv = nng_aio_result(s->send_aio);
    bool more = false;

    (void)pthread_mutex_lock(&s->lock);
    if (rv == 0) {
        s->flight.start += nng_aio_count(s->send_aio);
        more = stream_nng_load(s);
    } else {
        s->out_ended = stream_nng_code(rv);
        s->denied = s->denied || s->out_ended == ERR_DENIED;
        s->sending = false;
    }
    if (stream_nng_ready(s, s->roused) != 0)
        nng_aio_cancel(s->recv_aio); /* without a callback, and still the right one */
    (void)pthread_cond_broadcast(&s->moved);
    (void)pthread_mutex_unlock(&s->lock);
    if (more)
        stream_nng_submit(s);
}

/* What goes out at once. It saves the thread that a callback would come by. */
static size_t stream_nng_send_now(struct stream_nng *s, const void *data, size_t len)
{
    nng_iov iov = {.iov_len = len};

    memcpy(&iov.iov_buf, &data, sizeof(data)); /* it is not written to, but nng knows no const */
    (void)nng_aio_set_iov(s->try_aio, 1, &iov);
    nng_stream_send(s->stream, s->try_aio);
    nng_aio_cancel(s->try_aio);
    nng_aio_wait(s->try_aio);
    return nng_aio_result(s->try_aio) == 0 ? nng_aio_count(s->try_aio) : 0;
}

static long stream_nng_write(struct stream *base, const void *data, size_t len)
{
    struct stream_nng *s = (struct stream_nng *)base;
    bool submit = false;
    long n;

    (void)pthread_mutex_lock(&s->lock);
    bool idle = !s->sending && s->out_ended == 0 && s->try_aio != NULL;
    (void)pthread_mutex_unlock(&s->lock);
    if (idle && (n = (long)stream_nng_send_now(s, data, len)) > 0)
        return n;
    (void)pthread_mutex_lock(&s->lock);
    size_t held = bytes_len(&s->next);
    size_t take = STREAM_NNG_OUT - held < len ? STREAM_NNG_OUT - held : len;
    if (s->out_ended != 0) {
        n = s->out_ended;
    } else if (take == 0) {
        n = ERR_AGAIN;
    } else if (bytes_append(&s->next, data, take) != 0) {
        n = ERR_NOMEM;
    } else {
        n = (long)take;
        submit = !s->sending && stream_nng_load(s);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (submit)
        stream_nng_submit(s);
    return n;
}

static void stream_nng_close(struct stream *base)
{
    struct stream_nng *s = (struct stream_nng *)base;

    if (s->stream != NULL)
        nng_stream_close(s->stream);
    if (s->recv_aio != NULL)
        nng_aio_stop(s->recv_aio);
    if (s->send_aio != NULL)
        nng_aio_stop(s->send_aio);
    nng_aio_free(s->recv_aio);
    nng_aio_free(s->send_aio);
    nng_aio_free(s->try_aio);
    if (s->stream != NULL)
        nng_stream_free(s->stream);
    if (s->event >= 0)
        (void)close(s->event);
    bytes_release(&s->next);
    bytes_release(&s->flight);
    free(s->chunk);
    (void)pthread_cond_destroy(&s->moved);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static const struct stream_ops stream_nng_ops = {
    .read = stream_nng_read,
    .write = stream_nng_write,
    .wait = stream_nng_wait,
    .fd = stream_nng_fd,
    .close = stream_nng_close,
};

/* Takes the nng_stream once everything else is there. NULL: no memory. */
static struct stream_nng *stream_nng_new(void)
{
    struct stream_nng *s = calloc(1, sizeof(*s));
    pthread_condattr_t attr;

    if (s == NULL)
        return NULL;
    *s = (struct stream_nng){.base = {&stream_nng_ops}, .event = -1};
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->moved, &attr);
    (void)pthread_condattr_destroy(&attr);
    s->chunk = malloc(STREAM_NNG_CHUNK);
    if (s->chunk == NULL || stream_nng_receive_init(s) != 0 ||
        nng_aio_alloc(&s->send_aio, stream_nng_sent, s) != 0) {
        stream_nng_close(&s->base);
        return NULL;
    }
    nng_aio_set_timeout(s->send_aio, NNG_DURATION_INFINITE);
    return s;
}

/* nng takes a unix socket whose connect said EAGAIN, for a full backlog, to be connected; only
 * one that is knows its peer. */
static bool stream_nng_connected(nng_stream *stream)
{
    uint64_t pid = 0;

    return nng_stream_get_uint64(stream, NNG_OPT_IPC_PEER_PID, &pid) != 0 || pid != 0;
}

/* One attempt: an nng error, NNG_EAGAIN when another attempt may do. */
static int stream_nng_connect(nng_stream_dialer *dialer, nng_aio *aio, int timeout_ms,
                              nng_stream **out)
{
    nng_aio_set_timeout(aio, timeout_ms < 0 ? NNG_DURATION_INFINITE : timeout_ms);
    nng_stream_dialer_dial(dialer, aio);
    nng_aio_wait(aio);
    int rv = nng_aio_result(aio);
    if (rv != 0)
        return rv;
    nng_stream *stream = nng_aio_get_output(aio, 0);
    if (!stream_nng_connected(stream)) {
        nng_stream_free(stream);
        return NNG_EAGAIN;
    }
    *out = stream;
    return 0;
}

static int stream_nng_dial(const char *url, int timeout_ms, nng_stream **out, struct err *e)
{
    const struct timespec pause = {0, STREAM_NNG_RETRY_NS};
    nng_stream_dialer *dialer = NULL;
    nng_aio *aio = NULL;
    int64_t start = stream_now();
    int rv = nng_aio_alloc(&aio, NULL, NULL);

    if (rv == 0)
        rv = nng_stream_dialer_alloc(&dialer, url);
    if (rv == 0 && strncmp(url, "tls+", 4) == 0 && stream_nng_trust(dialer, e) != 0)
        rv = STREAM_NNG_TOLD;
    while (rv == 0) {
        rv = stream_nng_connect(dialer, aio, stream_left(start, timeout_ms), out);
        if (rv != NNG_EAGAIN || stream_left(start, timeout_ms) == 0)
            break;
        (void)nanosleep(&pause, NULL);
        rv = 0;
    }
    if (dialer != NULL) {
        nng_stream_dialer_close(dialer);
        nng_stream_dialer_free(dialer);
    }
    nng_aio_free(aio);
    return rv;
}

int stream_dial_nng(struct stream **out, const char *url, int timeout_ms, struct err *e)
{
    struct stream_nng *s = NULL;
    sigset_t all, old;
    int rv = NNG_ENOMEM;

    /* The threads that nng starts at its first call must leave the process's signals alone. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    s = stream_nng_new();
    if (s != NULL)
        rv = stream_nng_dial(url, timeout_ms, &s->stream, e);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    /* A send that goes through more layers than a socket must not be stopped half-way. */
    if (rv == 0 && (strncmp(url, "ipc:", 4) == 0 || strncmp(url, "tcp:", 4) == 0))
        rv = nng_aio_alloc(&s->try_aio, NULL, NULL);
    /* To cancel a receive would end a stream of TLS: there is always one on its way. */
    if (rv == 0 && strncmp(url, "tls+", 4) == 0 && stream_nng_fd(&s->base) < 0)
        rv = NNG_ENOMEM;
    if (rv == 0) {
        s->forgets = strncmp(url, "ws:", 3) == 0;
        *out = &s->base;
        return 0;
    }
    if (s != NULL)
        stream_nng_close(&s->base);
    if (rv == STREAM_NNG_TOLD)
        return e != NULL ? e->code : ERR_INVALID;
    if (rv == NNG_ENOMEM)
        return err_set(e, ERR_NOMEM, "no memory to connect to %s", url);
    if (rv == NNG_ECONNREFUSED || rv == NNG_ENOENT)
        return err_set(e, ERR_NOT_RUNNING, "nothing listens at %s", url);
    if (rv == NNG_ETIMEDOUT || rv == NNG_EAGAIN)
        return err_set(e, ERR_TIMEOUT, "no answer at %s", url);
    return err_set(e, ERR_SYSTEM, "cannot connect to %s: %s", url, nng_strerror(rv));
}
