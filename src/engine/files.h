/* The files that were read while the system runs: each is kept as long as something of it is in
 * force. */
#ifndef ENGINE_FILES_H
#define ENGINE_FILES_H

#include "engine/system.h"

/* *out is the system's, until files_tidy finds it unused. Otherwise an err code with e, and *faults
 * is what is wrong in the file, as text for people (the caller's to free), or NULL. */
int files_read(struct system *s, const char *path, const struct topology **out, char **faults,
               struct err *e);
void files_tidy(struct system *s); /* frees those of which nothing is in force */
void files_free(struct system *s); /* all, behind the actors */

#endif
