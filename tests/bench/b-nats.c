/* A client of nats-server, on the loopback: `sub PORT COUNT` and `pub PORT COUNT`, `reply PORT` and
 * `request PORT COUNT`. */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NATS_BUFFER = 4 * 1024 * 1024, NATS_BATCH_BYTES = 64 * 1024 };

struct nats {
    int fd;
    size_t start, end;
    char buf[NATS_BUFFER];
};

static int nats_write(const struct nats *n, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = write(n->fd, data, size);
        if (sent <= 0)
            return -1;
        data += sent;
        size -= (size_t)sent;
    }
    return 0;
}

static int nats_put(const struct nats *n, const char *text)
{
    return nats_write(n, text, strlen(text));
}

static int nats_more(struct nats *n)
{
    if (n->start > 0) {
        memmove(n->buf, n->buf + n->start, n->end - n->start);
        n->end -= n->start;
        n->start = 0;
    }
    ssize_t got = read(n->fd, n->buf + n->end, sizeof(n->buf) - n->end);
    if (got <= 0)
        return -1;
    n->end += (size_t)got;
    return 0;
}

/* The next line, its newline made a NUL; valid until the next call. */
static char *nats_line(struct nats *n)
{
    char *at, *end;

    while ((end = memchr(n->buf + n->start, '\n', n->end - n->start)) == NULL) {
        if (nats_more(n) != 0)
            return NULL;
    }
    at = n->buf + n->start;
    *end = 0;
    n->start = (size_t)(end - n->buf) + 1;
    return at;
}

static const char *nats_bytes(struct nats *n, size_t size)
{
    while (n->end - n->start < size) {
        if (nats_more(n) != 0)
            return NULL;
    }
    n->start += size;
    return n->buf + n->start - size;
}

/* The body of the next message. reply, if not NULL, has room for 64 bytes. */
static const char *nats_message(struct nats *n, char *reply)
{
    const char *line;

    while ((line = nats_line(n)) != NULL) {
        if (strncmp(line, "PING", 4) == 0 && nats_put(n, "PONG\r\n") != 0)
            return NULL;
        if (strncmp(line, "MSG ", 4) != 0)
            continue;
        if (reply != NULL && sscanf(line, "MSG %*s %*s %63s", reply) != 1)
            return NULL;
        return nats_bytes(n, bench_size() + 2);
    }
    return NULL;
}

static int nats_open(struct nats *n, const char *port, const char *subject)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *line;
    char text[256];
    int one = 1;

    n->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (n->fd < 0 || connect(n->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        return -1;
    (void)setsockopt(n->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)snprintf(text, sizeof(text), "CONNECT {\"verbose\":false}\r\n%s%s%sPING\r\n",
                   subject ? "SUB " : "", subject ? subject : "", subject ? " 1\r\n" : "");
    if (nats_put(n, text) != 0)
        return -1;
    while ((line = nats_line(n)) != NULL && strncmp(line, "PONG", 4) != 0)
        ;
    return line == NULL ? -1 : 0;
}

static int nats_sub(struct nats *n, uint64_t count)
{
    const char *body = NULL;

    bench_say("ready");
    for (uint64_t i = 0; i < count; i++) {
        body = nats_message(n, NULL);
        if (body == NULL)
            return 1;
    }
    (void)printf("%" PRIu64 "\n", body == NULL ? 0 : bench_since(body));
    return 0;
}

/* One message in the protocol's form: its size. */
static size_t nats_pack(char *buf, size_t room, const char *head, uint64_t start)
{
    int n = snprintf(buf, room, "PUB %s %zu\r\n", head, bench_size());

    bench_fill(buf + n, bench_size(), start);
    memcpy(buf + n + bench_size(), "\r\n", 2);
    return (size_t)n + bench_size() + 2;
}

static int nats_pub(struct nats *n, uint64_t count)
{
    size_t room = bench_size() + 64;
    uint64_t batch = NATS_BATCH_BYTES / room + 1;
    char *buf = malloc(batch * room);
    uint64_t start = bench_now();

    if (buf == NULL)
        return 1;
    size_t one = nats_pack(buf, room, "bench", start);
    for (size_t i = 1; i < batch; i++)
        memcpy(buf + i * one, buf, one);
    while (count > 0) {
        uint64_t now = count < batch ? count : batch;
        if (nats_write(n, buf, now * one) != 0)
            return 1;
        count -= now;
    }
    return pause();
}

static int nats_reply(struct nats *n, uint64_t count)
{
    char buf[BENCH_SIZE + 128], to[64];

    (void)count;
    bench_say("ready");
    while (nats_message(n, to) != NULL) {
        if (nats_write(n, buf, nats_pack(buf, sizeof(buf), to, 0)) != 0)
            break;
    }
    return 1;
}

static int nats_request(struct nats *n, uint64_t count)
{
    uint64_t *times = calloc(count + BENCH_WARM, sizeof(*times));
    char buf[BENCH_SIZE + 128];
    size_t size = nats_pack(buf, sizeof(buf), "bench _INBOX.bench", 0);

    for (uint64_t i = 0; times != NULL && i < count + BENCH_WARM; i++) {
        uint64_t start = bench_now();
        if (nats_write(n, buf, size) != 0 || nats_message(n, NULL) == NULL)
            return 1;
        times[i] = bench_now() - start;
    }
    if (times == NULL)
        return 1;
    (void)printf("%" PRIu64 "\n", bench_median(times + BENCH_WARM, count));
    return 0;
}

static const struct part {
    const char *name;
    const char *subject; /* that it subscribes to */
    int (*run)(struct nats *n, uint64_t count);
} parts[] = {
    {"sub", "bench", nats_sub},
    {"pub", NULL, nats_pub},
    {"reply", "bench", nats_reply},
    {"request", "_INBOX.bench", nats_request},
};

int main(int argc, char **argv)
{
    static struct nats n;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && argc > 2; i++) {
        if (strcmp(parts[i].name, argv[1]) != 0)
            continue;
        if (nats_open(&n, argv[2], parts[i].subject) != 0)
            return 1;
        return parts[i].run(&n, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    }
    (void)fprintf(stderr, "usage: b-nats sub|pub|reply|request PORT [COUNT]\n");
    return 2;
}
