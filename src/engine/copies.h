/* Mail of actors with `failover`, of which another host has a copy.
 *
 * One host at a time has it, all of it, in the memory of its node. A message is accepted once it is
 * there; it is told to be over there once it is, in the order of what was sent before it was. When
 * that host is lost another gets the copy, whole, and what is accepted meanwhile waits for that;
 * while no host is up there is none, and mail is accepted as that of other actors is. What a node
 * has of a supervisor that was killed comes back when that is started again, before anything that
 * the copy is of goes on: see copiesleft.c. */
#ifndef ENGINE_COPIES_H
#define ENGINE_COPIES_H

#include "engine/system.h"
#include "store/copylog.h"

struct copies;
struct host;
struct frame;

static inline bool copies_has(const struct topo_actor *conf)
{
    return conf->failover_ms != TOPO_FOREVER;
}

/* For keeping.c: what is to be copied is in its log. host: see copylog.h. all: adds everything that
 * there is. NULL: no memory. */
struct copies *copies_new(struct system *s, const struct copylog_host *host,
                          void (*all)(struct system *s));
/* orderly: what is not handled is not wanted any more. */
void copies_free(struct copies *c, bool orderly);
struct copylog *copies_log(struct copies *c); /* NULL: there is no copy now */
void copies_added(struct copies *c);          /* to the log: it is told at the end of the turn */
int copies_room(const struct copies *c);      /* 0, or ERR_AGAIN: keeping_room will be called */

/* As those of the store: a message is accepted once reached is what mark was behind it. */
uint64_t copies_mark(const struct copies *c);
uint64_t copies_reached(const struct copies *c);

/* --- what happens to hosts; without copies each does nothing --- */

void copies_look(struct system *s);                        /* one has come or gone */
void copies_anew(struct system *s);                        /* other actors have `failover` now */
void copies_lose(const struct host *h);                    /* it is not there any more */
void copies_copied(struct host *h, const struct frame *f); /* COPIED */
/* Which host has it, and how many messages that are; NULL: none. */
const struct host *copies_where(const struct system *s, size_t *n);

/* --- what a supervisor before has left (copiesleft.c) --- */

bool copies_are_left(const struct system *s); /* also if no actor has `failover` any more */

/* The node of h has a copy: is that to be given? Then it comes next. */
bool copies_wanted(struct host *h);
/* LEFT. False: it makes no sense. */
bool copies_left(struct host *h, const struct frame *f);
void copies_left_all(struct host *h); /* that was all of it */
/* The host whose copy must come before actors with `failover` go on; NULL: there is none. */
const struct host *copies_awaited(const struct system *s);
const char *copies_awaits(const struct system *s); /* what that is waited for, in words */
/* Was what is given now said by a supervisor with this state folder? */
bool copies_ours(const struct system *s);
/* It leaves: not yet, as the next copy is not whole. */
bool copies_keeps(const struct host *h);
/* Can it be said what becomes of what runs on h? host_decide will be called once it can. */
bool copies_decides(const struct host *h);

#endif
