/* json one way over standard input and output: `source COUNT FILE` tells COUNT messages, and
 * `sink COUNT FILE` acks as many; each writes to FILE the time at which it began or ended. */
#include "bench.h"

#include <stdbool.h>
#include <unistd.h>

enum { JSON_CHUNK = 64 * 1024, JSON_ID = 16, JSON_ROOM = 256 };

struct out {
    char buf[JSON_CHUNK];
    size_t len;
};

static int out_flush(struct out *o)
{
    for (size_t done = 0; done < o->len;) {
        ssize_t n = write(1, o->buf + done, o->len - done);
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    o->len = 0;
    return 0;
}

static int out_line(struct out *o, const char *before, const char *text, size_t size)
{
    if (o->len + JSON_ROOM > sizeof(o->buf) && out_flush(o) != 0)
        return -1;
    size_t n = strlen(before);
    memcpy(o->buf + o->len, before, n);
    memcpy(o->buf + o->len + n, text, size);
    memcpy(o->buf + o->len + n + size, "\"}\n", 3);
    o->len += n + size + 3;
    return 0;
}

static int json_source(uint64_t count, const char *path)
{
    static struct out out;
    char body[BENCH_SIZE];
    int rc = bench_report(path, bench_now());

    memset(body, 'x', sizeof(body));
    for (uint64_t i = 0; i < count && rc == 0; i++)
        rc = out_line(&out, "{\"op\":\"send\",\"body\":\"", body, sizeof(body));
    return rc == 0 ? out_flush(&out) : rc;
}

/* Acks the message of one line; its id is its first member. */
static int json_ack(struct out *out, const char *line)
{
    static const char before[] = "{\"id\":\"";

    if (memcmp(line, before, sizeof(before) - 1) != 0)
        return -1;
    return out_line(out, "{\"op\":\"ack\",\"id\":\"", line + sizeof(before) - 1, JSON_ID);
}

static int json_sink(uint64_t count, const char *path)
{
    static struct out out;
    static char in[2 * JSON_CHUNK];
    size_t have = 0;
    ssize_t n;

    while (count > 0 && (n = read(0, in + have, JSON_CHUNK)) > 0) {
        const char *at = in, *end;
        have += (size_t)n;
        while (count > 0 && (end = memchr(at, '\n', (size_t)(in + have - at))) != NULL) {
            if (json_ack(&out, at) != 0)
                return -1;
            at = end + 1;
            count--;
        }
        have -= (size_t)(at - in);
        memmove(in, at, have);
        if (out_flush(&out) != 0)
            return -1;
    }
    return count == 0 ? bench_report(path, bench_now()) : -1;
}

int main(int argc, char **argv)
{
    bool source = argc == 4 && strcmp(argv[1], "source") == 0;

    if (!source && !(argc == 4 && strcmp(argv[1], "sink") == 0)) {
        (void)fprintf(stderr, "usage: b-json source|sink COUNT FILE\n");
        return 2;
    }
    uint64_t count = strtoull(argv[2], NULL, 10);
    return (source ? json_source(count, argv[3]) : json_sink(count, argv[3])) == 0 ? 0 : 1;
}
