/* The log of one actor as a stream of lines: the rotated files from the oldest on, then the
 * current one, also while it is being written and rotated. Part of logtail. */
#ifndef IO_LOGSOURCE_H
#define IO_LOGSOURCE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct logsource {
    char *name;       /* the actor's; owned */
    int dir;          /* descriptor of the folder; borrowed */
    bool ignored;     /* not wanted by the reader */
    bool dirty;       /* there may be more to read */
    int fd;           /* the file being read; -1: none yet, begin with the oldest */
    off_t pos;        /* how far it has been read into buf; between fills, the end of a line */
    struct bytes buf; /* read and not yet taken */
    size_t line;      /* of buf: the first line with its newline; 0: not whole yet */
};

struct logsource *logsource_new(int dir, const char *name, size_t len); /* NULL: no memory */
void logsource_free(struct logsource *s);

/* Begin with the last n lines there are, over all files. Returns how many there are (at most n). */
long logsource_rewind(struct logsource *s, long n);

/* Reads on until a whole line is in buf; false when there is none (yet). */
bool logsource_fill(struct logsource *s);
/* Drops that line. */
void logsource_take(struct logsource *s);

/* The actor's name in a file name of `NAME.log` or `NAME.log.N`: its length; 0 when it is neither.
 */
size_t logsource_name(const char *file);

#endif
