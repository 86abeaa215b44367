/* The files of the log: SERIAL.mail, and what was put aside as SERIAL.OFFSET.damaged. Each call may
 * wait for the disk. All are opened below the folder's descriptor, without following links. */
#ifndef STORE_STOREFILES_H
#define STORE_STOREFILES_H

#include "base/err.h"
#include "store/keptrecord.h"

#include <stdbool.h>

#define STOREFILES_FOLDER "mail"

/* The folder in dir, locked; made when create. A descriptor, -1: there is none, or ERR_* (below
 * -1) with e. */
int storefiles_folder(const char *dir, bool create, struct err *e);

/* The serials that are there, ascending; *list is the caller's to free. Leftovers of a file that
 * was being made go. 0 or ERR_*. */
int storefiles_list(int folder, uint64_t **list, size_t *n, struct err *e);

/* A new file of h->size bytes, all of them taken from the file system, with its header, synced with
 * its folder. A descriptor, or -errno. */
int storefiles_make(int folder, const struct kept_head *h);
int storefiles_open(int folder, uint64_t serial, bool write); /* a descriptor, or -errno */
/* Reads up to size bytes (all that there are) to data. The number, or -errno. */
long storefiles_read(int fd, unsigned char *data, size_t size);
long storefiles_size(int fd);
int storefiles_remove(int folder, uint64_t serial); /* synced; 0 or -errno */

/* Copies len bytes to a file of its own, synced; name of at least 64 bytes becomes its name. 0 or
 * -errno. */
int storefiles_aside(int folder, uint64_t serial, size_t at, const unsigned char *data, size_t len,
                     char *name, size_t size);
/* Overwrites and syncs. 0 or -errno. */
int storefiles_write(int fd, const unsigned char *data, size_t len, uint64_t at);

#endif
