#include "cmd/topscreen.h"

#include "cmd/cmd.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#ifdef HAVE_CURSES
#include <curses.h>

static struct {
    SCREEN *screen; /* NULL: not open */
    bool colour;
} topscreen;

static int topscreen_refuse(struct err *e, const char *why)
{
    return err_set(e, ERR_REFUSED,
                   "%s; `actorsup top -b` prints text instead, and `actorsup ps` one table", why);
}

int topscreen_open(struct err *e)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO))
        return topscreen_refuse(e, "top takes keys, and standard input is no terminal");
    if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0)
        return topscreen_refuse(e, "top needs a terminal that can move its cursor, as TERM says "
                                   "that this one cannot");
    (void)setlocale(LC_CTYPE, "");
    topscreen.screen = newterm(NULL, stdout, stdin);
    if (topscreen.screen == NULL)
        return topscreen_refuse(e, "the terminal that TERM names is not known here");
    if (tigetstr("cup") == NULL) {
        topscreen_close();
        return topscreen_refuse(e, "top needs a terminal that can move its cursor");
    }
    (void)cbreak();
    (void)noecho();
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)set_escdelay(50);
    topscreen.colour = cmd_colour(STDOUT_FILENO) && start_color() == OK && COLORS >= 8;
    if (topscreen.colour) {
        short ground = use_default_colors() == OK ? -1 : COLOR_BLACK;
        (void)init_pair(TOPLOOK_GREEN, COLOR_GREEN, ground);
        (void)init_pair(TOPLOOK_YELLOW, COLOR_YELLOW, ground);
        (void)init_pair(TOPLOOK_RED, COLOR_RED, ground);
        (void)init_pair(TOPLOOK_CYAN, COLOR_CYAN, ground);
    }
    return 0;
}

void topscreen_close(void)
{
    if (topscreen.screen == NULL)
        return;
    (void)endwin();
    delscreen(topscreen.screen);
    topscreen.screen = NULL;
}

void topscreen_size(int *lines, int *columns)
{
    *lines = LINES;
    *columns = COLS;
}

void topscreen_begin(void)
{
    (void)erase();
}

void topscreen_show(int y, int x)
{
    (void)curs_set(y >= 0);
    if (y >= 0)
        (void)move(y, x);
    (void)refresh();
}

static attr_t topscreen_attributes(int look)
{
    attr_t a = A_NORMAL;
    if ((look & TOPLOOK_BOLD) != 0)
        a |= A_BOLD;
    if ((look & TOPLOOK_BAR) != 0)
        a |= A_REVERSE;
    if (topscreen.colour)
        a |= COLOR_PAIR(look & TOPLOOK_COLOURS);
    return a;
}

/* The next character of a text in the locale's encoding, which moves; `?` for what is none or does
 * not print. */
static wchar_t topscreen_character(const char **text)
{
    mbstate_t state = {0};
    wchar_t c = L'?';
    size_t n = mbrtowc(&c, *text, strlen(*text), &state);
    if (n == 0 || n > strlen(*text)) { /* an error */
        n = 1;
        c = L'?';
    }
    *text += n;
    return iswprint((wint_t)c) && wcwidth(c) >= 0 ? c : L'?';
}

void topscreen_text(int y, int x, int width, int look, const char *text)
{
    int left = COLS - x < width ? COLS - x : width;
    if (y < 0 || y >= LINES || left <= 0)
        return;
    (void)attrset((int)topscreen_attributes(look));
    (void)move(y, x);
    while (*text != '\0') {
        wchar_t c = topscreen_character(&text);
        int w = wcwidth(c);
        if (w > left)
            break;
        (void)addnwstr(&c, 1);
        left -= w;
    }
    for (; left > 0; left--)
        (void)addch(' ');
    (void)attrset(A_NORMAL);
}

static const struct {
    wint_t code;
    int key;
} topscreen_keys[] = {
    {KEY_UP, TOPKEY_UP},         {KEY_DOWN, TOPKEY_DOWN},
    {KEY_LEFT, TOPKEY_LEFT},     {KEY_RIGHT, TOPKEY_RIGHT},
    {KEY_PPAGE, TOPKEY_PAGE_UP}, {KEY_NPAGE, TOPKEY_PAGE_DOWN},
    {KEY_HOME, TOPKEY_HOME},     {KEY_END, TOPKEY_END},
    {KEY_RESIZE, TOPKEY_RESIZE}, {KEY_BACKSPACE, TOPKEY_BACKSPACE},
    {KEY_ENTER, TOPKEY_ENTER},
};

int topscreen_key(void)
{
    wint_t c = 0;
    int kind = get_wch(&c);
    if (kind == ERR)
        return TOPKEY_NONE;
    if (kind != KEY_CODE_YES)
        return c == '\r' ? TOPKEY_ENTER : c == 0x7f ? TOPKEY_BACKSPACE : (int)c;
    for (size_t i = 0; i < sizeof topscreen_keys / sizeof topscreen_keys[0]; i++)
        if (topscreen_keys[i].code == c)
            return topscreen_keys[i].key;
    return topscreen_key();
}

#else

int topscreen_open(struct err *e)
{
    return err_set(
        e, ERR_REFUSED,
        "this actorsup was built without ncurses; `actorsup top -b` prints text instead");
}

void topscreen_close(void) {}

void topscreen_size(int *lines, int *columns)
{
    *lines = *columns = 0;
}

void topscreen_begin(void) {}

void topscreen_show(int y, int x)
{
    (void)y;
    (void)x;
}

void topscreen_text(int y, int x, int width, int look, const char *text)
{
    (void)y;
    (void)x;
    (void)width;
    (void)look;
    (void)text;
}

int topscreen_key(void)
{
    return TOPKEY_NONE;
}

#endif
