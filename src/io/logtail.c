#include "io/logfile.h"
#include "io/logsource.h"
#include "io/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LOGTAIL_TIME 27 /* bytes of 2026-11-28T22:40:01.123456Z */

struct logtail {
    int dir;
    int notify;
    logtail_pick *pick;
    logtail_line *line;
    void *arg;
    long skip;               /* lines of the history that are older than the last ones wanted */
    long given;              /* in this drain */
    char time[LOGTAIL_TIME]; /* of the line before; for one that has none */

    struct logsource **sources; /* sorted by name */
    size_t n_sources, cap_sources;
    struct logsource **heap; /* those with a whole line, the oldest line first; room for all */
    size_t n_heap;
};

/* ---- the sources ---- */

static int logtail_compare(const char *name, size_t len, const struct logsource *s)
{
    int order = strncmp(name, s->name, len);

    return order != 0 ? order : s->name[len] == '\0' ? 0 : -1;
}

static struct logsource *logtail_insert(struct logtail *t, size_t at, const char *name, size_t len)
{
    if (t->n_sources == t->cap_sources) {
        size_t cap = t->cap_sources == 0 ? 16 : 2 * t->cap_sources;
        struct logsource **more = realloc(t->sources, cap * sizeof(struct logsource *));
        if (more == NULL)
            return NULL;
        t->sources = more;
        more = realloc(t->heap, cap * sizeof(struct logsource *));
        if (more == NULL)
            return NULL;
        t->heap = more;
        t->cap_sources = cap;
    }
    struct logsource *s = logsource_new(t->dir, name, len);
    if (s == NULL)
        return NULL;
    memmove(t->sources + at + 1, t->sources + at, (t->n_sources - at) * sizeof(struct logsource *));
    t->sources[at] = s;
    t->n_sources++;
    s->ignored = t->pick != NULL && !t->pick(t->arg, s->name);
    return s;
}

/* The source that file belongs to, made when it is new; NULL when it is no log or there is no
 * memory. */
static struct logsource *logtail_source(struct logtail *t, const char *file)
{
    size_t len = logsource_name(file);
    size_t low = 0, high = t->n_sources;

    if (len == 0)
        return NULL;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = logtail_compare(file, len, t->sources[mid]);
        if (order == 0)
            return t->sources[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return logtail_insert(t, low, file, len);
}

static void logtail_touch(struct logtail *t, const char *file)
{
    struct logsource *s = logtail_source(t, file);

    if (s != NULL)
        s->dirty = true;
}

/* Every log of the folder may have more. */
static int logtail_scan(struct logtail *t)
{
    struct dirent *entry;

    int fd = openat(t->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return ERR_SYSTEM;
    }
    while ((entry = readdir(dir)) != NULL)
        logtail_touch(t, entry->d_name);
    (void)closedir(dir);
    return 0;
}

/* ---- one line ---- */

static const char *logtail_head(const struct logsource *s)
{
    return (const char *)bytes_at(&s->buf);
}

/* Where the time of a line stands: at its begin, or in a line that is JSON (LOGFILE_JSON) behind
 * its first key; -1: it has none. */
static long logtail_time_at(const char *line, size_t len)
{
    static const char json[] = "{\"time\":\"";
    size_t at =
        len > sizeof(json) && memcmp(line, json, sizeof(json) - 1) == 0 ? sizeof(json) - 1 : 0;
    const char *t = line + at;

    return len > at + LOGTAIL_TIME && t[LOGTAIL_TIME - 1] == 'Z' &&
                   t[LOGTAIL_TIME] == (at > 0 ? '"' : ' ') && t[4] == '-' && t[10] == 'T'
               ? (long)at
               : -1;
}

/* Gives the line at the front of s to the reader. One that is not ours is given whole. */
static void logtail_give(struct logtail *t, struct logsource *s)
{
    const char *line = logtail_head(s);
    const char *end = line + s->line - 1;
    const char *origin = s->name, *text = line;
    size_t olen = strlen(s->name);
    char mark = '|';

    if (t->skip > 0) {
        t->skip--;
        return;
    }
    long at = logtail_time_at(line, s->line);
    if (at >= 0)
        memcpy(t->time, line + at, LOGTAIL_TIME);
    if (at > 0)
        mark = '*';
    if (at == 0) {
        const char *from = line + LOGTAIL_TIME + 1;
        const char *space = memchr(from, ' ', (size_t)(end - from));
        text = from;
        if (space != NULL && space + 1 < end) {
            origin = from;
            olen = (size_t)(space - from);
            mark = space[1];
            text = space + 3 < end ? space + 3 : end;
        }
    }
    t->given++;
    t->line(t->arg, t->time, origin, olen, mark, text, (size_t)(end - text));
}

/* ---- merging ---- */

static bool logtail_before(const struct logsource *a, const struct logsource *b)
{
    long at_a = logtail_time_at(logtail_head(a), a->line);
    long at_b = logtail_time_at(logtail_head(b), b->line);
    int order = at_a < 0 || at_b < 0 /* one without a time goes first */
                    ? (at_a >= 0) - (at_b >= 0)
                    : memcmp(logtail_head(a) + at_a, logtail_head(b) + at_b, LOGTAIL_TIME);

    return order != 0 ? order < 0 : strcmp(a->name, b->name) < 0;
}

static void logtail_push(struct logtail *t, struct logsource *s)
{
    size_t at = t->n_heap++;

    for (; at > 0 && logtail_before(s, t->heap[(at - 1) / 2]); at = (at - 1) / 2)
        t->heap[at] = t->heap[(at - 1) / 2];
    t->heap[at] = s;
}

static void logtail_sink(struct logtail *t, struct logsource *s)
{
    size_t at = 0;

    for (size_t kid; (kid = 2 * at + 1) < t->n_heap; at = kid) {
        if (kid + 1 < t->n_heap && logtail_before(t->heap[kid + 1], t->heap[kid]))
            kid++;
        if (!logtail_before(t->heap[kid], s))
            break;
        t->heap[at] = t->heap[kid];
    }
    t->heap[at] = s;
}

static void logtail_merge(struct logtail *t)
{
    t->n_heap = 0;
    for (size_t i = 0; i < t->n_sources; i++) {
        struct logsource *s = t->sources[i];
        if (s->dirty && !s->ignored && logsource_fill(s))
            logtail_push(t, s);
        s->dirty = false;
    }
    while (t->n_heap > 0) {
        struct logsource *s = t->heap[0];
        logtail_give(t, s);
        logsource_take(s);
        if (logsource_fill(s)) {
            logtail_sink(t, s);
            continue;
        }
        if (bytes_len(&s->buf) == 0)
            bytes_release(&s->buf);
        if (--t->n_heap > 0)
            logtail_sink(t, t->heap[t->n_heap]);
    }
}

/* ---- the reader's side ---- */

static void logtail_events(struct logtail *t)
{
    union {
        struct inotify_event event;
        char bytes[16 * 1024];
    } buf;
    ssize_t n;

    while ((n = read(t->notify, buf.bytes, sizeof(buf.bytes))) > 0) {
        for (char *at = buf.bytes; at < buf.bytes + n;) {
            struct inotify_event event;
            memcpy(&event, at, sizeof(event));
            if (event.mask & IN_Q_OVERFLOW)
                (void)logtail_scan(t);
            else if (event.len > 0)
                logtail_touch(t, at + sizeof(event));
            at += sizeof(event) + event.len;
        }
    }
}

long logtail_drain(struct logtail *t)
{
    t->given = 0;
    logtail_events(t);
    logtail_merge(t);
    return t->given;
}

static int logtail_open(struct logtail *t, const char *dir, struct err *e)
{
    t->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->dir < 0)
        return err_errno(e, "cannot open the folder of logs %s", dir);
    t->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (t->notify < 0 || inotify_add_watch(t->notify, dir, IN_CREATE | IN_MODIFY | IN_MOVED_TO) < 0)
        return err_errno(e, "cannot watch the folder of logs %s", dir);
    if (logtail_scan(t) != 0)
        return err_errno(e, "cannot read the folder of logs %s", dir);
    return 0;
}

struct logtail *logtail_new(const char *dir, long last, logtail_pick *pick, logtail_line *line,
                            void *arg, struct err *e)
{
    struct logtail *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        (void)err_set(e, ERR_NOMEM, "out of memory");
        return NULL;
    }
    t->dir = t->notify = -1;
    t->pick = pick;
    t->line = line;
    t->arg = arg;
    memcpy(t->time, "0000-00-00T00:00:00.000000Z", LOGTAIL_TIME);
    spawn_raise_files(); /* a descriptor an actor */
    if (logtail_open(t, dir, e) != 0) {
        logtail_free(t);
        return NULL;
    }
    if (last >= 0) {
        for (size_t i = 0; i < t->n_sources; i++)
            if (!t->sources[i]->ignored)
                t->skip += logsource_rewind(t->sources[i], last);
        t->skip = t->skip > last ? t->skip - last : 0;
    }
    return t;
}

void logtail_free(struct logtail *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->n_sources; i++)
        logsource_free(t->sources[i]);
    free(t->sources);
    free(t->heap);
    if (t->notify >= 0)
        (void)close(t->notify);
    if (t->dir >= 0)
        (void)close(t->dir);
    free(t);
}

int logtail_fd(const struct logtail *t)
{
    return t->notify;
}
