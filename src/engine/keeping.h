/* Mail that is kept elsewhere too: that of `keep: disk` in the store (store/store.h), that of
 * actors with `failover` on another host (copies.h). What happens to it is told to those, and what
 * they tell is told here. Without such mail each of these does nothing. */
#ifndef ENGINE_KEEPING_H
#define ENGINE_KEEPING_H

#include "engine/copies.h"
#include "engine/system.h"

struct deadletter;
struct kept_record;
struct store_entry;

static inline bool keeping_stores(const struct topo_actor *conf)
{
    return conf->mailbox.keep == KEEP_DISK;
}
static inline bool keeping_wants(const struct topo_actor *conf)
{
    return keeping_stores(conf) || copies_has(conf);
}

/* Opens the store if an actor wants it (or will: disk) or mail is left in it, and puts what is
 * there into mailboxes and dead letters; and begins with copies, if an actor wants (or will) them.
 * What is there already stays as it is. */
int keeping_open(struct system *s, bool disk, bool copies, struct err *e);
/* Syncs and closes it; s->kept says how many messages stay. */
void keeping_close(struct system *s);

/* What becomes of the mail in box (member: 0 of the actor, else that of NAME/N) is told on. */
void keeping_watch(struct actor *a, struct mailbox *box, int member);
void keeping_watch_all(struct actor *a); /* the same of all its mailboxes */

int64_t keeping_wall(void); /* ms since 1970 */

/* Before l is put into n targets, of which those with `keep: disk` need room on the disk: as
 * router_post. What is added up to keeping_end is accepted together. */
int keeping_begin(struct system *s, const struct target *t, size_t n, const struct letter *l,
                  struct actor **full);
void keeping_end(struct system *s);
void keeping_why(struct system *s, char *why, size_t size); /* why there is no room */

/* l was put into box (or is to be a dead letter at once). */
void keeping_add(struct actor *a, struct mailbox *box, const struct letter *l);
/* l waits again, at the tail of box. */
void keeping_again(struct actor *a, struct mailbox *box, const struct letter *l);
/* l, which was the dead letter d, waits there. */
void keeping_retry(struct actor *a, struct mailbox *box, const struct deadletter *d,
                   const struct letter *l);
/* It was at the front of one mailbox, and is at the tail of another. */
void keeping_moved(struct actor *a, const struct mailbox *from, struct mailbox *to,
                   const struct letter *l);
/* It is a dead letter now. NULL: it is not in the store. */
struct store_entry *keeping_dead(struct actor *a, const struct deadletter *d,
                                 const struct letter *l);
void keeping_forget(struct system *s, const struct deadletter *d);
void keeping_poke(struct system *s); /* output that waited has left */
/* Who sends to a waits for copies, and not for room in its mailbox. */
bool keeping_waits(const struct actor *a);
struct copies *keeping_copies(const struct system *s); /* NULL: there are none */
/* A copy is farther than before, or is not waited for any more. */
void keeping_copied(struct system *s);
/* A message of a supervisor before, of which another host had a copy. */
void keeping_left(struct system *s, const struct kept_record *left);

/* Up to where mail has been added; what is accepted before is safe once that is reached. */
struct keeping_mark {
    uint64_t disk;  /* a batch of the store */
    uint64_t added; /* messages, to that */
    uint64_t copy;  /* see copies_mark */
};
struct keeping_mark keeping_mark(const struct system *s);
static inline bool keeping_same(const struct keeping_mark *a, const struct keeping_mark *b)
{
    return a->disk == b->disk && a->copy == b->copy;
}
bool keeping_reached(const struct system *s, const struct keeping_mark *m);
bool keeping_works(const struct system *s); /* a disk is waited for */
bool keeping_failing(const struct system *s);

#endif
