/* A YAML file as a tree in which every node knows its place.
 *
 * Done on the way: anchors, aliases (shared nodes, so that a file which multiplies itself by
 * them costs nothing before it is refused), `<<`, repeated keys, `x-` keys (left out) and, in
 * values, `${VAR}`, `${VAR:-default}` and `$$`.
 */
#ifndef CONFIG_YAMLMAP_H
#define CONFIG_YAMLMAP_H

#include "base/arena.h"
#include "config/faults.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YAMLMAP_DEPTH_MAX 64
#define YAMLMAP_SIZE_MAX (1024 * 1024) /* bytes of a file */
#define YAMLMAP_WEIGHT_MAX                                             \
    (1024 * 1024) /* nodes, and 32 bytes of text for one, with aliases \
                     written out */
#define YAMLMAP_EXPANDED_MAX (4 * 1024 * 1024) /* bytes of all values that have variables */

enum ynode_kind { YNODE_SCALAR, YNODE_LIST, YNODE_MAP };

struct ypair {
    const struct ynode *key; /* a scalar */
    const struct ynode *value;
};

struct ynode {
    enum ynode_kind kind;
    bool plain;  /* scalar: written without quotes */
    bool closed; /* complete: an alias may stand for it */
    int line, col;
    unsigned height; /* of the tree below; 1 for a scalar */
    uint64_t weight;
    size_t n; /* bytes of text, items or pairs */
    union {
        const char *text;           /* scalar; a NUL behind it, and never one within */
        const struct ynode **items; /* list */
        const struct ypair *pairs;  /* map: merged, without `x-` keys, each key once */
    };
    const char *why; /* scalar: what is wrong with its variables, or NULL */
};

struct yamlmap {
    struct arena *arena; /* of all nodes */
    struct faults *faults;
    struct faults_text in;
    const struct ynode *root; /* NULL: the file is empty */
    uint64_t weight;          /* so far */
    size_t expanded;          /* bytes of values so far */
};

/* Reads the text in y->in, with arena, faults and in set by the caller and the rest zero. 0;
 * ERR_INVALID when there is no tree, or ERR_NOMEM. Faults that leave a tree (a repeated key) give
 * 0. */
int yamlmap_read(struct yamlmap *y);

/* The value of a key at the top, without reading further than that. 1 with *value set, in
 * the arena; 0 when there is none; ERR_INVALID or ERR_NOMEM. */
int yamlmap_peek(struct yamlmap *y, const char *key, const struct ynode **value);

/* An empty plain scalar, `~` or `null`. */
bool ynode_is_null(const struct ynode *n);
/* The value of a key of a map, or NULL. */
const struct ynode *ynode_get(const struct ynode *map, const char *key);

/* For the rooms of yamlmap itself. */

/* Fills in the variables of a value. *out, in the arena, is the text or, with *why set, what was
 * written. 0 or ERR_NOMEM. */
int yamlvars_expand(struct yamlmap *y, const char *text, size_t len, const char **out, size_t *n,
                    const char **why);

/* Makes map->pairs of what was written. 0 or ERR_NOMEM. */
int yamlmerge_map(struct yamlmap *y, struct ynode *map, const struct ypair *written, size_t n);

void yamlmap_fault(struct yamlmap *y, const struct ynode *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
