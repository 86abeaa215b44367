/* A progress line on standard error for long input. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;
    bool shown;     /* a line stands there, without its end */
    int64_t start;  /* ms */
    int64_t due;    /* of the next line */
    uint64_t total; /* of the unit that `done` counts; 0: not known */
};

/* wanted: 1 as soon as something goes on, -1 never, 0: on a terminal, when it takes over a second.
 */
void progress_init(struct progress *p, int wanted, uint64_t total);
/* Milliseconds until the next line is due, or -1. */
int progress_wait(const struct progress *p, int64_t now);
/* Draws when it is due. messages: accepted so far; done: how much of total. */
void progress_draw(struct progress *p, int64_t now, uint64_t messages, uint64_t done);
/* Draws another text, with a bar when total is known; "" takes the line away. */
void progress_text(struct progress *p, int64_t now, const char *text, uint64_t done,
                   uint64_t total);
/* Takes the line away. */
void progress_end(struct progress *p);

#endif
