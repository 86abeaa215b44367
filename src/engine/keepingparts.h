/* What keeping.c and keepingfound.c share. */
#ifndef ENGINE_KEEPINGPARTS_H
#define ENGINE_KEEPINGPARTS_H

#include "engine/copies.h"
#include "engine/keeping.h"
#include "store/store.h"

struct deadletter;
struct stranger; /* a name for which there is mail, and no actor */

struct keeping {
    struct store *store;   /* NULL: no mail is kept on a disk */
    struct copies *copies; /* NULL: none is copied to another host */
    bool found_disk;       /* there was a store already */
    bool asked;            /* somebody waits for room for copies */
    bool many;             /* what is added now is accepted together */
    uint64_t unkept;       /* messages in memory alone, for the disk had no room */
    mail_origin origin;    /* whose address stands in from */
    size_t from_len;       /* 0: nobody's */
    char from[ADDRESS_MAX + 1];
    struct stranger *strangers;
    uint64_t *found; /* by actor, while the store is opened */
};

struct store_entry *keeping_find(const struct system *s, uint32_t box,
                                 uint64_t id); /* NULL: none */
bool keeping_keeps(const struct letter *l);
struct store_message keeping_message(struct system *s, uint32_t box, const char *to,
                                     const struct letter *l);
/* The box of an address of a's that was written by actor_box_address. */
uint32_t keeping_box(const struct actor *a, const char *to);
void keeping_evidence(const struct deadletter *d, struct bytes *extra); /* see kept_record.extra */
void keeping_room(void *system); /* those who wait for it look again */
uint64_t keeping_holds(void *system, uint32_t box, uint64_t upto); /* see store_host */
/* --- what is copied to another host (keepingcopy.c) --- */

int keeping_copy(struct system *s); /* it begins: 0 or ERR_NOMEM */
/* Is there room for copies of what is put into these targets? 0 or ERR_AGAIN with *full. */
int keeping_copy_room(struct system *s, const struct target *t, size_t n, struct actor **full);
void keeping_copy_letter(struct actor *a, const struct mailbox *box, const struct letter *l);
void keeping_copy_dead(struct system *s, const struct store_message *m, struct span extra);
void keeping_copy_changed(struct system *s, uint32_t box, const struct letter *l);
void keeping_copy_done(struct actor *a, uint32_t box, const struct letter *l);
void keeping_copy_gone(struct system *s, uint32_t box, uint64_t id, bool dead);
void keeping_copy_poke(struct system *s); /* what was over, and could not be told, perhaps can */
/* For the store: see copylog_host. */
uint64_t keeping_copy_mark(void *system);
uint64_t keeping_copy_reached(void *system);

/* See store_host. */
uint32_t keeping_found(void *system, struct store_entry *e, const struct kept_record *r);
void keeping_tell_found(struct system *s);

#endif
