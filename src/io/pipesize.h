/* How much the pipes hold that this process writes to or reads from.
 *
 * A user has so many pages for all pipes (/proc/sys/fs/pipe-user-pages-soft, 16,384); beyond them a
 * new pipe gets two, and none may grow. So a pipe has one page at first and gets more when it
 * flows. When there are no more, one that has not flowed for a while gives its own back. */
#ifndef IO_PIPESIZE_H
#define IO_PIPESIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PIPE_PAGE = 4096, PIPE_STEP = 4, PIPE_SIZE_MAX = 64 * PIPE_PAGE };

struct pipe_size {
    int fd;                          /* -1: none */
    uint32_t bytes;                  /* it holds so many at most */
    int64_t flowed;                  /* when, in ms, it was asked last to grow or to stay */
    struct pipe_size *older, *newer; /* of those that hold more than a page */
};

void pipe_size_init(struct pipe_size *p);
/* fd: either end of a pipe, borrowed until pipe_size_stop. */
void pipe_size_start(struct pipe_size *p, int fd);
void pipe_size_stop(struct pipe_size *p); /* before the descriptor is closed; also without start */

/* It flows. Makes it PIPE_STEP times as large, up to max bytes. now: ms, of any monotonic clock,
 * the same for all. False: it stays as it is. */
bool pipe_size_grow(struct pipe_size *p, uint32_t max, int64_t now);
/* Makes it hold so many bytes only. False: more than that is unread. */
bool pipe_size_shrink(struct pipe_size *p, uint32_t bytes);

#endif
