#include "cmd/sendinput.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SENDINPUT_CHUNK ((size_t)256 * 1024)

void sendinput_init(struct sendinput *in, int fd, int delimiter)
{
    *in = (struct sendinput){.fd = fd, .delimiter = delimiter};
    bytes_init(&in->buf);
}

void sendinput_release(struct sendinput *in)
{
    bytes_release(&in->buf);
}

static void sendinput_drop_taken(struct sendinput *in)
{
    size_t len = bytes_len(&in->buf);
    /* An empty buffer starts over, rather than being given back and asked for again. */
    if (in->taken == len)
        in->buf.start = in->buf.end = 0;
    else
        bytes_consume(&in->buf, in->taken);
    in->taken = 0;
}

int sendinput_read(struct sendinput *in)
{
    sendinput_drop_taken(in);
    unsigned char *room = bytes_room(&in->buf, SENDINPUT_CHUNK);
    if (room == NULL)
        return ERR_NOMEM;
    ssize_t n = read(in->fd, room, SENDINPUT_CHUNK);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? ERR_AGAIN : ERR_SYSTEM;
    if (n == 0)
        in->ended = true;
    bytes_grew(&in->buf, (size_t)n);
    in->read += (uint64_t)n;
    return 0;
}

/* What is left behind the last delimiter. An empty rest is no message, but an empty input is
 * one when all of it is asked for. */
static int sendinput_last(struct sendinput *in, struct span *message)
{
    size_t len = bytes_len(&in->buf);
    if (!in->ended || in->done)
        return 0;
    in->done = true;
    if (len == 0 && in->delimiter >= 0)
        return 0;
    *message = span_of(bytes_at(&in->buf), len);
    in->taken = len;
    in->looked = 0;
    return 1;
}

int sendinput_next(struct sendinput *in, struct span *message)
{
    sendinput_drop_taken(in);
    size_t len = bytes_len(&in->buf);
    const unsigned char *at = bytes_at(&in->buf);
    const unsigned char *end =
        in->delimiter >= 0 ? memchr(at + in->looked, in->delimiter, len - in->looked) : NULL;
    size_t size = end != NULL ? (size_t)(end - at) : len;
    if (size > FRAME_BODY_MAX)
        return ERR_TOO_LARGE;
    if (end == NULL) {
        in->looked = len;
        return sendinput_last(in, message);
    }
    in->looked = 0;
    *message = span_of(at, size);
    in->taken = size + 1;
    return 1;
}

static uint64_t sendinput_count(const unsigned char *at, size_t len, int byte)
{
    const unsigned char *end = at + len;
    uint64_t n = 0;
    for (; (at = memchr(at, byte, (size_t)(end - at))) != NULL; at++)
        n++;
    return n;
}

uint64_t sendinput_run(struct sendinput *in, size_t max, struct span *run)
{
    sendinput_drop_taken(in);
    const unsigned char *at = bytes_at(&in->buf);
    size_t len = bytes_len(&in->buf) < max ? bytes_len(&in->buf) : max;
    const unsigned char *last = in->delimiter >= 0 ? memrchr(at, in->delimiter, len) : NULL;
    if (last == NULL)
        return 0;
    in->looked = 0;
    in->taken = (size_t)(last - at) + 1;
    *run = span_of(at, in->taken);
    return sendinput_count(at, in->taken, in->delimiter);
}
