/* What the files of this room share. */
#ifndef NODE_NODEPARTS_H
#define NODE_NODEPARTS_H

#include "config/topology.h"
#include "engine/relay.h"
#include "engine/system.h"
#include "freight/treenames.h"
#include "trunk/trunk.h"

struct nodepost;
struct nodeorigins;
struct nodetunnel;
struct nodecopy;

struct node {
    struct system *sys;
    struct trunk *trunk;
    uint64_t session; /* 0: none */
    int64_t alone_ms; /* how long it goes on when nothing is heard */
    char *dir;        /* what relative paths are below */
    struct nodepost *posts, *by_channel;
    struct nodetunnel *tunnels;
    uint64_t next_tunnel;
    struct nodeorigins *origins; /* senders, by text and by number */
    uint32_t next_origin;
    bool measures; /* what processes use is looked at, and is to be told */
    bool ending;   /* what runs is of no session any more, and ends */
    bool told;     /* the home has told it to end */
    int listener;  /* for what is launched */
    struct loop_io *listener_io;
    int word; /* of the one whose connection is the trunk's: closed with that; -1: none */
    struct loop_io *word_io;
    int in, out; /* what it has handed over so far, -1: not yet */
    int guest;   /* one at the door that has not been let in; -1: none */
    struct loop_io *guest_io;
    char run[32]; /* of the supervisor that was let in last, "": it did not say */
    struct loop_timer alone;
    struct loop_timer answer; /* it has said who it is, and waits for what the home makes of that */
    int64_t answer_ms;
    char *home; /* what it has been brought is below; depot: the trees of files */
    struct depot *depot;
    struct nodecopy *copy;
    struct loop_task freight;
    uint64_t freight_credit; /* taken, and not yet told */
    char tree[65];           /* the name of the one that is made */
    struct treenames trees;  /* those that are here, and used */
    int64_t said;            /* when it last said who it is */
    int64_t contact;         /* when what the home has answered last was said */
    struct loop_timer lease;
};

struct nodeentry {
    struct topology *topology; /* of it alone */
    struct topo_actor conf;
    char name[ADDRESS_MAX + 1];
    char *to[2];      /* of conf: where it goes is not for us to know, only whether */
    int64_t lease_ms; /* it ends when the home has not answered for so long; 0: it does not */
};

struct nodepost {
    uint64_t channel;
    char *order; /* as it came */
    struct node *node;
    struct nodepost *prev, *next;
    struct nodeentry *entry; /* what it is, as the home has said last */
    char token[33];
    struct actor *actor;
    uint64_t flying;          /* output that there is no credit for yet */
    uint64_t over_id, over_n; /* handled, and not yet told */
    bool mutes;               /* its stderr, for the same */
    bool waits;               /* its adaptor, for room for output */
    bool pressed;             /* the home waits for news of what was read */
    bool refreshes;           /* the same, of what was read by now */
    bool bye;                 /* no more mail will come */
    bool settled;
    bool lost;          /* it was ended as its lease was over */
    bool awaits;        /* it begins once the home has answered */
    int64_t lease_from; /* it is counted from then on; 0: from the last contact */
    struct loop_task task;
    UT_hash_handle hh;
};

struct node *node_of(const struct member *m);
void node_changed(struct node *n); /* is all over that is to end? */
/* Of its system, for supervisor_main: arg is the node. */
int node_begin(struct system *s, void *arg, struct err *e);
void node_end(void *arg);

/* --- posts: members that are run for another supervisor (nodepost.c) --- */

/* POST: one begins, or is known otherwise from now on. */
void nodepost_begin(struct node *n, const struct frame *f, uint64_t channel);
void nodeentry_free(struct nodeentry *e); /* NULL is allowed */
struct nodepost *nodepost_find(const struct node *n, uint64_t channel);
void nodepost_task(void *arg); /* what is to be done for it at the end of a turn */
void nodepost_free(struct nodepost *p);
void nodepost_drop(struct nodepost *p); /* with its actor, which is at rest */
void nodepost_frame(struct node *n, const struct frame *f, uint64_t channel);
/* All of them (nodeposts.c). */
void nodeposts_end(struct node *n); /* they are killed */
/* Those whose lease is over are killed. Returns the shortest lease of the others; 0: none. */
int64_t nodeposts_expire(struct node *n, int64_t now);
/* The home has answered: those that were to begin then do. */
void nodeposts_go(struct node *n);
void node_lease(struct node *n); /* there is one with a lease, perhaps */
bool nodeposts_any(const struct node *n);
void nodeposts_free(struct node *n);
struct nodepost *nodepost_of(const struct member *m);
const char *nodepost_token(const struct member *m);
/* On the channel of a member's post. */
void nodepost_send(struct member *m, const struct frame *f);
/* The same, of what its process writes: it counts until there is credit for it. */
void nodepost_put(struct member *m, const struct frame *f);
void nodepost_waits(struct member *m);               /* for room for output */
void nodepost_handled(struct member *m, uint64_t n); /* its adaptor has told so */
/* How many bytes of output there is room for. */
size_t nodepost_room(const struct member *m);
/* Is so much under way that what it says on stderr must wait? */
bool nodepost_full(struct member *m);
void nodepost_over(void *member, const struct mail_run *run);
void nodepost_tell_over(struct nodepost *p); /* what is handled and not yet told */
void nodepost_took(struct member *m);        /* what is queued here is less, or nothing */
void nodepost_settle(struct member *m, uint64_t n_read);

/* --- another home takes what runs (nodeheld.c) --- */

/* What was sent for posts and is not handed over yet is forgotten: it comes again from the next. */
void nodeposts_clear(struct node *n);
char *nodeposts_held(const struct node *n); /* HELD's body, the caller's; NULL: no memory */

/* --- mail of the home that is kept here as well (nodecopy.c) --- */

int nodecopy_init(struct node *n); /* 0 or ERR_NOMEM */
void nodecopy_free(struct node *n);
void nodecopy_frame(struct node *n, const struct frame *f); /* COPY */
void nodecopy_forget(struct node *n);
uint64_t nodecopy_generation(const struct node *n); /* 0: there is none that is whole */
/* All of it, as LEFT. 0 or ERR_NOMEM: not all. */
int nodecopy_give(struct node *n);

/* --- what adaptors ask (nodehost.c) --- */

extern const struct relay node_relay;
void nodehost_table(void); /* fills in what node_relay has of it */

/* --- senders (nodeorigin.c) --- */

/* The number of a sender; 0: no memory. */
mail_origin nodeorigin_number(struct node *n, struct span text);
struct span nodeorigin_text(const struct node *n, mail_origin number);
void nodeorigins_free(struct node *n);
void nodeorigins_keep(struct node *n, mail_origin number); /* marks one */
void nodeorigins_sweep(struct node *n);                    /* drops those that are not marked */
void nodeposts_mark(struct node *n);                       /* marks all that posts have mail of */

/* --- what processes use (nodeusage.c) --- */

void nodeusage_frame(struct node *n); /* USAGE: it is asked for */
void nodeusage_measured(struct system *s);

/* --- connections that are passed on (nodetunnel.c) --- */

void nodetunnel_begin(struct node *n, int fd, const void *rest, size_t len);
void nodetunnel_frame(struct node *n, uint64_t channel, const struct frame *f);
void nodetunnels_drop(struct node *n);

/* --- files that come along (nodefreight.c) --- */

void nodefreight_init(struct node *n);
void nodefreight_frame(struct node *n, const struct frame *f);
void nodefreight_path(const struct node *n, const char *tree, char *buf, size_t size);
void nodefreight_open(const struct node *n, const char *tree); /* to other users */
void nodefreight_free(struct node *n);

/* --- where what is launched comes in (nodedoor.c) --- */

int nodedoor_open(struct node *n, struct err *e);
void nodedoor_close(struct node *n);
struct nodedoor_call {
    const char *run;             /* of the supervisor that it comes from; "": it is not said */
    int in, out;                 /* which may be one */
    const char *first, *refused; /* what is written to out before: it is let in, or is not */
};
/* The whole life of what is launched, or has joined, once the node runs: in and out are handed over
 * to it. The exit status. */
int nodedoor_enter(const struct rundir *r, const struct nodedoor_call *c);
bool nodedoor_try(const struct rundir *r); /* does it take anybody? */
void node_attached(struct node *n, int in, int out);
void node_left(struct node *n, const char *why); /* the connection has ended */

#endif
