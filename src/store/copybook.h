/* A copy of mail that somebody else keeps: the records (keptrecord.h) of the messages that wait or
 * are dead, by their numbers. What comes are runs of records as they were added there; each message
 * is dropped once a record says that it is over. Pure but for memory. */
#ifndef STORE_COPYBOOK_H
#define STORE_COPYBOOK_H

#include "store/keptrecord.h"

struct copybook;

/* generation: which copy this is; a later one has a larger number. NULL: no memory. */
struct copybook *copybook_new(uint64_t generation);
void copybook_free(struct copybook *b); /* NULL is allowed */
uint64_t copybook_generation(const struct copybook *b);
size_t copybook_count(const struct copybook *b);
size_t copybook_bytes(const struct copybook *b); /* of its records */

/* Records one behind the other, the first at offset 0, packed with COPYBOOK_SALT. 0, ERR_NOMEM, or
 * ERR_PROTOCOL: they are no records. Those before what is wrong have been taken. */
enum { COPYBOOK_SALT = 0 };
int copybook_take(struct copybook *b, struct span records);

/* Calls each with every message in order, as a KEPT_MESSAGE record whose spans are borrowed; until
 * it returns other than 0, which is returned. ERR_PROTOCOL cannot be. */
int copybook_each(struct copybook *b, int (*each)(void *arg, const struct kept_record *r),
                  void *arg);

#endif
