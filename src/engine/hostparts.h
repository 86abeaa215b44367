/* What the files about other hosts share. */
#ifndef ENGINE_HOSTPARTS_H
#define ENGINE_HOSTPARTS_H

#include "base/arena.h"
#include "engine/hosts.h"
#include "engine/post.h"
#include "freight/treenames.h"
#include "trunk/trunk.h"

#include <jansson.h>

#define HOST_WHY 400
/* Why none may come to a system that is on one host alone. */
#define HOSTS_NONE "a sequential run has no other hosts"

/* What the program for other hosts is made for, as `uname -s -m` there says it. */
#if defined(__x86_64__)
#define LAUNCH_OURS "Linux x86_64"
#elif defined(__aarch64__)
#define LAUNCH_OURS "Linux aarch64"
#else
#define LAUNCH_OURS "Linux machine"
#endif

enum host_state {
    HOST_OFF,       /* it has not been launched, or will be again after a while */
    HOST_LAUNCHING, /* what was launched has not yet said who it is */
    HOST_UP,
};

/* The command that is launched: its standard input and output become the trunk's. */
struct launch {
    struct host *host;
    pid_t pid; /* 0: none runs */
    int in, out, err;
    struct loop_io *in_io, *out_io, *err_io;
    struct bytes head;     /* what it has said on stdout so far */
    struct bytes line;     /* of stderr */
    char last[HOST_WHY];   /* the last line of it that tells why */
    int push;              /* what is sent to it before, -1: nothing */
    bool pushing;          /* it has been asked for */
    uint64_t pushed, size; /* bytes of that */
};

struct host {
    struct host *next;
    struct system *sys;
    const struct topo_host *conf; /* of its own, in: */
    struct arena arena;
    bool by_hand;  /* no file has it */
    bool going;    /* it is to leave, once nothing runs there */
    json_t *given; /* by which it joined: what it has over what the file says; or NULL */
    bool returns;  /* then it is launched anew, as the file has it */
    enum host_state state;
    char why[HOST_WHY]; /* it is not up */
    struct trunk *trunk;
    uint64_t session;          /* of the node that is there, 0: none */
    bool down;                 /* it has been told to be */
    bool told;                 /* it has been up */
    bool leaving;              /* it has been told to end */
    bool parted;               /* and has said that it does */
    int64_t leave_by;          /* so long it is waited for, to be told; 0: not yet */
    int64_t contact;           /* when its node said something last, or it was launched first */
    unsigned tries;            /* launches without success */
    int64_t launched;          /* when it was last; 0: not yet */
    int64_t queued;            /* since when it waits until others are; 0: it does not */
    bool holds;                /* it is to say what it runs of a session before */
    bool gives;                /* and before that what it has a copy of */
    bool undecided;            /* what becomes of it is not known yet */
    uint64_t copy;             /* of which generation it has one; 0: none */
    uint64_t spoilt;           /* of which it has said what made no sense */
    int64_t unfit_until;       /* it gets none before */
    bool owes;                 /* something of a supervisor before may run there */
    struct owed *owed, *named; /* those actors; those that have begun there since, see hostowes.c */
    int64_t since;             /* when it was launched first */
    uint64_t replay;           /* so many frames of this session come before it is given mail */
    uint64_t beats;
    int64_t beat_at, rtt_us;
    unsigned cpus;
    bool measures; /* it was asked what its processes use, and has not answered */
    char *place;   /* which machine it is, and where on it; NULL: it has not been up */
    struct launch launch;
    struct post *posts; /* by channel */
    size_t n_posts;
    size_t n_strays; /* those of before that are still to end */
    unsigned tally;  /* members here of the actor that is being placed */
    struct tunnel *tunnels;
    struct loop_timer again, beat;
    struct shipment *shipment; /* the tree of files that is on its way, NULL: none */
    struct loop_timer freight_again;
    char freight_why[HOST_WHY]; /* the last did not get there */
    struct treenames trees;     /* those that are there */
};

enum { LAUNCH_WORDS = 24 };
struct launch_words {
    char *argv[LAUNCH_WORDS + 1];
    size_t n;
    char login[512], port[32];
    struct bytes command;
};
/* What is run there, as one line of shell. 0 or ERR_NOMEM. */
int launch_write_script(const struct host *h, const char *hash, struct bytes *script);
/* The words that run it there; w is all zero but for an empty command. 0 or an err code. */
int launch_command(struct launch_words *w, const struct topo_host *conf, const char *script);

/* A file and what has joined may each say as many as one may have. */
enum { HOST_CAPABILITIES_MAX = 64, HOST_CAPABILITIES_ROOM = 2 * HOST_CAPABILITIES_MAX };
enum { HOST_DOWN_AFTER_MS = 10000 };

struct host *host_new(struct system *s, const struct topo_host *conf); /* NULL: no memory */
void host_begin(struct host *h);                                       /* launches it */
void host_free(struct host *h);
const struct topo_host *hosts_described(const struct system *s, const char *name); /* in the file */
struct host *host_add(struct system *s, const struct topo_host *conf); /* NULL: no memory */
void host_go(struct host *h);          /* once nothing runs there any more */
void host_tell_orders(struct host *h); /* its node is told anew what it is to know */
/* It cannot be let go, as it is not up: once it is as conf says it is launched so. */
bool host_redirects(const struct host *h, const struct topo_host *conf);
/* What is known of it from now on: a copy. 0 or ERR_NOMEM, unchanged. */
int host_is(struct host *h, const struct topo_host *conf);
void host_lose_all(struct host *h, const char *why); /* what ran there is gone */
bool host_may_run(const struct host *h); /* it is not up: may something of ours go on there? */
void host_may_not_run(struct host *h);   /* somebody knows that nothing does */
void host_beat(void *arg);               /* its timer */
int64_t host_beat_ms(const struct host *h);
int64_t hosts_patience(const struct system *s); /* the least `failover` */
void host_answered(void *arg, uint64_t number);
void host_opened(void *arg, const struct frame *f); /* what its node says first (hostsession.c) */
void host_decide(struct host *h); /* it has a session that is not ours: what becomes of that */
void host_give_up(struct host *h, const char *why); /* its connection */
/* It was told to end: is its node still there, or what was launched and ends behind that? */
bool host_ends(const struct host *h);
struct host *hosts_find(const struct system *s, const char *name);

/* Begins what is to be launched. 0, or an err code with e. */
int launch_begin(struct host *h, struct err *e);
void launch_end(struct host *h); /* kills what is left of it */
/* What is read from in and written to out are frames from here on: takes both. */
void host_connected(struct host *h, int in, int out, const void *rest, size_t len);
/* HELD: what runs there goes on, where its actor is as it was, or is ended. False: it makes no
 * sense. */
bool hosts_held(struct host *h, const struct frame *f);
void held_replayed(struct host *h); /* a frame has come: was that all that was to come first? */
/* A member that is to go on with what runs already: where; NULL: none. Its channel, token and pid;
 * whether it was ready. */
struct host *held_host(const struct member *m);
uint64_t held_begin(const struct member *m, char *token, size_t size, pid_t *pid);
/* Messages that its process has had from the supervisor before are in its hand. */
void held_recall(struct member *m, uint64_t id, uint64_t n);

/* May something run there that a supervisor before has begun? Found out at the start; over once it
 * lasts for too long; a node runs there, and is kept in mind; or it has ended. */
int64_t host_alone_ms(
    const struct host *h);              /* what it runs ends when nothing is heard for so long */
void hosts_owes_find(struct system *s); /* those that are in no file any more come, to be let go */
void host_owes_begin(struct host *h);
void host_owes_look(struct host *h);
void host_owes_keep(struct host *h);
void host_owes_nothing(struct host *h);
void host_owes_name(struct host *h, const struct member *m); /* m begins there */
void host_owes_free(struct host *h);
/* The host for which a member must wait, as it may run there; NULL: none. */
const struct host *hosts_owed(const struct member *m);

/* What is on its way to it, as "actorsup" or "files", and how far that is. NULL: nothing. */
const char *host_sends(const struct host *h, uint64_t *sent, uint64_t *total);
int64_t host_again_ms(const struct host *h); /* until it is launched again; -1: it is not to be */
void host_launch_now(struct host *h);        /* it is waited no longer */
/* A launch is over: the one that has waited longest for its turn has it. */
void hosts_turn(struct system *s);
const char *host_why(const struct host *h);        /* it is not up */
void host_failed(struct host *h, const char *why); /* what was launched has ended */

/* What was had, without what a request drops and with what it gives over that, to a list with room
 * for HOST_CAPABILITIES_ROOM. Their number, which hosts_fault is to allow. */
size_t hosts_given(const json_t *req, const struct topo_capabilities *had,
                   struct topo_capability *list);
const char *hosts_fault(size_t n); /* NULL, or why a host cannot have so many */

struct post {
    uint64_t channel;
    struct host *host;
    struct process *process; /* NULL: it was given up, and its node is still to end it */
    bool given_up;
    bool ended;  /* its node has told so, or is gone */
    bool taken;  /* begun by a supervisor before this one */
    char *stray; /* of that, it is to end: whose it was; else NULL */
    pid_t pid;
    int64_t failover_ms; /* as its node knows it: by that it ends the process beforehand */
    int64_t failover_next;
    uint64_t failover_at; /* it knows the next once it has seen so many frames; 0: there is none */
    uint64_t n_read;
    uint64_t credit;    /* of its output, what is done and not yet told */
    struct bytes inbox; /* frames that wait for room, in order */
    size_t lines_at;    /* bytes of the LINES at its front that are accepted */
    bool gone;
    UT_hash_handle hh;
};
static inline struct member *post_member(const struct post *p)
{
    return p->process->member;
}
/* What a frame of its node asks for. False: it waits for room, and all behind it. */
bool post_run(struct post *p, const struct frame *f);

/* One that has joined was removed by hand, and is not to join again by itself. */
void farewell_say(struct system *s, const char *name);
void farewells_free(struct system *s);

/* Those actors that ask for it are told of it: MSG_HOST_UP or MSG_HOST_DOWN. */
void hosts_tell(const struct host *h, enum frame_type type, const char *why);

bool host_fits(const struct host *h, const struct topo_on *on);
bool hosts_home_fits(const struct actor *a); /* may it run here, as the file is now? */
/* It has other capabilities now: what does not fit there any more goes, what does may come. */
void hosts_refit(struct host *h);
/* Members of pools go from where most are to where fewer are, once all of a pool are settled. */
void hosts_even(const struct system *s);

/* After so much silence of the home a process ends by itself; 0: with its host's `alone`. */
int64_t post_lease(const struct topo_actor *conf);
char *post_order(const struct member *m); /* JSON, the caller's; NULL: no memory */
/* It is killed; what has the name, if it had one, does not begin before it is gone. */
void post_stray(struct host *h, uint64_t channel, const char *name);
struct post *post_find(struct host *h, uint64_t channel);
/* False: its node sends more than it has been given credit for. */
bool post_frame(struct post *p, const struct frame *f);
/* Its host is gone, and all that ran there. Once for each that has a process. */
void post_lost(struct post *p, const char *why);
/* Its host is silent for too long: it is as lost, and is killed there should that come back. */
void post_give_up(struct post *p);
int64_t post_failover(struct post *p); /* after so long its process may be started elsewhere */
void post_free(struct post *p);

void host_usage(struct host *h, const struct frame *f); /* USAGE: what its processes use */

void tunnel_frame(struct host *h, uint64_t channel, const struct frame *f);
void tunnels_drop(struct host *h);

/* What an actor's `files` name; NULL: no memory. Is it read, as it is now? False: freight_fault
 * says why not, or "" while it is being read. */
struct freight *freight_of(struct system *s, const struct topo_actor *conf);
bool freight_ready(struct freight *f);
const char *freight_fault(const struct freight *f);
const struct gather *freight_gather(const struct freight *f);
void freight_use(struct freight *f, int more); /* 1: a tree of it is on its way; -1: no more */

/* Must an actor wait until its files are on h? They are looked at, and sent; buf says how far that
 * is. freight_says: the same of one that waits, and nothing is begun. */
bool freight_waits(struct host *h, const struct topo_actor *conf, char *buf, size_t size);
bool freight_says(struct host *h, const struct topo_actor *conf, char *buf, size_t size);
/* They could not be brought there, and it is not yet tried again. */
bool freight_fails(struct host *h, const struct topo_actor *conf);
/* The name of the tree that they are; "": it has none. */
const char *freight_name(struct host *h, const struct topo_actor *conf);
/* How far the tree is that is on its way, in bytes. False: none is. */
bool freight_progress(const struct host *h, uint64_t *sent, uint64_t *total);
void freight_frame(struct host *h, const struct frame *f);
void freight_begin(struct host *h);
void freight_lost(struct host *h);      /* its node has gone */
void freights_follow(struct system *s); /* the file is another: forgets what no actor needs */
void freights_free(struct system *s);

/* What its node has handled, or is not to have any more. */
void farspeak_over(struct speak *sp, uint64_t id, uint64_t n);
void farspeak_freed(struct speak *sp, uint64_t id); /* before it leaves the hand otherwise */

#endif
