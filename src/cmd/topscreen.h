/* The terminal of `top`: the one file that knows ncurses. */
#ifndef CMD_TOPSCREEN_H
#define CMD_TOPSCREEN_H

#include "base/err.h"

/* How a text looks; the colours are left out where there are none. */
enum toplook {
    TOPLOOK_PLAIN = 0,
    TOPLOOK_GREEN = 1,
    TOPLOOK_YELLOW = 2,
    TOPLOOK_RED = 3,
    TOPLOOK_CYAN = 4,
    TOPLOOK_COLOURS = 7,
    TOPLOOK_BOLD = 8,
    TOPLOOK_BAR = 16, /* light and dark are swapped */
};

/* Keys that are no characters. */
enum {
    TOPKEY_NONE = -1,
    TOPKEY_UP = 0x200000,
    TOPKEY_DOWN,
    TOPKEY_LEFT,
    TOPKEY_RIGHT,
    TOPKEY_PAGE_UP,
    TOPKEY_PAGE_DOWN,
    TOPKEY_HOME,
    TOPKEY_END,
    TOPKEY_RESIZE,
    TOPKEY_ESCAPE = 27,
    TOPKEY_ENTER = '\n',
    TOPKEY_BACKSPACE = 8,
};

/* Takes the terminal of standard input and output. ERR_REFUSED with what to do. Handlers of
 * signals that were set before stay; SIGWINCH and SIGTSTP are dealt with. */
int topscreen_open(struct err *e);
/* The terminal is as it was. Nothing when it is not open. */
void topscreen_close(void);

void topscreen_size(int *lines, int *columns);
/* A frame is begun, filled with texts, and shown, with the cursor there (y -1: nowhere). */
void topscreen_begin(void);
void topscreen_show(int y, int x);
/* Fills `width` columns from x on, as far as the screen goes: with text, cut at a whole character,
 * and blanks. What does not print is shown as `?`, and controls nothing. */
void topscreen_text(int y, int x, int width, int look, const char *text);
/* The next key without waiting: a character, TOPKEY_*, or TOPKEY_NONE. */
int topscreen_key(void);

#endif
