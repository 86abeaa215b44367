/* What another host is to be told so that it has a copy of mail: records as in keptrecord.h, for a
 * copybook there. Only what is kept of a message to name it again stays here. Pure but for memory.
 *
 * A message is found by its box (a number of the caller's) and its id. */
#ifndef STORE_COPYLOG_H
#define STORE_COPYLOG_H

#include "base/bytes.h"
#include "store/store.h"

struct copylog;

struct copylog_host {
    uint64_t (*holds)(void *arg, uint32_t box, uint64_t upto); /* as in a store_host */
    /* What is kept elsewhere by now, and how far that is safe there: a message is over here once
     * what was sent before it was handled is. */
    uint64_t (*mark)(void *arg);
    uint64_t (*reached)(void *arg);
    void *arg;
};

struct copylog *copylog_new(const struct copylog_host *host); /* NULL: no memory */
void copylog_free(struct copylog *l);                         /* NULL is allowed */
/* As if nothing had been added, but for what copylog_hold remembers: that is added anew. */
void copylog_anew(struct copylog *l);
size_t copylog_count(const struct copylog *l);

/* It waits, at the tail; one of its box and id that is there already is replaced. 0 or ERR_NOMEM:
 * it is not copied. */
int copylog_add(struct copylog *l, const struct store_message *m);
/* The same of a dead letter: extra as in kept_record. */
int copylog_dead(struct copylog *l, const struct store_message *m, struct span extra);
bool copylog_has(const struct copylog *l, uint32_t box, uint64_t id);
void copylog_changed(struct copylog *l, uint32_t box, const struct letter *letter);
/* It is over, unless it is added again before the next copylog_settle. dead: a dead letter is, and
 * no other. False: it is not copied. */
bool copylog_gone(struct copylog *l, uint32_t box, uint64_t id, bool dead);
/* The same of one that may not be told to be over yet: what it was is remembered for copylog_anew,
 * as nobody else has it any more. */
bool copylog_waiting(struct copylog *l, uint32_t box, uint64_t id);
void copylog_hold(struct copylog *l, const struct store_message *m);

/* Tells of what is over, and may be told. True: of so much that more is to follow. */
bool copylog_settle(struct copylog *l);
bool copylog_waits(const struct copylog *l); /* something over could not be told yet */
/* The records that were added since these bytes were empty last: the caller's to consume, all. */
struct bytes *copylog_records(struct copylog *l);

#endif
