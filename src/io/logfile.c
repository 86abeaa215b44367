#include "io/logfile.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOGFILE_HELD_MAX = 32 * 1024 };

struct logfile {
    char *name;
    char *dir;
    char *path; /* of the current file; the rotated ones have .N behind it */
    uint64_t max_bytes;
    unsigned keep;
    uint64_t size;     /* of the file, as far as we wrote it; UINT64_MAX: to be asked for */
    uint64_t lost;     /* bytes that could not be written and have not been told of */
    struct bytes held; /* lines that are to be written together */
    enum logfile_form form;
    logfile_gap *gap;
    void *gap_arg;
};

struct logfile *logfile_new(const char *dir, const char *name, uint64_t max_bytes, unsigned keep)
{
    struct logfile *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return NULL;
    f->name = strdup(name);
    f->dir = strdup(dir);
    if (f->name == NULL || f->dir == NULL || asprintf(&f->path, "%s/%s.log", dir, name) < 0) {
        free(f->name);
        free(f->dir);
        free(f);
        return NULL;
    }
    bytes_init(&f->held);
    f->size = UINT64_MAX;
    f->max_bytes = max_bytes;
    f->keep = keep;
    return f;
}

void logfile_free(struct logfile *f)
{
    if (f == NULL)
        return;
    logfile_flush(f);
    bytes_release(&f->held);
    free(f->name);
    free(f->dir);
    free(f->path);
    free(f);
}

void logfile_bound(struct logfile *f, uint64_t max_bytes, unsigned keep)
{
    char path[4096];

    for (unsigned i = keep + 1; i <= f->keep; i++)
        if ((size_t)snprintf(path, sizeof(path), "%s.%u", f->path, i) < sizeof(path))
            (void)unlink(path);
    f->max_bytes = max_bytes;
    f->keep = keep;
}

void logfile_set_form(struct logfile *f, enum logfile_form form)
{
    f->form = form;
}

uint64_t logfile_lost(const struct logfile *f)
{
    return f == NULL ? 0 : f->lost;
}

void logfile_on_gap(struct logfile *f, logfile_gap *gap, void *arg)
{
    f->gap = gap;
    f->gap_arg = arg;
}

/* ---- lines ---- */

/* "2026-11-28T22:40:01.123456Z NAME | ", or {"time":"2026-11-28T22:40:01.123456Z", */
static size_t logfile_prefix(const struct logfile *f, char *buf, size_t size, const char *origin,
                             char mark)
{
    static char second[32]; /* as text: most lines come in the same one as the last */
    static time_t of = -1;
    struct timespec now;
    struct tm tm;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != of) {
        of = now.tv_sec;
        (void)strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", gmtime_r(&of, &tm));
    }
    int n = f->form == LOGFILE_JSON
                ? snprintf(buf, size, "{\"time\":\"%s.%06ldZ\",", second, now.tv_nsec / 1000)
                : snprintf(buf, size, "%s.%06ldZ %s %c ", second, now.tv_nsec / 1000, origin, mark);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static bool logfile_is_plain(unsigned char c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t';
}

/* How much of a line becomes one line of the file: not in the middle of a character. */
static size_t logfile_piece(const char *text, size_t len)
{
    size_t n = LOGFILE_LINE_MAX;

    if (len <= n)
        return len;
    while (n > LOGFILE_LINE_MAX - 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return ((unsigned char)text[n] & 0xc0) == 0x80 ? LOGFILE_LINE_MAX : n;
}

static int logfile_put_text(struct bytes *out, const char *text, size_t len)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < len;) {
        size_t plain = i;
        while (plain < len && logfile_is_plain((unsigned char)text[plain]))
            plain++;
        if (bytes_append(out, text + i, plain - i) != 0)
            return ERR_NOMEM;
        if ((i = plain) < len) {
            unsigned char c = (unsigned char)text[i++];
            char escape[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
            if (bytes_append(out, escape, sizeof(escape)) != 0)
                return ERR_NOMEM;
        }
    }
    return bytes_byte(out, '\n');
}

static int logfile_put_line(struct bytes *out, const char *prefix, size_t plen, const char *text,
                            size_t len)
{
    size_t at = 0;

    do {
        size_t n = logfile_piece(text + at, len - at);
        if (bytes_append(out, prefix, plen) != 0 || logfile_put_text(out, text + at, n) != 0)
            return ERR_NOMEM;
        at += n;
    } while (at < len);
    return 0;
}

static int logfile_format(const struct logfile *f, struct bytes *out, const char *origin, char mark,
                          const char *text, size_t len)
{
    char prefix[512];
    size_t plen = logfile_prefix(f, prefix, sizeof(prefix), origin, mark);

    for (size_t at = f->form == LOGFILE_JSON ? 1 : 0; at < len;) { /* its brace stands before */
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end == NULL ? len - at : (size_t)(end - (text + at));
        if (logfile_put_line(out, prefix, plen, text + at, n) != 0)
            return ERR_NOMEM;
        at += n + 1;
    }
    return 0;
}

/* ---- the file ---- */

/* From the oldest to the newest, so that a reader who looks from the newest to the oldest misses
 * none. */
static void logfile_rotate(const struct logfile *f)
{
    size_t size = strlen(f->path) + 16;
    char *from = malloc(2 * size);

    if (from == NULL)
        return;
    char *to = from + size;
    for (unsigned i = f->keep; i > 0; i--) {
        if (i > 1)
            (void)snprintf(from, size, "%s.%u", f->path, i - 1);
        else
            (void)snprintf(from, size, "%s", f->path);
        (void)snprintf(to, size, "%s.%u", f->path, i);
        (void)rename(from, to);
    }
    if (f->keep == 0)
        (void)unlink(f->path);
    free(from);
}

/* O_NONBLOCK: a pipe that somebody has put in its place must not hold us up. */
static int logfile_open(const struct logfile *f)
{
    static const int flags =
        O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int fd = open(f->path, flags, 0600);

    if (fd < 0 && errno == ENOENT && mkdir(f->dir, 0700) == 0)
        fd = open(f->path, flags, 0600);
    return fd;
}

/* Whether len bytes more are too many. Whoever truncates the file is believed. */
static bool logfile_is_full(struct logfile *f, int fd, size_t len)
{
    struct stat st;

    if (f->size <= f->max_bytes && f->size + len <= f->max_bytes)
        return false;
    f->size = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    return f->size > 0 && f->size + len > f->max_bytes;
}

/* How many bytes of data, up to the end of a line, are in the file now. */
static size_t logfile_store(struct logfile *f, const unsigned char *data, size_t len)
{
    struct stat st;
    int fd = logfile_open(f);

    if (fd >= 0 && logfile_is_full(f, fd, len)) {
        (void)close(fd);
        logfile_rotate(f);
        f->size = 0;
        fd = logfile_open(f);
    }
    if (fd < 0)
        return 0;
    ssize_t n = write(fd, data, len);
    size_t stored = n < 0 ? 0 : (size_t)n;
    if (stored > 0 && stored < len && fstat(fd, &st) == 0) { /* no room: keep whole lines */
        const unsigned char *end = memrchr(data, '\n', stored);
        size_t whole = end == NULL ? 0 : (size_t)(end - data) + 1;
        if (ftruncate(fd, st.st_size - (off_t)(stored - whole)) == 0)
            stored = whole;
    }
    (void)close(fd);
    f->size += stored;
    return stored;
}

/* The line that tells of what was lost, once it can be written. True: nothing is untold. */
static bool logfile_tell_gap(struct logfile *f)
{
    uint64_t lost = f->lost;
    struct bytes line;
    char text[512];
    bool told = false;

    if (lost == 0)
        return true;
    bytes_init(&line);
    int n =
        snprintf(text, sizeof(text),
                 f->form == LOGFILE_TEXT ? "log.gap bytes=%llu"
                                         : "{\"event\":\"log.gap\",\"bytes\":%llu,\"name\":\"%s\"}",
                 (unsigned long long)lost, f->name);
    if (logfile_format(f, &line, f->name, '*', text, (size_t)n) == 0)
        told = logfile_store(f, bytes_at(&line), bytes_len(&line)) == bytes_len(&line);
    bytes_release(&line);
    if (told) {
        f->lost = 0;
        if (f->gap != NULL)
            f->gap(f->gap_arg, f->name, lost);
    }
    return told;
}

void logfile_flush(struct logfile *f)
{
    size_t len = f == NULL ? 0 : bytes_len(&f->held);

    if (f == NULL || (len == 0 && f->lost == 0))
        return;
    size_t stored = logfile_tell_gap(f) && len > 0 ? logfile_store(f, bytes_at(&f->held), len) : 0;
    f->lost += len - stored;
    bytes_release(&f->held);
}

void logfile_add(struct logfile *f, const char *origin, char mark, const char *text, size_t len)
{
    size_t before = bytes_len(&f->held);

    if (len == 0)
        return;
    if (logfile_format(f, &f->held, origin, mark, text, len) != 0) {
        bytes_truncate(&f->held, before);
        f->lost += len;
    }
    if (bytes_len(&f->held) > LOGFILE_HELD_MAX)
        logfile_flush(f);
}

void logfile_write(struct logfile *f, const char *origin, char mark, const char *text, size_t len)
{
    logfile_add(f, origin, mark, text, len);
    logfile_flush(f);
}
