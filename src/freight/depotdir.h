/* Folders of a depot. The umask does not count: they have the mode that is asked for. */
#ifndef FREIGHT_DEPOTDIR_H
#define FREIGHT_DEPOTDIR_H

#include "base/err.h"

#include <sys/types.h>

/* Those that lead to trees: one may pass who knows the name of what is in them; what is not to be
 * passed; those in a tree that no manifest names: what is in them is guarded by its own mode. */
enum { DEPOTDIR_ABOVE = 0711, DEPOTDIR_OWN = 0700, DEPOTDIR_IN_TREE = 0755 };

/* All folders that lead to path, which is as it was afterwards; those that are made get the mode.
 * 0, or ERR_SYSTEM with e. */
int depotdir_lead(char *path, mode_t mode, struct err *e);
/* A folder of a tree, whatever is there in its place. 0, or ERR_SYSTEM with e. */
int depotdir_make(char *path, mode_t mode, struct err *e);

#endif
