/* How much one of several members that share a mailbox may hold unread, so that a burst is not
 * swallowed by one of them: a few messages in a pipe of one page at first, as many as the pipe
 * holds once it is quick, and the pipe's size by the rate at which it reads. Pure. */
#ifndef SPEAK_LINEWINDOW_H
#define SPEAK_LINEWINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum line_window_verdict { WINDOW_KEEP, WINDOW_WIDEN, WINDOW_NARROW };

struct line_window {
    uint32_t messages; /* at a time, while the pipe is one page */
    int64_t since;     /* us: when the process was last given something */
    size_t unread;     /* bytes in the pipe then */
};

void line_window_init(struct line_window *w);
void line_window_given(struct line_window *w, size_t unread, int64_t now);
/* All that was given was read. True: it was quick. */
bool line_window_drained(struct line_window *w, int64_t now);
/* The pipe holds `size` bytes and was full when it was given last: what should become of it, now
 * that unread bytes are left. */
enum line_window_verdict line_window_look(const struct line_window *w, size_t unread, size_t size,
                                          int64_t now);

#endif
