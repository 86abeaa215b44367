/* The tree of files that some paths name, as it is now. Folders are gone through, and are
 * in it themselves, as there may be nothing in them; links are followed; what is neither file nor
 * folder is refused.
 *
 * Looking is cheap and is done anew before each use: what has not changed since is not read again.
 * Reading, for the hashes, is done in steps, so that a loop can go on meanwhile. */
#ifndef FREIGHT_GATHER_H
#define FREIGHT_GATHER_H

#include "base/bytes.h"
#include "base/err.h"
#include "freight/digest.h"

#include <stdbool.h>

struct gather;

/* Paths relative to dir, `.` for all of it. Both are copied. NULL: no memory. */
struct gather *gather_new(const char *dir, char *const *paths, size_t n);
void gather_free(struct gather *g); /* NULL is allowed */

/* What is there. 0, or ERR_* with e, which names the path. */
int gather_look(struct gather *g, struct err *e);
/* Reads on, at most about 4 MiB. 1: there is more; 0: all is read; ERR_* with e. */
int gather_step(struct gather *g, struct err *e);

/* Once all is read. */
const struct bytes *gather_text(const struct gather *g); /* the manifest's */
const char *gather_name(const struct gather *g);         /* of the tree */
uint64_t gather_size(const struct gather *g);            /* bytes of all files */
/* The file with this content: its path below dir, or NULL; *size its size. */
const char *gather_find(const struct gather *g, const char *hash, uint64_t *size);

#endif
