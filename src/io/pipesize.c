#include "io/pipesize.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum {
    PIPE_IDLE_MS = 1000,  /* one that has not flowed for so long gives its pages to another */
    PIPE_RETRY_MS = 1000, /* and without such a one it is not tried again for so long */
};

/* Those that hold more than a page, in the order in which they flowed, which is kept to within
 * PIPE_IDLE_MS. One loop thread owns all pipes. */
static struct pipe_size *oldest, *newest;
static int64_t refused_at;
static bool refused;

void pipe_size_init(struct pipe_size *p)
{
    memset(p, 0, sizeof(*p));
    p->fd = -1;
}

static bool pipe_size_listed(const struct pipe_size *p)
{
    return p->older != NULL || p->newer != NULL || oldest == p;
}

static void pipe_size_unlist(struct pipe_size *p)
{
    if (!pipe_size_listed(p))
        return;
    if (p->older != NULL)
        p->older->newer = p->newer;
    else
        oldest = p->newer;
    if (p->newer != NULL)
        p->newer->older = p->older;
    else
        newest = p->older;
    p->older = p->newer = NULL;
}

static void pipe_size_list(struct pipe_size *p, int64_t now)
{
    pipe_size_unlist(p);
    p->flowed = now;
    p->older = newest;
    if (newest != NULL)
        newest->newer = p;
    else
        oldest = p;
    newest = p;
}

static bool pipe_size_set(struct pipe_size *p, uint32_t bytes)
{
    if (fcntl(p->fd, F_SETPIPE_SZ, bytes) < 0)
        return false;
    p->bytes = bytes;
    return true;
}

void pipe_size_start(struct pipe_size *p, int fd)
{
    int bytes = 0;

    pipe_size_stop(p);
    p->fd = fd;
    if (pipe_size_set(p, PIPE_PAGE))
        return;
    bytes = fcntl(fd, F_GETPIPE_SZ);
    p->bytes = bytes > 0 ? (uint32_t)bytes : PIPE_PAGE;
}

void pipe_size_stop(struct pipe_size *p)
{
    pipe_size_unlist(p);
    p->fd = -1;
}

/* Takes the pages of one that has been idle. False: there is none. */
static bool pipe_size_steal(const struct pipe_size *thief, int64_t now)
{
    struct pipe_size *p = oldest;

    if (p == NULL || p == thief || now - p->flowed < PIPE_IDLE_MS)
        return false;
    if (pipe_size_shrink(p, PIPE_PAGE))
        return true;
    pipe_size_list(p, now); /* it waits for a reader that does not read: not soon again */
    return false;
}

bool pipe_size_grow(struct pipe_size *p, uint32_t max, int64_t now)
{
    uint32_t bytes = p->bytes * PIPE_STEP;

    if (p->fd < 0)
        return false;
    if (pipe_size_listed(p) && now - p->flowed >= PIPE_IDLE_MS / 2)
        pipe_size_list(p, now);
    if (bytes > max || (refused && now - refused_at < PIPE_RETRY_MS))
        return false;
    while (!pipe_size_set(p, bytes)) {
        refused = errno == EPERM;
        refused_at = now;
        if (!refused || !pipe_size_steal(p, now))
            return false;
        refused = false;
    }
    pipe_size_list(p, now);
    return true;
}

bool pipe_size_shrink(struct pipe_size *p, uint32_t bytes)
{
    if (p->fd < 0)
        return false;
    if (p->bytes > bytes && !pipe_size_set(p, bytes))
        return false;
    if (p->bytes <= PIPE_PAGE)
        pipe_size_unlist(p);
    return true;
}
