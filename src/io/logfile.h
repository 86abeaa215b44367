/* Log files: one an actor, lines with time and origin, rotated by size without a lost byte; and
 * the reading and following of them.
 *
 * A line of a file:   2026-11-28T22:40:01.123456Z NAME[/N] MARK TEXT
 * MARK is `|` for what the process wrote (stderr, or stdout where that is not a message) and `*`
 * for what the supervisor says of it. Control characters of TEXT other than tab are written as
 * \xHH; a line is cut into pieces of LOGFILE_LINE_MAX bytes. Files: NAME.log, NAME.log.1 (the
 * newest rotated), ...
 */
#ifndef IO_LOGFILE_H
#define IO_LOGFILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGFILE_LINE_MAX (16 * 1024)

/* Appends whole lines; opens, writes and closes (no descriptor is kept, and nothing blocks but the
 * disk itself). A folder that was removed is made again. text is one or more lines; a last newline
 * is not needed. On a write that fails (disk full) what could not be written is counted, and told
 * in the file by a `* log.gap bytes=N` line by the next write or flush that works. */
struct logfile;
struct logfile *logfile_new(const char *dir, const char *name, uint64_t max_bytes, unsigned keep);
void logfile_free(struct logfile *f); /* NULL is allowed */
/* From the next line on. Rotated files that are not kept any more go at once. */
void logfile_bound(struct logfile *f, uint64_t max_bytes, unsigned keep);

/* What stands in the file. Of the latter two every text is one JSON object, and a gap is told as
 * such a one: {"event":"log.gap","name":NAME,"bytes":N}. */
enum logfile_form {
    LOGFILE_TEXT,
    LOGFILE_EVENTS, /* lines as above, with such a TEXT */
    LOGFILE_JSON,   /* the object alone, with its time: {"time":"2026-...Z",...} */
};
void logfile_set_form(struct logfile *f, enum logfile_form form);

/* Bytes that could not be written and have not been told of. logfile_flush tries to tell. */
uint64_t logfile_lost(const struct logfile *f);
/* Is called when a gap has been told in the file. It may write to other files, not to this. */
typedef void logfile_gap(void *arg, const char *name, uint64_t bytes);
void logfile_on_gap(struct logfile *f, logfile_gap *gap, void *arg);

void logfile_write(struct logfile *f, const char *origin, char mark, const char *text, size_t len);
/* The same for lines that come in numbers: they are kept until logfile_flush, or until they are
 * many, and then written together. logfile_write and logfile_free flush as well. NULL: nothing. */
void logfile_add(struct logfile *f, const char *origin, char mark, const char *text, size_t len);
void logfile_flush(struct logfile *f);

/* Following: every log of dir (or only those for which pick() is true), from the end or the last n
 * lines, merged by time; across rotations. Used by `logs` and by the printer of `up`. */
struct logtail;
typedef bool logtail_pick(void *arg, const char *name); /* the actor's name; NULL pick: all */
/* origin "NAME[/N]", mark, text: one line, without newline, not NUL-ended. time is the 27 bytes. */
typedef void logtail_line(void *arg, const char *time, const char *origin, size_t olen, char mark,
                          const char *text, size_t tlen);
/* last: how many lines of history to give first, -1 for all; 0: only what comes after this call. */
struct logtail *logtail_new(const char *dir, long last, logtail_pick *pick, logtail_line *line,
                            void *arg, struct err *e);
void logtail_free(struct logtail *t);
/* Gives all lines that are there now; returns how many. */
long logtail_drain(struct logtail *t);
/* An inotify descriptor: readable when there may be more. logtail_drain empties it. */
int logtail_fd(const struct logtail *t);

#endif
