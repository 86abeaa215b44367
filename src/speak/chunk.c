#include "speak/chunk.h"

#include "base/err.h"
#include "speak/speak.h"

#include <errno.h>
#include <unistd.h>

static unsigned char chunk[2 * SPEAK_CHUNK];
static bool chunk_used;

unsigned char *chunk_begin(void)
{
    if (chunk_used)
        bug("the output of one process is read within that of another");
    chunk_used = true;
    return chunk;
}

void chunk_end(void)
{
    chunk_used = false;
}

ssize_t chunk_read(int fd, void *buf, size_t size)
{
    for (;;) {
        ssize_t n = read(fd, buf, size);
        if (n > 0)
            return n;
        if (n < 0 && errno == EINTR)
            continue;
        return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
    }
}
