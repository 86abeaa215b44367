#include "base/text.h"

#include "base/err.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_NEAREST_MAX = 64 };

/* How many bytes at the start are ASCII. */
static size_t text_ascii(const unsigned char *p, size_t len)
{
    size_t i = 0;
    uint64_t w;

    for (; i + sizeof(w) <= len; i += sizeof(w)) {
        memcpy(&w, p + i, sizeof(w));
        if ((w & 0x8080808080808080ULL) != 0)
            break;
    }
    while (i < len && p[i] < 0x80)
        i++;
    return i;
}

bool text_is_utf8(const void *data, size_t len)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < len;) {
        i += text_ascii(p + i, len - i);
        if (i == len)
            break;
        unsigned char c = p[i++];
        if (c < 0xC2 || c > 0xF4)
            return false;
        int more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        /* The second byte alone rules out overlongs, surrogates and what is past U+10FFFF. */
        unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
        unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        for (; more > 0; more--, low = 0x80, high = 0xBF) {
            if (i >= len || p[i] < low || p[i] > high)
                return false;
            i++;
        }
    }
    return true;
}

/* The bytes of the character at p, which has left bytes at most; 0: it is none. */
static size_t text_character(const unsigned char *p, size_t left)
{
    for (size_t n = 1; n <= 4 && n <= left; n++)
        if (text_is_utf8(p, n))
            return n;
    return 0;
}

char *text_shown(const void *data, size_t len, char *buf, size_t size)
{
    const unsigned char *p = data;
    size_t out = 0;

    for (size_t i = 0; i < len;) {
        size_t n = text_character(p + i, len - i), take = n == 0 ? 1 : n;
        if (out + take >= size)
            break;
        if (n == 0)
            buf[out] = '?';
        else if (n == 2 && p[i] == 0xC2 && p[i + 1] < 0xA0) /* a control of ISO 6429 */
            memcpy(buf + out, "  ", 2);
        else if (n > 1)
            memcpy(buf + out, p + i, n);
        else
            buf[out] = p[i] == '"' ? '\'' : p[i] < ' ' || p[i] == 0x7F ? ' ' : (char)p[i];
        out += take;
        i += take;
    }
    buf[out] = '\0';
    return buf;
}

static bool text_inside(char c) /* a character, behind its first byte */
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

char *text_cut(const char *text, char *buf, size_t size)
{
    static const char dots[] = "...";
    size_t len = strlen(text), head = size / 3, from = len + head + sizeof(dots) - size;

    if (len < size)
        return text_shown(text, len, buf, size);
    while (head > 0 && text_inside(text[head]))
        head--;
    while (text_inside(text[from]))
        from++;
    size_t at = strlen(text_shown(text, head, buf, size));
    memcpy(buf + at, dots, sizeof(dots));
    at += sizeof(dots) - 1;
    (void)text_shown(text + from, len - from, buf + at, size - at);
    return buf;
}

static char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned text_min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours; case costs nothing. */
static unsigned text_distance(const char *a, size_t na, const char *b, size_t nb)
{
    unsigned rows[3][TEXT_NEAREST_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= nb; j++) {
        before[j] = 0;
        last[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= na; i++) {
        char ca = text_lower(a[i - 1]);
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            char cb = text_lower(b[j - 1]);
            unsigned d = text_min(text_min(last[j], now[j - 1]) + 1, last[j - 1] + (ca != cb));
            if (i > 1 && j > 1 && ca == text_lower(b[j - 2]) && text_lower(a[i - 2]) == cb)
                d = text_min(d, before[j - 2] + 1);
            now[j] = d;
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[nb];
}

const char *text_nearest(const char *word, const char *const *candidates)
{
    size_t len = strlen(word);
    const char *best = NULL;
    unsigned least = TEXT_NEAREST_MAX + 1;

    if (len > TEXT_NEAREST_MAX)
        return NULL;
    for (; *candidates != NULL; candidates++) {
        size_t n = strlen(*candidates);
        size_t longer = n > len ? n : len, apart = longer - (n > len ? len : n);
        if (n > TEXT_NEAREST_MAX || apart > longer / 3 || apart >= least)
            continue;
        unsigned d = text_distance(word, len, *candidates, n);
        if (d <= longer / 3 && d < least) {
            least = d;
            best = *candidates;
        }
    }
    return best;
}

/* Does the set that begins behind `[` hold c? *end is set behind its `]`, or to NULL when
 * there is none: then `[` stands for itself. */
static bool text_glob_set(const char *p, char c, const char **end)
{
    bool negated = *p == '!' || *p == '^', found = false;

    if (negated)
        p++;
    for (const char *first = p; *p != '\0' && (*p != ']' || p == first); p++) {
        if (p[1] == '-' && p[2] != '\0' && p[2] != ']') {
            found = found || (c >= p[0] && c <= p[2]);
            p += 2;
        } else {
            found = found || c == *p;
        }
    }
    *end = *p == ']' ? p + 1 : NULL;
    return found != negated;
}

/* The pattern behind the one character that it matched, or NULL. */
static const char *text_glob_one(const char *pattern, char c)
{
    if (*pattern == '?')
        return pattern + 1;
    if (*pattern == '[') {
        const char *end;
        bool in = text_glob_set(pattern + 1, c, &end);
        if (end != NULL)
            return in ? end : NULL;
    }
    return *pattern == c && c != '\0' ? pattern + 1 : NULL;
}

bool text_glob(const char *pattern, const char *name)
{
    const char *star = NULL, *from = NULL;

    while (*name != '\0') {
        const char *next;
        if (*pattern == '*') {
            star = ++pattern;
            from = name;
        } else if ((next = text_glob_one(pattern, *name)) != NULL) {
            pattern = next;
            name++;
        } else if (star != NULL) {
            pattern = star;
            name = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool text_has_glob(const char *pattern)
{
    return strpbrk(pattern, "*?[") != NULL;
}

static const struct {
    int number;
    const char *name;
} text_signals[] = {
    {SIGHUP, "HUP"},       {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},
    {SIGTRAP, "TRAP"},     {SIGABRT, "ABRT"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},
    {SIGKILL, "KILL"},     {SIGUSR1, "USR1"}, {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"},
    {SIGPIPE, "PIPE"},     {SIGALRM, "ALRM"}, {SIGTERM, "TERM"}, {SIGCHLD, "CHLD"},
    {SIGCONT, "CONT"},     {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"}, {SIGTTIN, "TTIN"},
    {SIGTTOU, "TTOU"},     {SIGURG, "URG"},   {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"},
    {SIGVTALRM, "VTALRM"}, {SIGPROF, "PROF"}, {SIGSYS, "SYS"},
#ifdef SIGWINCH
    {SIGWINCH, "WINCH"},
#endif
#ifdef SIGIO
    {SIGIO, "IO"},
#endif
#ifdef SIGSTKFLT
    {SIGSTKFLT, "STKFLT"},
#endif
#ifdef SIGPWR
    {SIGPWR, "PWR"},
#endif
};

enum { TEXT_SIGNALS = sizeof(text_signals) / sizeof(text_signals[0]) };

const char *text_signal_name(int sig, char *buf, size_t size)
{
    for (int i = 0; i < TEXT_SIGNALS; i++)
        if (text_signals[i].number == sig)
            return text_signals[i].name;
    (void)snprintf(buf, size, "SIG%d", sig);
    return buf;
}

static bool text_same(const char *a, const char *b)
{
    while (*a != '\0' && text_lower(*a) == text_lower(*b)) {
        a++;
        b++;
    }
    return text_lower(*a) == text_lower(*b);
}

int text_signal_number(const char *name)
{
    int n = 0;

    if ((name[0] == 'S' || name[0] == 's') && text_lower(name[1]) == 'i' &&
        text_lower(name[2]) == 'g')
        name += 3;
    for (int i = 0; i < TEXT_SIGNALS; i++)
        if (text_same(text_signals[i].name, name))
            return text_signals[i].number;
    for (const char *p = name; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || n > 99)
            return -1;
        n = n * 10 + (*p - '0');
    }
    return n > 0 && n < NSIG ? n : -1;
}

static const char text_base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t text_base64_encode(const void *data, size_t len, char *out)
{
    const unsigned char *p = data;
    char *o = out;

    for (; len >= 3; len -= 3, p += 3) {
        *o++ = text_base64[p[0] >> 2];
        *o++ = text_base64[(p[0] & 3) << 4 | p[1] >> 4];
        *o++ = text_base64[(p[1] & 15) << 2 | p[2] >> 6];
        *o++ = text_base64[p[2] & 63];
    }
    if (len > 0) {
        unsigned second = len == 2 ? p[1] : 0;
        *o++ = text_base64[p[0] >> 2];
        *o++ = text_base64[(p[0] & 3u) << 4 | second >> 4];
        *o++ = len == 2 ? text_base64[(second & 15) << 2] : '=';
        *o++ = '=';
    }
    return (size_t)(o - out);
}

static int text_base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four; pad is how many of its characters are `=`. -1 when it is not one. */
static int text_base64_group(const char *in, size_t pad, unsigned char *out)
{
    unsigned long bits = 0;

    for (size_t i = 0; i < 4; i++) {
        int d = i < 4 - pad ? text_base64_digit(in[i]) : 0;
        if (d < 0)
            return -1;
        bits = bits << 6 | (unsigned long)d;
    }
    /* Bits behind the last byte must be zero: one text for each body. */
    if ((bits & ((1ul << 8 * pad) - 1)) != 0)
        return -1;
    for (size_t i = 0; i < 3 - pad; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return 0;
}

long text_base64_decode(const char *text, size_t len, void *out)
{
    unsigned char *o = out;
    size_t pad = 0;

    if (len % 4 != 0)
        return ERR_INVALID;
    if (len > 0 && text[len - 1] == '=')
        pad = text[len - 2] == '=' ? 2 : 1;
    for (size_t i = 0; i < len; i += 4, o += 3)
        if (text_base64_group(text + i, i + 4 == len ? pad : 0, o) < 0)
            return ERR_INVALID;
    return (long)(len / 4 * 3 - pad);
}

void text_id_format(uint64_t id, char out[TEXT_ID_LEN])
{
    for (int i = TEXT_ID_LEN - 1; i >= 0; i--, id >>= 4)
        out[i] = "0123456789abcdef"[id & 15];
}

int text_id_parse(const char *text, size_t len, uint64_t *id)
{
    uint64_t value = 0;

    if (len != TEXT_ID_LEN)
        return ERR_INVALID;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uint64_t)(c - 'a' + 10);
        else
            return ERR_INVALID;
    }
    *id = value;
    return 0;
}
