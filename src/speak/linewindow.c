#include "speak/linewindow.h"

#include <string.h>

enum {
    WINDOW_MAX = 1024,
    WINDOW_QUICK_US = 1000, /* what is read within so much may be widened */
    /* What is widened four times must not be narrowed at the next look. */
    WINDOW_SLOW_US = 8 * WINDOW_QUICK_US,
};

void line_window_init(struct line_window *w)
{
    memset(w, 0, sizeof(*w));
    w->messages = 1;
}

void line_window_given(struct line_window *w, size_t unread, int64_t now)
{
    w->unread = unread;
    w->since = now;
}

bool line_window_drained(struct line_window *w, int64_t now)
{
    bool quick = now - w->since <= WINDOW_QUICK_US;

    if (quick)
        w->messages = w->messages < WINDOW_MAX ? w->messages * 2 : WINDOW_MAX;
    else if (w->messages > 1)
        w->messages /= 2;
    return quick;
}

enum line_window_verdict line_window_look(const struct line_window *w, size_t unread, size_t size,
                                          int64_t now)
{
    if (unread >= w->unread)
        return WINDOW_KEEP;
    /* How long it would take for all that the pipe holds. */
    int64_t whole = (now - w->since) * (int64_t)size / (int64_t)(w->unread - unread);
    if (whole <= WINDOW_QUICK_US)
        return WINDOW_WIDEN;
    return whole > WINDOW_SLOW_US ? WINDOW_NARROW : WINDOW_KEEP;
}
