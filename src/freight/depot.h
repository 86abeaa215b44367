/* Where trees of files arrive: a folder with the content of files by their hash (`store`), and with
 * the trees that were made of it beside each other (`trees`), each by its name.
 *
 * One tree is made at a time: what is there already is looked at by its hash, the rest is asked
 * for, and is checked as it comes. A tree that is there is mended in place. */
#ifndef FREIGHT_DEPOT_H
#define FREIGHT_DEPOT_H

#include "base/bytes.h"
#include "base/err.h"
#include "freight/treenames.h"

#include <stdbool.h>

struct depot;

struct depot *depot_new(const char *dir); /* NULL: no memory */
void depot_free(struct depot *d);         /* NULL is allowed; what was begun is given up */

/* Begins a tree, by its manifest's text; the one before is given up. 0, or ERR_* with e. */
int depot_begin(struct depot *d, const char *text, size_t len, struct err *e);
/* Looks on, or makes on: at most about 4 MiB. DEPOT_MORE: call again; DEPOT_NEEDS: depot_needs, and
 * depot_take for each; DEPOT_DONE; or ERR_* with e. */
enum { DEPOT_DONE, DEPOT_MORE, DEPOT_NEEDS };
int depot_step(struct depot *d, struct err *e);
/* The hashes of what is to come, in that order, each with a newline. 0 or ERR_NOMEM. */
int depot_needs(const struct depot *d, struct bytes *out);
/* The next bytes of what is to come; last: of this file. When the last file has come depot_step
 * goes on. 0, or ERR_* with e: the tree is given up. */
int depot_take(struct depot *d, const void *data, size_t len, bool last, struct err *e);
bool depot_waits(const struct depot *d); /* for depot_take */

/* The folder of a tree. */
void depot_path(const struct depot *d, const char *name, char *buf, size_t size);
/* Other users may enter it, and do in it what the modes of what is in it say. */
void depot_open(const struct depot *d, const char *name);
/* Removes trees but those of these names and a few others, and what only the removed had. */
void depot_sweep(const struct depot *d, const struct treenames *keep);

#endif
