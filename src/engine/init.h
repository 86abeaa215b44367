/* Actors with `init`: what is handed over first, and what a new process gets a copy of.
 *
 * Their init mail stands in mailboxes of its own, as do replies and what the system says, which
 * nothing holds up. All of it is for actors that have a->init, which nobody else pays for. */
#ifndef ENGINE_INIT_H
#define ENGINE_INIT_H

#include "engine/system.h"
#include "model/initial.h"

struct init {
    struct mailbox *shared;
    struct initial kept;
};

struct init_taken;

struct init_member {
    struct mailbox *own;    /* init mail for NAME/N */
    struct mailbox *copies; /* for its process */
    struct initial_member state;
    struct init_taken *taken; /* init messages in hand, and copies that are not over */
    size_t n_taken, cap_taken;
};

/* Gives a what conf needs, its members included; 0 or ERR_NOMEM with e. */
int init_make(struct actor *a, const struct topo_actor *conf, struct err *e);
int init_member_make(struct member *m, struct err *e);
void init_free(struct actor *a);
void init_member_free(struct member *m);

/* Where l goes that was meant for box. */
struct mailbox *init_lane(struct actor *a, struct mailbox *box, const struct letter *l);
/* Whether plain messages of this sender are init mail. */
bool init_wants(const struct actor *a, mail_origin from);

void init_begin(struct member *m); /* a process begins */
/* The mailbox of init mail that m takes from next; NULL when nothing is there for it. */
struct mailbox *init_box(struct member *m, struct letter *first);
bool init_open(const struct member *m); /* its process has handled all that it has to */
bool init_holds(const struct actor *a); /* none of its members is open */

/* m has run in hand; some of what it had may be handled; a message left its hand unhandled, to come
 * again or to be dead. */
void init_took(struct member *m, const struct mail_run *run);
void init_handled(struct member *m);
void init_left(struct member *m, uint64_t id, bool dead);
/* Its process is dead, before and after the hand is settled. withdraw: copies in hand are over. */
void init_settle(struct member *m, bool withdraw);
void init_returned(struct member *m);
void init_bury(struct actor *a); /* it is gone: no process will get a copy */
/* It leaves its pool: its init mail is for the others. */
void init_leave(struct member *m);

/* The file says something else than it did. */
void init_adopt(struct actor *a, const struct topo_actor *was);

/* Calls cb with the senders of what is kept. */
void init_senders(const struct actor *a, void (*cb)(void *arg, mail_origin from), void *arg);
/* What m waits for, to buf; false: for nothing. */
bool init_reason(const struct member *m, char *buf, size_t size);

#endif
