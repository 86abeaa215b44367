#include "io/logsource.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOGSOURCE_READ = 16 * 1024,
    LOGSOURCE_HEAD = 36, /* {"time":" and 27 bytes */
    LOGSOURCE_HOLES = 3, /* so many numbers may be missing in a row: files removed by hand */
    LOGSOURCE_TRIES = 100,
};

struct logsource *logsource_new(int dir, const char *name, size_t len)
{
    struct logsource *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->name = strndup(name, len);
    if (s->name == NULL) {
        free(s);
        return NULL;
    }
    s->dir = dir;
    s->fd = -1;
    bytes_init(&s->buf);
    return s;
}

static void logsource_use(struct logsource *s, int fd, off_t pos)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = fd;
    s->pos = pos;
}

void logsource_free(struct logsource *s)
{
    if (s == NULL)
        return;
    logsource_use(s, -1, 0);
    bytes_release(&s->buf);
    free(s->name);
    free(s);
}

size_t logsource_name(const char *file)
{
    size_t len = strlen(file);
    size_t end = len;

    while (end > 0 && file[end - 1] >= '0' && file[end - 1] <= '9')
        end--;
    if (end < len && end > 0 && file[end - 1] == '.')
        end--;
    else
        end = len;
    if (end <= 4 || memcmp(file + end - 4, ".log", 4) != 0)
        return 0;
    return end - 4;
}

/* ---- the files: number 0 is the current one ---- */

static void logsource_file(const struct logsource *s, unsigned number, char buf[NAME_MAX + 1])
{
    if (number == 0)
        (void)snprintf(buf, NAME_MAX + 1, "%s.log", s->name);
    else
        (void)snprintf(buf, NAME_MAX + 1, "%s.log.%u", s->name, number);
}

static int logsource_open(const struct logsource *s, unsigned number)
{
    char file[NAME_MAX + 1];

    logsource_file(s, number, file);
    return openat(s->dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static bool logsource_is(const struct logsource *s, unsigned number, const struct stat *want)
{
    char file[NAME_MAX + 1];
    struct stat st;

    logsource_file(s, number, file);
    return fstatat(s->dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == want->st_ino &&
           st.st_dev == want->st_dev;
}

/* The number of the file that is `want`, and that of the oldest there is; -1: not there. */
static void logsource_look(const struct logsource *s, const struct stat *want, int *ours,
                           int *oldest)
{
    char file[NAME_MAX + 1];
    struct stat st;
    int holes = 0;

    *ours = *oldest = -1;
    for (int i = 0; holes <= LOGSOURCE_HOLES && *ours < 0; i++) {
        logsource_file(s, (unsigned)i, file);
        if (fstatat(s->dir, file, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            holes++;
            continue;
        }
        holes = 0;
        *oldest = i;
        if (want != NULL && st.st_ino == want->st_ino && st.st_dev == want->st_dev)
            *ours = i;
    }
}

/* The number of the nearest newer file than `number` that is there; -1: none. */
static int logsource_newer(const struct logsource *s, int number)
{
    char file[NAME_MAX + 1];

    while (--number >= 0) {
        logsource_file(s, (unsigned)number, file);
        if (faccessat(s->dir, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return number;
    }
    return -1;
}

/* The beginning of a file, which holds the time of its first line; how much of it there is. */
static size_t logsource_head(int fd, char head[LOGSOURCE_HEAD])
{
    ssize_t n = fd < 0 ? 0 : pread(fd, head, LOGSOURCE_HEAD, 0);

    return n < 0 ? 0 : (size_t)n;
}

/* Whether the file of this number was begun later than the one being read. */
static bool logsource_is_later(const struct logsource *s, unsigned number)
{
    char ours[LOGSOURCE_HEAD], other[LOGSOURCE_HEAD];
    int fd = logsource_open(s, number);
    size_t n = logsource_head(s->fd, ours), m = logsource_head(fd, other);

    if (fd >= 0)
        (void)close(fd);
    return n == LOGSOURCE_HEAD && m == LOGSOURCE_HEAD && memcmp(other, ours, LOGSOURCE_HEAD) > 0;
}

/* The number of the file to go on with when ours has none any more: it was rotated away, and then
 * all are newer; or removed, and then older ones may be there. The current one is newer always. */
static int logsource_after_lost(const struct logsource *s)
{
    int ours, number;

    logsource_look(s, NULL, &ours, &number);
    while (number > 0 && !logsource_is_later(s, (unsigned)number))
        number = logsource_newer(s, number);
    return number;
}

/* The number of the file that follows; -1: none. *from is the number before which it was looked
 * for. */
static int logsource_next(const struct logsource *s, const struct stat *st, int *from)
{
    int ours, oldest;

    logsource_look(s, s->fd >= 0 ? st : NULL, &ours, &oldest);
    if (ours < 0) {
        *from = 0;
        return s->fd < 0 ? oldest : logsource_after_lost(s);
    }
    *from = ours;
    return logsource_newer(s, ours);
}

/* Goes on to the file that follows the one read to its end. False when there is none yet. Files are
 * renamed from the oldest on, so when the same is found again once that was opened, none of those
 * that matter has been renamed meanwhile. */
static bool logsource_advance(struct logsource *s)
{
    struct stat st, now;
    int from, again;

    if (s->fd >= 0 && fstat(s->fd, &st) != 0)
        return false;
    for (int i = 0; i < LOGSOURCE_TRIES; i++) {
        int next = logsource_next(s, &st, &from);
        if (next < 0 && from <= 1)
            return false;
        int fd = next < 0 ? -1 : logsource_open(s, (unsigned)next);
        if (fd < 0)
            continue;
        if (logsource_next(s, &st, &again) == next && again == from && fstat(fd, &now) == 0 &&
            logsource_is(s, (unsigned)next, &now)) {
            logsource_use(s, fd, 0);
            return true;
        }
        (void)close(fd);
    }
    return false;
}

/* ---- where to begin ---- */

/* The place behind the newline before the last *n lines; *n becomes how many lines lie behind it.
 */
static off_t logsource_back(int fd, off_t size, long *n)
{
    char buf[LOGSOURCE_READ];
    long want = *n;
    long found = 0; /* newlines, the last byte's included */
    off_t at = size;

    while (at > 0) {
        size_t len = at < (off_t)sizeof(buf) ? (size_t)at : sizeof(buf);
        ssize_t got = pread(fd, buf, len, at - (off_t)len);
        if (got != (ssize_t)len)
            break;
        for (size_t i = len; i > 0; i--) {
            if (buf[i - 1] != '\n')
                continue;
            if (found == want)
                return at - (off_t)(len - i);
            found++;
        }
        at -= (off_t)len;
    }
    *n = found;
    return 0;
}

long logsource_rewind(struct logsource *s, long n)
{
    struct stat st;
    long found = 0;

    for (unsigned number = 0, holes = 0; holes <= LOGSOURCE_HOLES; number++) {
        int fd = logsource_open(s, number);
        if (fd < 0 || fstat(fd, &st) != 0) {
            if (fd >= 0)
                (void)close(fd);
            holes++;
            continue;
        }
        holes = 0;
        long here = n - found;
        off_t pos = logsource_back(fd, st.st_size, &here);
        found += here;
        logsource_use(s, fd, pos);
        if (found >= n)
            break;
    }
    return found;
}

/* ---- reading ---- */

/* Has the file become shorter? Then what was half written has been taken back by the writer (its
 * disk is full), or somebody has emptied the file. */
static bool logsource_check_size(struct logsource *s)
{
    struct stat st;

    if (fstat(s->fd, &st) != 0 || st.st_size >= s->pos)
        return false;
    s->pos = st.st_size == s->pos - (off_t)bytes_len(&s->buf) ? st.st_size : 0;
    bytes_truncate(&s->buf, 0);
    return true;
}

static bool logsource_read(struct logsource *s)
{
    unsigned char *at = bytes_room(&s->buf, LOGSOURCE_READ);

    if (at == NULL || s->fd < 0)
        return false;
    ssize_t n = pread(s->fd, at, LOGSOURCE_READ, s->pos);
    if (n <= 0)
        return false;
    bytes_grew(&s->buf, (size_t)n);
    s->pos += n;
    return true;
}

static bool logsource_is_current(const struct logsource *s)
{
    struct stat st;

    return s->fd >= 0 && fstat(s->fd, &st) == 0 && logsource_is(s, 0, &st);
}

/* More bytes in buf, from this file or the next; false when there are none. */
static bool logsource_more(struct logsource *s)
{
    if (logsource_read(s))
        return true;
    if (s->fd >= 0 && logsource_check_size(s) && logsource_read(s))
        return true;
    if (logsource_is_current(s))
        return false;
    if (logsource_read(s)) /* written between our look and its rotation; nothing comes after that */
        return true;
    if (!logsource_advance(s))
        return false;
    if (bytes_len(&s->buf) > 0) /* the old file did not end with a newline */
        (void)bytes_byte(&s->buf, '\n');
    return true;
}

bool logsource_fill(struct logsource *s)
{
    size_t seen = 0;

    while (s->line == 0) {
        size_t len = bytes_len(&s->buf);
        if (seen > len) /* what was half written was taken back */
            seen = 0;
        unsigned char *end = memchr(bytes_at(&s->buf) + seen, '\n', len - seen);
        if (end != NULL) {
            s->line = (size_t)(end - bytes_at(&s->buf)) + 1;
            break;
        }
        seen = len;
        if (logsource_more(s))
            continue;
        /* Its beginning is read again when there is more: should the writer take it back, as it
         * does when its disk is full, and write another, that would not be seen. */
        s->pos -= (off_t)bytes_len(&s->buf);
        bytes_truncate(&s->buf, 0);
        return false;
    }
    return true;
}

void logsource_take(struct logsource *s)
{
    bytes_consume(&s->buf, s->line);
    s->line = 0;
}
