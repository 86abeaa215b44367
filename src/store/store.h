/* The mail of `keep: disk`, kept on a disk until it is handled: a log of records (keptrecord.h) in
 * files of one folder.
 *
 * What is added stands in memory until a thread has written and synced it; one batch is synced at a
 * time while the next gathers. Records are synced in the order in which they were added, so that
 * what a power cut leaves is the log as it was at some moment after the last sync. Space is taken
 * from the file system before it is needed: where store_room says that there is room, a full disk
 * cannot be met. Everything is called from the loop's thread. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "io/loop.h"
#include "model/mailbox.h"
#include "store/keptrecord.h"

#include <stdbool.h>
#include <stdint.h>

struct store;
struct store_entry; /* a message in it */

/* A message is found by its box (a number of the caller's) and its id. */
#define STORE_NO_BOX UINT32_MAX /* of what stays on disk, for nobody takes it */

struct store_host {
    /* While the store is opened: each message that waits, in order, and each that is dead (flag
     * KEPT_DEAD), as it was left. Spans are borrowed. Returns its box, or STORE_NO_BOX. *dead:
     * whether the caller takes it as a dead letter. */
    uint32_t (*found)(void *arg, struct store_entry *e, const struct kept_record *r);
    /* Something to be told: event is a stable name, text its fields. */
    void (*tell)(void *arg, const char *event, const char *text);
    void (*synced)(void *arg); /* a batch was, see store_synced; or could not be */
    void (*room)(void *arg);   /* there is room again, or it is known that there is none */
    /* Output of the actor of this box waits, up to the number that was returned before (or
     * UINT64_MAX): what was handled until then is not to be forgotten before that has left. Returns
     * the last number so far; 0: none of it waits any more. */
    uint64_t (*holds)(void *arg, uint32_t box, uint64_t upto);
    /* What is kept elsewhere by now, and how far that is safe there: a message is over once what
     * was sent before it was handled is. */
    uint64_t (*mark)(void *arg);
    uint64_t (*reached)(void *arg);
    void *arg;
};

bool store_exists(const char *dir); /* folder `mail` in it */
/* Opens folder `mail` in the folder dir, making it when create is true, and gives what is in it to
 * host->found. *out stays NULL when there is nothing to open. ERR_DENIED when owner, mode or kind
 * are not as they must be; ERR_EXISTS when another supervisor has it; ERR_SYSTEM, ERR_NOMEM. */
int store_open(struct loop *l, const char *dir, bool create, const struct store_host *host,
               struct store **out, struct err *e);
/* Writes and syncs what was added, waiting for the disk. 0, or ERR_SYSTEM: not all could be. */
int store_sync(struct store *st);
/* The same, and closes it in an orderly way. */
int store_close(struct store *st);

/* ---- what is added ---- */

struct store_message {
    uint32_t box;
    struct span to, from; /* addresses */
    int64_t wall;
    const struct letter *letter;
    uint8_t flags; /* of kept_flag, besides what the letter says */
};
/* As it waits; number and order are the caller's to say. Its spans are those of m. */
struct kept_record store_message_record(const struct store_message *m);
/* The room that a message takes. */
size_t store_size(const struct store_message *m);

/* Whether n messages of size bytes together can be added. 0; ERR_AGAIN: not yet, host->room will be
 * called; ERR_FULL: the file system gives no more (store_why says why), which is tried again while
 * somebody asks; ERR_NOMEM. */
int store_room(struct store *st, size_t size, size_t n);
const char *store_why(const struct store *st);

/* together: others follow, up to store_close_group. NULL when there is no room at all or no
 * memory: it is not kept. */
struct store_entry *store_add(struct store *st, const struct store_message *m, bool together);
void store_close_group(struct store *st);

struct store_entry *store_find(struct store *st, uint32_t box, uint64_t id); /* NULL: none */

/* The message is over, unless it becomes a dead letter or waits again before the loop's turn ends.
 */
void store_gone(struct store *st, struct store_entry *e);
void store_changed(struct store *st, struct store_entry *e, uint8_t attempt, uint8_t blame,
                   bool solo);
/* It waits again, at the tail. */
void store_again(struct store *st, struct store_entry *e, uint32_t box, uint8_t attempt,
                 uint8_t blame);
/* It is a dead letter now: m and extra as in kept_record. */
void store_dead(struct store *st, struct store_entry *e, const struct store_message *m,
                struct span extra);
/* A dead letter is dropped. */
void store_forget(struct store *st, struct store_entry *e);
/* What host->holds held may be let go. */
void store_poke(struct store *st);

/* ---- what is synced ---- */

uint64_t store_added(const struct store *st);   /* grows with each message added */
uint64_t store_batch(const struct store *st);   /* the batch that has the last one of them */
uint64_t store_synced(const struct store *st);  /* all batches up to this one are */
bool store_works(const struct store *st);       /* a thread does something for it */
bool store_failing(const struct store *st);     /* the last write or sync failed */
uint64_t store_waiting(const struct store *st); /* messages in it that are not dead letters */
uint64_t store_disk(const struct store *st);    /* bytes of its files */

#endif
