/* Bytes as a WebSocket: in whatever pieces they come, the stream in them is the same. */
#include "base/err.h"
#include "gate/wsframe.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_all(const uint8_t *data, size_t len, size_t size, struct bytes *stream,
                     struct bytes *answer)
{
    struct wsframe w = {.have = 0};

    for (size_t at = 0; at < len; at += size) {
        size_t n = len - at < size ? len - at : size;
        unsigned char *piece = malloc(n); /* of its very size, so that a byte too many is found */
        memcpy(piece, data + at, n);
        long got = wsframe_read(&w, piece, n, answer);
        if (got < 0 || (size_t)got > n || bytes_append(stream, piece, (size_t)got) != 0)
            abort();
        free(piece);
    }
}

static void same(const struct bytes *a, const struct bytes *b)
{
    if (bytes_len(a) != bytes_len(b) || memcmp(bytes_at(a), bytes_at(b), bytes_len(a)) != 0)
        abort();
}

static void open_with(const uint8_t *data, size_t len)
{
    struct bytes answer;
    char *request = malloc(len + 1);

    bytes_init(&answer);
    memcpy(request, data, len);
    size_t n = wsframe_request(request, len);
    if (n > len)
        abort();
    (void)wsframe_open(request, n > 0 ? n : len, &answer);
    bytes_release(&answer);
    free(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes whole, parts, answer, answers;

    if (len == 0)
        return 0;
    bytes_init(&whole);
    bytes_init(&parts);
    bytes_init(&answer);
    bytes_init(&answers);
    read_all(data + 1, len - 1, len, &whole, &answer);
    read_all(data + 1, len - 1, 1 + data[0] % 16, &parts, &answers);
    same(&whole, &parts);
    same(&answer, &answers);
    open_with(data, len);
    bytes_release(&whole);
    bytes_release(&parts);
    bytes_release(&answer);
    bytes_release(&answers);
    return 0;
}
