/* What a tree of files is made of: its folders, and the path, size and content's hash of each file,
 * in the order of their paths. Two trees with the same manifest are the same.
 *
 * As text, each file is a line of `HASH SIZE MODE PATH`, and each folder one of `folder MODE PATH`;
 * the mode is three octal digits. */
#ifndef FREIGHT_MANIFEST_H
#define FREIGHT_MANIFEST_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "freight/digest.h"

#include <stdbool.h>

enum { MANIFEST_FILES_MAX = 20000, MANIFEST_PATH_MAX = 1024, MANIFEST_TEXT_MAX = 8 * 1024 * 1024 };

struct manifest_file {
    const char *path; /* relative, without `.` and `..` */
    uint64_t size;
    uint32_t mode;
    char hash[DIGEST_TEXT]; /* "": it is a folder */
};

struct manifest {
    struct arena arena;
    struct manifest_file *files;
    size_t n;
};

/* The mode that it has in a tree: what others may read and execute here they may there, and none
 * but the owner may write. */
uint32_t manifest_mode(uint32_t mode, bool folder);
/* May a file of a tree be so called? NULL, or what is wrong with it. */
const char *manifest_path_fault(const char *path);

int manifest_write(const struct manifest_file *files, size_t n, struct bytes *out);
/* Of a text that may be anything. 0, ERR_PROTOCOL with e, or ERR_NOMEM; m is released otherwise. */
int manifest_read(struct manifest *m, const char *text, size_t len, struct err *e);
void manifest_release(struct manifest *m);
/* The name of the tree: the hash of the text. */
void manifest_name(const void *text, size_t len, char name[DIGEST_TEXT]);
bool manifest_is_hash(const char *text, size_t len);

#endif
