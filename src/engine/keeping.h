/* Mail of `keep: disk`: what happens to it is told to the store (store/store.h), and what the store
 * tells is told here. Without such mail each of these does nothing. */
#ifndef ENGINE_KEEPING_H
#define ENGINE_KEEPING_H

#include "engine/system.h"

struct deadletter;
struct store_entry;

/* Opens the store if an actor wants it (or will) or mail is left in it, and puts what is there into
 * mailboxes and dead letters. */
int keeping_open(struct system *s, bool will, struct err *e);
/* Syncs and closes it; s->kept says how many messages stay. */
void keeping_close(struct system *s);

/* What becomes of the mail in box (member: 0 of the actor, else that of NAME/N) is told on. */
void keeping_watch(struct actor *a, struct mailbox *box, int member);
void keeping_watch_all(struct actor *a); /* the same of all its mailboxes */

/* Before l is put into n targets, of which those with `keep: disk` need room on the disk: as
 * router_post. What is added up to keeping_end is accepted together. */
int keeping_begin(struct system *s, const struct target *t, size_t n, const struct letter *l,
                  struct actor **full);
void keeping_end(struct system *s);
void keeping_why(struct system *s, char *why, size_t size); /* why there is no room */

/* l was put into box (or is to be a dead letter at once). */
void keeping_add(struct actor *a, struct mailbox *box, const struct letter *l);
/* l waits again, at the tail of box. kept: NULL, it is looked for. */
void keeping_again(struct actor *a, struct mailbox *box, struct store_entry *kept,
                   const struct letter *l);
/* It was at the front of one mailbox, and is at the tail of another. */
void keeping_moved(struct actor *a, const struct mailbox *from, struct mailbox *to,
                   const struct letter *l);
/* It is a dead letter now. NULL: it is in memory only. */
struct store_entry *keeping_dead(struct actor *a, const struct deadletter *d,
                                 const struct letter *l);
void keeping_forget(struct system *s, struct store_entry *kept); /* NULL is allowed */
void keeping_poke(struct system *s);                             /* output that waited has left */

/* For acceptance: grows with each message that is to be synced; the batch that it is in; and up to
 * which batch all is synced. */
uint64_t keeping_added(const struct system *s);
uint64_t keeping_batch(const struct system *s);
uint64_t keeping_synced(const struct system *s);
bool keeping_works(const struct system *s); /* a disk is waited for */
bool keeping_failing(const struct system *s);

#endif
