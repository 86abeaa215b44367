/* What keeping.c and keepingfound.c share. */
#ifndef ENGINE_KEEPINGPARTS_H
#define ENGINE_KEEPINGPARTS_H

#include "engine/keeping.h"
#include "store/store.h"

struct stranger; /* a name for which there is mail, and no actor */

struct keeping {
    struct store *store;
    bool many;          /* what is added now is accepted together */
    uint64_t unkept;    /* messages in memory alone, for the disk had no room */
    mail_origin origin; /* whose address stands in from */
    size_t from_len;    /* 0: nobody's */
    char from[ADDRESS_MAX + 1];
    struct stranger *strangers;
    uint64_t *found; /* by actor, while the store is opened */
};

/* See store_host. */
uint32_t keeping_found(void *system, struct store_entry *e, const struct kept_record *r);
void keeping_tell_found(struct system *s);

#endif
