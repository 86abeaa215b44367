/* Programs of ours that are started by others of ours, and by nobody else. */
#ifndef BASE_LIBEXEC_H
#define BASE_LIBEXEC_H

#include <stddef.h>

#define LIBEXEC_GATE "actorsup-gate" /* gate/gate.h */
#define LIBEXEC_FAR "actorsup-far"   /* all of it in one, for other hosts: see node/node.h */

/* Fills buf with the absolute path of one: beside the running executable, where that was installed,
 * or where the build said. 0, ERR_UNKNOWN or ERR_TOO_LARGE. */
int libexec_find(const char *name, char *buf, size_t size);

#endif
