/* A stream of bytes as frames: what is one is packed to the same bytes again, and its headers can
 * be walked to their end. */
#include "base/err.h"
#include "model/frame.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(int held)
{
    if (!held)
        abort();
}

static void walk_headers(struct span headers)
{
    struct bytes again;
    struct span key, value;
    size_t at = 0;
    int rc;

    bytes_init(&again);
    while ((rc = frame_header_next(headers, &at, &key, &value)) == 1)
        require(frame_header_add(&again, key.data, key.len, value.data, value.len) == 0);
    require(rc == 0);
    require(bytes_len(&again) == headers.len);
    require(headers.len == 0 || memcmp(bytes_at(&again), headers.data, headers.len) == 0);
    bytes_release(&again);
}

static void check_frame(const uint8_t *data, size_t size)
{
    const char *why = NULL;
    struct frame f;
    struct bytes again;

    if (frame_unpack(data, size, &f, &why) != 0) {
        require(why != NULL);
        return;
    }
    bytes_init(&again);
    require(frame_kind_name(f.kind) != NULL);
    require(frame_pack(&again, &f) == 0);
    require(bytes_len(&again) == size && memcmp(bytes_at(&again), data, size) == 0);
    bytes_release(&again);
    walk_headers(f.headers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct frame ignored;
    struct span key, value;
    size_t at = 0;
    long size;

    /* As a stream, then as what is said to be one frame, then as headers. */
    while ((size = frame_size(data + at, len - at)) > 0) {
        require((size_t)size <= len - at);
        for (size_t cut = 0; cut < (size_t)size && cut < 8; cut++)
            require(frame_size(data + at, cut) == 0);
        check_frame(data + at, (size_t)size);
        at += (size_t)size;
    }
    (void)frame_unpack(data, len, &ignored, NULL);
    at = 0;
    while (frame_header_next(span_of(data, len), &at, &key, &value) == 1)
        require(at <= len && key.len > 0);
    return 0;
}
