/* Raw nng over ipc: `pull URL COUNT BATCH` and `push URL COUNT BATCH`; `rep URL` and
 * `req URL COUNT`; over a bare stream `echo URL` and `stream URL COUNT`. A batch is so many
 * messages in one of nng's. */
#include "bench.h"

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <unistd.h>

static int nng_pull_all(const char *url, uint64_t count, size_t batch)
{
    nng_socket s;
    uint64_t took = 0;

    if (nng_pull0_open(&s) != 0 || nng_listen(s, url, NULL, 0) != 0)
        return 1;
    bench_say("ready");
    for (uint64_t i = 0; i < count; i += batch) {
        nng_msg *m;
        if (nng_recvmsg(s, &m, 0) != 0)
            return 1;
        took = bench_since(nng_msg_body(m));
        nng_msg_free(m);
    }
    (void)printf("%" PRIu64 "\n", took);
    return 0;
}

/* Stays until it is ended: to close does not wait for what is under way. */
static int nng_push_all(const char *url, uint64_t count, size_t batch)
{
    uint64_t start = bench_now();
    size_t size = bench_size();
    nng_socket s;

    if (nng_push0_open(&s) != 0 || nng_dial(s, url, NULL, 0) != 0)
        return 1;
    for (uint64_t i = 0; i < count; i += batch) {
        nng_msg *m;
        if (nng_msg_alloc(&m, batch * size) != 0)
            return 1;
        for (size_t j = 0; j < batch; j++)
            bench_fill((char *)nng_msg_body(m) + j * size, size, start);
        if (nng_sendmsg(s, m, 0) != 0)
            return 1;
    }
    return pause();
}

static int nng_rep_all(const char *url, uint64_t count, size_t batch)
{
    nng_socket s;
    nng_msg *m;

    (void)count;
    (void)batch;
    if (nng_rep0_open(&s) != 0 || nng_listen(s, url, NULL, 0) != 0)
        return 1;
    bench_say("ready");
    while (nng_recvmsg(s, &m, 0) == 0 && nng_sendmsg(s, m, 0) == 0)
        ;
    return 1;
}

static int nng_ask(nng_socket s)
{
    nng_msg *m;

    if (nng_msg_alloc(&m, BENCH_SIZE) != 0)
        return -1;
    if (nng_sendmsg(s, m, 0) != 0 || nng_recvmsg(s, &m, 0) != 0)
        return -1;
    nng_msg_free(m);
    return 0;
}

static int nng_req_all(const char *url, uint64_t count, size_t batch)
{
    uint64_t *times = calloc(count, sizeof(*times));
    nng_socket s;

    (void)batch;
    if (times == NULL || nng_req0_open(&s) != 0 || nng_dial(s, url, NULL, 0) != 0)
        return 1;
    for (int i = 0; i < BENCH_WARM; i++) {
        if (nng_ask(s) != 0)
            return 1;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t start = bench_now();
        if (nng_ask(s) != 0)
            return 1;
        times[i] = bench_now() - start;
    }
    (void)printf("%" PRIu64 "\n", bench_median(times, count));
    return 0;
}

/* ---- the bare stream ---- */

static nng_stream *stream_of(nng_aio *aio)
{
    nng_aio_wait(aio);
    return nng_aio_result(aio) == 0 ? nng_aio_get_output(aio, 0) : NULL;
}

/* Sends or receives all of a message. */
static int stream_all(nng_stream *s, nng_aio *aio, char *body,
                      void (*move)(nng_stream *s, nng_aio *aio))
{
    for (size_t at = 0; at < BENCH_SIZE; at += nng_aio_count(aio)) {
        nng_iov iov = {body + at, BENCH_SIZE - at};
        if (nng_aio_set_iov(aio, 1, &iov) != 0)
            return -1;
        move(s, aio);
        nng_aio_wait(aio);
        if (nng_aio_result(aio) != 0)
            return -1;
    }
    return 0;
}

static int nng_stream_echo(const char *url, uint64_t count, size_t batch)
{
    nng_stream_listener *l;
    nng_aio *aio;
    char body[BENCH_SIZE];

    (void)count;
    (void)batch;
    if (nng_aio_alloc(&aio, NULL, NULL) != 0 || nng_stream_listener_alloc(&l, url) != 0 ||
        nng_stream_listener_listen(l) != 0)
        return 1;
    bench_say("ready");
    nng_stream_listener_accept(l, aio);
    nng_stream *s = stream_of(aio);
    while (s != NULL && stream_all(s, aio, body, nng_stream_recv) == 0 &&
           stream_all(s, aio, body, nng_stream_send) == 0)
        ;
    return 1;
}

static int nng_stream_ask(const char *url, uint64_t count, size_t batch)
{
    uint64_t *times = calloc(count + BENCH_WARM, sizeof(*times));
    nng_stream_dialer *d;
    nng_aio *aio;
    char body[BENCH_SIZE] = "";

    (void)batch;
    if (times == NULL || nng_aio_alloc(&aio, NULL, NULL) != 0 ||
        nng_stream_dialer_alloc(&d, url) != 0)
        return 1;
    nng_stream_dialer_dial(d, aio);
    nng_stream *s = stream_of(aio);
    for (uint64_t i = 0; i < count + BENCH_WARM; i++) {
        uint64_t start = bench_now();
        if (s == NULL || stream_all(s, aio, body, nng_stream_send) != 0 ||
            stream_all(s, aio, body, nng_stream_recv) != 0)
            return 1;
        times[i] = bench_now() - start;
    }
    (void)printf("%" PRIu64 "\n", bench_median(times + BENCH_WARM, count));
    return 0;
}

static const struct part {
    const char *name;
    int (*run)(const char *url, uint64_t count, size_t batch);
} parts[] = {
    {"pull", nng_pull_all}, {"push", nng_push_all},    {"rep", nng_rep_all},
    {"req", nng_req_all},   {"echo", nng_stream_echo}, {"stream", nng_stream_ask},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && argc > 2; i++) {
        if (strcmp(parts[i].name, argv[1]) == 0)
            return parts[i].run(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 1,
                                argc > 4 ? strtoull(argv[4], NULL, 10) : 1);
    }
    (void)fprintf(stderr, "usage: b-nng pull|push|rep|req|echo|stream URL [COUNT [BATCH]]\n");
    return 2;
}
