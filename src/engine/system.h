/* The running system: what the files of this room share. One loop thread owns all of it. */
#ifndef ENGINE_SYSTEM_H
#define ENGINE_SYSTEM_H

#include "config/topology.h"
#include "io/cgroup.h"
#include "io/confine.h"
#include "io/loop.h"
#include "io/reaper.h"
#include "io/rundir.h"
#include "model/address.h"
#include "model/books.h"
#include "model/flows.h"
#include "model/lifecycle.h"
#include "model/mailbox.h"
#include "model/origin.h"
#include "model/policy.h"
#include "model/strategy.h"
#include "model/trace.h"
#include "speak/speak.h"

#include <uthash.h>

struct actor;
struct member;
struct system;
struct client;
struct call;
struct notify;
struct adoption;
struct init;
struct init_member;
struct routing;
struct file;
struct sequencer;
struct tap;
struct carrier;
struct attachment;
struct relay;
struct host;
struct post;
struct process_ops;
struct gatehouse;
struct meter;

/* Somebody whose output waits for room in a mailbox. Woken in the order of waiting, each once. */
struct waiter {
    struct waiter *prev, *next; /* in on->waiters */
    struct actor *on;           /* NULL: not waiting */
    int64_t since;
    void (*wake)(struct waiter *w);
};

/* Whose the end of a process was: its own doing, that of others in the same process, or nobody
 * knows. */
enum doing { DOING_OWN, DOING_OTHERS, DOING_UNKNOWN };

#define PROCESS_TAIL 2048 /* bytes of stderr kept as evidence */

/* A process and all that it started. */
struct process {
    const struct process_ops *ops;
    struct carrier *carrier; /* of a host its own, of an actor in one that; or NULL */
    unsigned place;          /* in it */
    struct post *post;       /* of one on another host; NULL: it is here */
    enum doing doing;
    pid_t pid;           /* 0: none; POST_PID: on another host */
    uint64_t generation; /* counts the processes of the system: the last part of the mark */
    char token[33];      /* hexadecimal */
    int err, ready;      /* our ends of its stderr and of its readiness pipe, -1: none */
    struct loop_io *err_io, *ready_io;
    struct bytes err_line;   /* stderr up to the next newline */
    char tail[PROCESS_TAIL]; /* its last lines, each with its newline */
    size_t tail_len;
    struct member *member;
    bool gone;       /* it has been reaped; what it started may live */
    unsigned strays; /* killed and not yet reaped */
    struct process *next_dying;
    bool dying;  /* in the system's list: what it left is to be looked for */
    bool looked; /* that has been done */
    struct policy_exit how;
    struct cgroup *cgroup;           /* its own, or NULL */
    void (*over)(struct process *p); /* it and all that it started are gone */
    void *job;                       /* once: the adaptor's */
    const struct topo_probe *check;  /* what it runs as a check; NULL: the actor's command */
    struct loop_timer grace;
    bool nudge;                  /* it is to be woken first, should it be stopped */
    bool to_end;                 /* it is given the grace to end by itself, before its stop */
    struct process *prev, *next; /* in system->processes */
};

#define MEMBER_REASON 240

/* What somebody uses, see meter.h; below 0: it is not known. */
struct used {
    double cpu;    /* hundredths of one processor */
    double memory; /* bytes */
    int64_t at;    /* loop_now when it was found; 0: it was not */
};

/* Why a member is to stop, when its turn comes among those of its group. */
enum turn { TURN_NONE, TURN_RESTART, TURN_HALT, TURN_FALL };
/* Why a member was stopped that was not asked to stop. */
enum unfit { UNFIT_NOT, UNFIT_LATE, UNFIT_UNWELL };

struct member {
    struct actor *actor;
    struct host *host; /* where its process runs, or will; NULL: here */
    struct held *held; /* what it is about to go on with; NULL: nothing */
    unsigned index;    /* from 1; 0: the actor is no pool */
    enum life_state state;
    char reason[MEMBER_REASON];
    struct speak *speak;
    struct mailbox *own;      /* of mail for NAME/N; NULL until there is some */
    struct mailbox *keyed;    /* of mail whose key is the member's, see routing.h; the same */
    struct init_member *init; /* as its actor's */
    struct process process;
    unsigned jobs;               /* once: processes that are not over */
    const struct process *ended; /* once: the one whose end is being dealt with */
    struct policy_limiter limiter;
    struct loop_timer backoff;
    struct loop_timer finish; /* the grace in which `once` ends what it has in hand; or in which
                                 what one that was stopped has said is to find room */
    bool bounces;             /* that is over: what finds none goes to the dead letters */
    int64_t spawned;          /* loop_now when the process was started */
    unsigned in_a_row;        /* restarts without a steady run (backoff.reset) between */
    uint64_t restarts; /* after an end of its own or of one in its group; none that was planned */
    uint64_t starts;
    uint64_t tried; /* in a sequential run: as they were when it last got mail, or anybody outside
                       was heard */
    uint64_t handled;
    int64_t since; /* when the process began, or the state at rest was reached */
    bool halting;  /* it is to stop and stay so */
    bool again;    /* and then to start: `restart` */
    bool leaving;  /* its pool becomes smaller: behind its end it is no member */
    enum turn turn;
    char fell[MEMBER_REASON]; /* how its group failed, when it fails with that */
    bool ending;              /* the end of input was given to this process */
    bool blamed;              /* the last death was laid on a message */
    bool promised;            /* its parent was told that it will be started again */
    int64_t worked;           /* when it last began or ended a message; of an elastic pool */
    bool works;               /* it has had one in hand since */
    unsigned edition;         /* of its actor, that its process was started from */
    bool afresh;              /* it starts once its actor has taken up what the file says now */
    bool cleaned;             /* nothing that the process started is left */
    enum unfit unfit;
    struct attachment *attached; /* somebody runs it by hand, or is about to; NULL: nobody */
    struct probe *probe;         /* NULL: it has no checks, nor a time to get ready in */
    bool stirred;  /* in a sequential run: it was given something to do, and is not known to be at
                      rest, */
    bool given;    /* its process was handed a message, */
    bool offers;   /* it has something to say, and waits for its turn, */
    bool declined; /* it had its turn for mail, and did not take */
    bool starved;  /* take was refused by in_hand or solo: look again when something is handled */
    struct policy_exit last;
    bool has_last;
    struct used used;
    struct waiter waiter;
    uint64_t asking;                       /* asks of its own that are open */
    struct outgoing *outbox, **outbox_end; /* sends that wait, in order */
    size_t outbox_bytes;
    struct loop_task room; /* its output may flow again */
    int64_t ring_said;     /* the wait that was told as part of a ring */
    int64_t note_since;
    unsigned notes, notes_lost;
};

struct target {
    struct actor *actor; /* NULL: unknown at run time (a host that is not there) */
    int member;          /* enum address_member or N */
};

struct actor_list {
    struct actor **list; /* the list is owned */
    size_t n;
};

/* It was told to end. */
enum exiting { EXITING_NOT, EXITING_DRAIN, EXITING_NOW };

#define GROUP_WHY 400

struct group {
    const struct topo_group *conf;
    struct group *parent; /* NULL: it is the root */
    struct policy_limiter limiter;
    bool failed;
    char why[GROUP_WHY]; /* it failed */
};

/* How an actor waits in vain. */
enum vain { VAIN_NOT, VAIN_STOPPED, VAIN_FAILED };

struct actor {
    struct system *sys;
    const struct topo_actor *conf;
    struct group *group;
    size_t place;                  /* in the topology's order */
    struct actor *before, *behind; /* it in the order of its group; NULL: none */
    uint32_t index;
    struct member **members;
    size_t n_members;
    size_t n_made;    /* of them that there ever were: those that left are kept, and come again */
    bool enabled;     /* not left out by --only */
    bool removed;     /* the file has it no more: it goes once it is at rest */
    bool touched;     /* by the last reload, or one before that is still under way with it */
    unsigned edition; /* counts what its processes are to be started from; from 1 */
    struct adoption *pending; /* what it takes up once all of it is at rest; NULL: nothing */
    bool begins;              /* it has taken that up, and is to begin, with so many members: */
    size_t size;
    struct topo_actor *own;      /* its conf when no file has it: spawned, or gone; owned */
    const struct topo_actor *of; /* the template that it was spawned of */
    struct actor *parent;        /* of one that was spawned: whose child it is, or NULL */
    mail_origin spawner;         /* the member that is told of its ends */
    size_t n_children;
    void *relayed;  /* what a relay has for it, see relay.h */
    uint64_t cause; /* the message that it was spawned for, or 0 */
    uint32_t heir;  /* of one that was spawned: the index of its template */
    bool spawned;
    enum exiting exiting;
    mail_origin *watchers; /* who are told once it has ended; owned */
    size_t n_watchers;
    struct mailbox *shared;
    struct init *init;       /* of one with `init`; NULL: it has none */
    struct routing *routing; /* of a pool whose mail has keys; NULL: of none */
    struct books books;
    struct target *to;
    size_t n_to;
    struct actor_list feeders; /* others whose `to` names it */
    struct actor_list later;   /* those whose `after` names it */
    struct {
        enum vain kind, told;
        struct actor *on;   /* the one that it waits for so; NULL: none */
        struct actor *next; /* while they are looked for, see vain.c */
    } vain;
    size_t next_member; /* where the next round of handing over begins */
    uint64_t grant;     /* so much of the shared mailbox the member whose turn it is may take */
    bool dealing;       /* it is somebody's turn */
    struct waiter *waiters, *waiters_last;
    size_t turns;             /* of them, those that have not had their turn at the room there is */
    struct loop_task turn;    /* the next one's */
    struct loop_task deliver; /* mail may be handed over */
    struct loop_task room;    /* waiters may go on */
    struct loop_task said;    /* lines for the log are to be written */
    struct loop_task press;   /* somebody waits: what was read may make room */
    struct loop_timer expiry;
    struct loop_timer elastic; /* when the size of an elastic pool is looked at */
    struct loop_timer leave;   /* the grace in which one that is to end must get on */
    uint64_t got_on;           /* with so many messages, when that began */
    bool presses;              /* soon, as something waits */
    int64_t counted;           /* loop_now when what was read was counted before a drop */
    double service_ms;         /* of a message, a running mean; < 0: not known */
    struct wake *wakes;
    size_t wakes_bytes; /* at most mailbox.bytes */
    bool closed;        /* eof: upstream, and the end was reached: takes no more mail */
    struct logfile *log;
    regex_t ready_log;
    bool has_ready_log;
    struct confine confine; /* what its processes are held to */
    bool confined;          /* to anything at all */
    bool named;             /* it is in the table of names; on another host several may have one */
    UT_hash_handle hh;
};

struct system {
    struct loop *loop;
    struct reaper *reaper;
    const struct topology *topology;
    const char *host;   /* the name of this one */
    struct host *hosts; /* the others; NULL: there are none */
    size_t n_hosts;
    struct farewell *farewells; /* those that joined and were let go, see hostjoin.c */
    struct freight *freights;
    uint64_t next_post; /* so many processes were begun on them */
    const struct relay
        *relay; /* it only runs what another has the mailboxes of; NULL: it has them */
    void *node; /* the relay's */
    struct rundir *rundir;
    char *state_dir;
    char run[17];          /* names this run: the first part of every mark */
    struct actor **actors; /* those of the topology, as it has them; then those that are to go */
    size_t n_actors;
    struct actor **slots; /* all that there ever were, by their index: owned */
    size_t n_slots;
    size_t n_told;                /* actors that are told of dead letters */
    size_t n_free;                /* of them, those that nobody has */
    size_t n_graves, graves_next; /* see graves.h */
    uint64_t spawned;             /* so many were given a name */
    struct actor *by_name;
    struct group *groups; /* the first is the root */
    size_t n_groups;
    size_t turning; /* members whose turn it is to stop */
    bool failed;    /* the root has */
    uint64_t next_id;
    uint64_t outputs; /* so many have waited in an outbox */
    uint64_t generation;
    struct process *processes; /* all that have a pid or strays */
    struct cgroups *cgroups;   /* where theirs are made; NULL: nowhere */
    struct ask *asks, *asks_spare;
    unsigned n_asks_spare;
    struct deadletters *dead;
    struct keeping *keeping;     /* of mail on a disk; NULL: there is none */
    uint64_t kept;               /* messages left there when the system ended */
    struct gatehouse *gatehouse; /* NULL: nobody has needed it */
    struct meter *meter;         /* NULL: nobody has asked */
    struct client *clients;
    size_t n_clients;
    size_t n_tunnels; /* of them, those on other hosts: each has two descriptors */
    uint32_t next_client;
    int listener;
    struct loop_io *listener_io;
    struct loop_timer crowd; /* no more can connect: that is looked at again */
    int spare_fd;            /* given up for a moment when descriptors run out */
    struct call *calls;      /* control calls that wait for a state */
    struct tap *taps;        /* commands that are shown the mail of actors; NULL: none */
    struct trace trace;      /* what became of messages lately */
    struct flows flows;      /* what went from whom to whom, by their index */
    struct {
        char address[ADDRESS_MAX];
        size_t len;
        struct target target;
    } resolved;                 /* the last address that was found, see names_resolve */
    struct process *dying;      /* see strays.h */
    struct loop_task look;      /* for what they left */
    struct loop_timer held;     /* the look is repeated: a cgroup is not empty yet */
    struct loop_task said;      /* lines for log and events are to be written */
    struct loop_task changed;   /* the state of some member changed */
    struct loop_timer ring;     /* a ring of blocked actors is looked at again */
    struct loop_timer deadline; /* of a stop: then all is killed */
    struct loop_timer notes;    /* that some were left out is told */
    struct loop_timer gaps;     /* logs that could not be written are tried again */
    int64_t gaps_ms;            /* after so long the next time; 0: none are known */
    struct loop_timer patience; /* in front: then it is said who is awaited */
    bool front;
    struct notify *notify; /* the manager of services; NULL: none */
    bool announced;        /* it was told that all has started */
    bool stopping;
    bool killing;
    int64_t began;
    struct logfile *log, *events;
    uint64_t random;
    struct loop_io *life_io;
    const char *const *only; /* names to start; n_only 0: all */
    size_t n_only;
    unsigned roles;              /* of cgroups, that were asked for when it started */
    struct file *files;          /* that were read since */
    struct sequencer *sequencer; /* of a sequential run; NULL: it is none */
};

bool actor_all(const struct actor *a, bool (*test)(const struct member *m)); /* of its members */
bool actor_any(const struct actor *a, bool (*test)(const struct member *m));
uint64_t system_id(struct system *s, uint64_t n); /* the first of n ids */
/* ms on the clock that the timers of actors go by. */
static inline int64_t system_now(struct system *s)
{
    return loop_time(s->loop);
}
static inline uint32_t system_when(struct system *s)
{
    return (uint32_t)system_now(s);
}
double system_random(struct system *s);                       /* in [0, 1) */
bool system_starts(const struct system *s, const char *name); /* --only does not leave it out */
/* Begins a gentle stop; ms: then all is killed (-1: by each actor's own grace). The second call
 * kills at once. */
void system_stop(struct system *s, int64_t ms);

#endif
