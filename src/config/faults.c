#include "config/faults.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAULTS_TEXT = 1024,  /* bytes of one fault's words */
    FAULTS_LINE = 160,   /* characters of a line that is shown whole */
    FAULTS_BEFORE = 100, /* kept of a longer one, before the place */
    FAULTS_AFTER = 60,   /* and after it */
};

void faults_init(struct faults *f)
{
    memset(f, 0, sizeof(*f));
}

void faults_release(struct faults *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->list[i].text);
        free(f->list[i].source);
    }
    free(f->file);
    faults_init(f);
}

int faults_name(struct faults *f, const char *file)
{
    char *copy = strdup(file);

    if (copy == NULL)
        return ERR_NOMEM;
    free(f->file);
    f->file = copy;
    return 0;
}

/* The length of the line break at p, as YAML counts lines: 0 when there is none. */
static size_t faults_break(const unsigned char *p, size_t len)
{
    if (len > 0 && p[0] == '\n')
        return 1;
    if (len > 0 && p[0] == '\r')
        return len > 1 && p[1] == '\n' ? 2 : 1;
    if (len > 1 && p[0] == 0xC2 && p[1] == 0x85)
        return 2;
    if (len > 2 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9))
        return 3;
    return 0;
}

static bool faults_begins(unsigned char c)
{
    return (c & 0xC0) != 0x80;
}

/* The byte behind a byte order mark, which no mark of the parser counts. */
static size_t faults_start(struct faults_text in)
{
    return in.len >= 3 && memcmp(in.text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

void faults_place(struct faults_text in, size_t offset, int *line, int *col)
{
    const unsigned char *p = (const unsigned char *)in.text;

    *line = 1;
    *col = 1;
    for (size_t i = faults_start(in); i < offset && i < in.len;) {
        size_t n = faults_break(p + i, in.len - i);
        if (n > 0) {
            ++*line;
            *col = 1;
            i += n;
        } else {
            *col += faults_begins(p[i]);
            i++;
        }
    }
}

struct faults_text faults_line(struct faults_text in, int line)
{
    const unsigned char *p = (const unsigned char *)in.text;
    size_t i = faults_start(in), from;

    for (int at = 1; at < line && i < in.len;) {
        size_t n = faults_break(p + i, in.len - i);
        at += n > 0;
        i += n > 0 ? n : 1;
    }
    for (from = i; i < in.len && faults_break(p + i, in.len - i) == 0; i++)
        ;
    return (struct faults_text){in.text + from, i - from};
}

/* Replaces, in place, what is no text or would steer a terminal. The length does not change. */
static void faults_clean(char *s)
{
    for (unsigned char *p = (unsigned char *)s; *p != '\0'; p++) {
        bool c1 = p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0;
        if ((*p < 0x20 && *p != '\t') || *p == 0x7F || c1)
            *p = '?';
        if (c1)
            *++p = '?';
    }
}

/* The byte at which the n-th character (from 0) begins; the length when there are fewer. */
static size_t faults_offset(struct faults_text in, int n)
{
    for (size_t i = 0; i < in.len; i++)
        if (faults_begins((unsigned char)in.text[i]) && n-- == 0)
            return i;
    return in.len;
}

/* The line that the place is in, cut around it when it is long; *caret is where it then is. */
static char *faults_source(struct faults_text in, int line, int col, int *caret)
{
    struct faults_text l = faults_line(in, line);
    bool whole = faults_offset(l, FAULTS_LINE) == l.len;
    int first = whole || col - 1 <= FAULTS_BEFORE ? 0 : col - 1 - FAULTS_BEFORE;
    size_t from = faults_offset(l, first);
    size_t to = whole ? l.len : faults_offset(l, col + FAULTS_AFTER);
    char *copy = strndup(l.text + from, to - from);

    if (copy != NULL)
        faults_clean(copy);
    *caret = col - 1 - first;
    return copy;
}

static int faults_compare(const struct fault *a, int line, int col)
{
    return a->line != line ? (a->line < line ? -1 : 1) : (a->col > col) - (a->col < col);
}

bool faults_fresh(const struct faults *f, int line, int col)
{
    for (size_t i = 0; i < f->n; i++)
        if (faults_compare(&f->list[i], line, col) == 0)
            return false;
    return f->n < FAULTS_MAX || faults_compare(&f->list[f->n - 1], line, col) > 0;
}

/* Where in the list it belongs: behind what is at the same place. FAULTS_MAX: not kept. */
static size_t faults_index(const struct faults *f, int line, int col, const char *text, bool *known)
{
    size_t i = f->n;

    *known = false;
    for (size_t k = 0; k < f->n; k++)
        if (faults_compare(&f->list[k], line, col) == 0 && strcmp(f->list[k].text, text) == 0)
            *known = true;
    while (i > 0 && faults_compare(&f->list[i - 1], line, col) > 0)
        i--;
    return i;
}

void faults_add(struct faults *f, struct faults_text in, int line, int col, const char *fmt, ...)
{
    struct fault new = {.line = line, .col = col};
    char words[FAULTS_TEXT];
    bool known;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    faults_clean(words);
    size_t at = faults_index(f, line, col, words, &known);
    if (known)
        return;
    if (at == FAULTS_MAX || (new.text = strdup(words)) == NULL) {
        f->more++;
        return;
    }
    new.source = in.text == NULL ? NULL : faults_source(in, line, col, &new.caret);
    if (f->n == FAULTS_MAX) {
        f->n--;
        f->more++;
        free(f->list[f->n].text);
        free(f->list[f->n].source);
    }
    memmove(&f->list[at + 1], &f->list[at], (f->n - at) * sizeof(new));
    f->list[at] = new;
    f->n++;
}

/* The character at *p, which moves behind it; a byte that is none counts as itself. */
static uint32_t faults_char(const unsigned char **p)
{
    uint32_t c = *(*p)++;
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;

    if (more > 0)
        c &= 0x3Fu >> more;
    for (; more > 0 && !faults_begins(**p); more--)
        c = c << 6 | (*(*p)++ & 0x3Fu);
    return c;
}

/* Columns that a terminal gives to a character, by the blocks that matter in practice. */
static int faults_width(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        int width;
    } blocks[] = {
        {0x0300, 0x036F, 0},   {0x1100, 0x115F, 2},   {0x200B, 0x200F, 0},   {0x20D0, 0x20FF, 0},
        {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},   {0xF900, 0xFAFF, 2},
        {0xFE00, 0xFE0F, 0},   {0xFE30, 0xFE6F, 2},   {0xFF00, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
        {0x1F300, 0x1F64F, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
    };

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        if (c >= blocks[i].first && c <= blocks[i].last)
            return blocks[i].width;
    return 1;
}

static void faults_print_source(const struct fault *f, FILE *out)
{
    const unsigned char *p = (const unsigned char *)f->source;

    (void)fprintf(out, "%s\n", f->source);
    for (int i = 0; i < f->caret && *p != '\0'; i++) {
        uint32_t c = faults_char(&p);
        if (c == '\t')
            (void)fputc('\t', out);
        else
            (void)fprintf(out, "%*s", faults_width(c), "");
    }
    (void)fputs("^\n", out);
}

void faults_print(const struct faults *f, FILE *out)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct fault *x = &f->list[i];
        (void)fprintf(out, "%s:%d:%d: %s\n", f->file == NULL ? "-" : f->file, x->line, x->col,
                      x->text);
        if (x->source != NULL)
            faults_print_source(x, out);
    }
    if (f->more > 0)
        (void)fprintf(out, "%s: and %zu more fault%s\n", f->file == NULL ? "-" : f->file, f->more,
                      f->more == 1 ? "" : "s");
}
