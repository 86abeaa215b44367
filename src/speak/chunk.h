/* One buffer into which the output of every process is read, so that an idle one costs nothing.
 * What is not whole yet is the adaptor's to keep.
 *
 * The buffer is in use between chunk_begin and chunk_end; what the host does in its callbacks
 * meanwhile must not read another process's output at once (ops->drain), but may ask for it by a
 * task.
 */
#ifndef SPEAK_CHUNK_H
#define SPEAK_CHUNK_H

#include <stddef.h>
#include <sys/types.h>

unsigned char *chunk_begin(void); /* of 2 * SPEAK_CHUNK bytes */
void chunk_end(void);

/* Reads once: the number of bytes, 0 when there is nothing now, -1 at the end or after a failure.
 */
ssize_t chunk_read(int fd, void *buf, size_t size);

#endif
