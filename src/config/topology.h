/* The description of a system, as read from its YAML file and checked.
 * A topology is immutable once loaded; everything in it belongs to it. */
#ifndef CONFIG_TOPOLOGY_H
#define CONFIG_TOPOLOGY_H

#include "base/err.h"
#include "config/faults.h"
#include "model/initial.h"
#include "model/route.h"
#include "model/strategy.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum topo_speaks { SPEAKS_LINES, SPEAKS_JSON, SPEAKS_FRAMES, SPEAKS_ONCE, SPEAKS_NONE };
enum topo_ack { ACK_READ, ACK_LINE };
enum topo_eof { EOF_NEVER, EOF_UPSTREAM };
enum topo_restart { RESTART_ON_FAILURE, RESTART_ALWAYS, RESTART_NEVER };
enum topo_full { FULL_BLOCK, FULL_DROP_NEW, FULL_DROP_OLD };
enum topo_keep { KEEP_MEMORY, KEEP_DISK };
enum topo_ready { READY_START, READY_NOTIFY, READY_LOG, READY_PROBE };
enum topo_how { PROBE_NONE, PROBE_EXEC, PROBE_TCP };
enum topo_when { AFTER_START, AFTER_READY, AFTER_DONE };
enum topo_transport {
    TRANSPORT_IPC,
    TRANSPORT_STDIO,
    TRANSPORT_TCP,
    TRANSPORT_WS,
    TRANSPORT_TLS,
    TOPO_TRANSPORTS
};
enum topo_orphans { ORPHANS_STOP, ORPHANS_KEEP };
enum topo_in { IN_PROCESS, IN_THREAD, IN_SEQUENCE };

#define TOPO_HOME "main"         /* the host that the file's supervisor runs on */
#define TOPO_FOREVER INT64_MAX   /* a duration of `never` */
#define TOPO_NO_LIMIT UINT64_MAX /* in_hand: none */
#define TOPO_POOL_MAX 1024
#define TOPO_NOBODY SIZE_MAX

struct topo_after {
    const char *actor; /* a name in the same topology */
    enum topo_when when;
};

struct topo_backoff {
    int64_t min_ms, max_ms; /* defaults 100, 30000 */
    double factor;          /* 2 */
    double jitter;          /* a fraction, 0 to 1: 0.1 */
    int64_t reset_ms;       /* 10000 */
};

/* A pool whose members follow the work. */
struct topo_elastic {
    unsigned min, max; /* 1 to TOPO_POOL_MAX */
    int64_t idle_ms;   /* 30000 */
};

struct topo_limit {
    uint64_t restarts; /* 5 */
    int64_t within_ms; /* 30000 */
};

struct topo_stop {
    int signal;       /* SIGTERM */
    int64_t grace_ms; /* 10000 */
};

struct topo_mailbox {
    uint64_t messages; /* 10000 */
    uint64_t bytes;    /* 64 MiB */
    enum topo_full full;
    uint64_t in_hand;  /* TOPO_NO_LIMIT */
    unsigned retry;    /* 3 */
    int64_t expire_ms; /* TOPO_FOREVER */
    enum topo_keep keep;
};

struct topo_log {
    uint64_t max_bytes; /* 16 MiB; the size at which a log file is rotated */
    unsigned keep;      /* 5; rotated files kept */
};

struct topo_own_log {
    struct topo_log log; /* also that of the events */
    bool json;           /* of its own log */
};

/* A check of an actor: a command that exits with 0, or a port that takes a connection. */
struct topo_probe {
    enum topo_how how;
    char **argv; /* as the actor's own */
    size_t argc;
    const char *program;
    const char *host; /* an IP address; NULL: this host */
    unsigned port;
    int64_t every_ms;   /* ready: 1000, health: 10000 */
    int64_t timeout_ms; /* ready: 30000 for the whole wait, or TOPO_FOREVER; health: 2000 for one */
    unsigned failures;  /* health: 3 */
};

/* Bounds of its processes; TOPO_NO_LIMIT (cpu: TOPO_FOREVER) where there is none. */
struct topo_limits {
    uint64_t memory;    /* bytes, of a process and all that it started */
    uint64_t files;     /* of each process */
    uint64_t processes; /* and threads, of a process and all that it started */
    int64_t cpu_ms;     /* of each process */
    uint64_t core;      /* bytes, of each process */
};

#define TOPO_NO_NICE INT32_MAX

/* As whom it runs. Where the file system was not looked at, names are not resolved. */
struct topo_identity {
    const char *user, *group; /* as written, or NULL: ours */
    uint32_t uid, gid;        /* when one of them is given: what both are then */
    const char *login;        /* the name of that uid, or NULL: it has none */
    const char *home, *shell; /* when user is given */
    int32_t umask;            /* -1: ours */
    int32_t nice;             /* TOPO_NO_NICE: ours */
};

struct topo_capability {
    const char *key, *value;
};
struct topo_capabilities {
    struct topo_capability *list;
    size_t n;
};

/* Where an actor is to run: on main, on this host, or on any that has what it needs. */
enum topo_on_kind { TOPO_ON_HERE, TOPO_ON_HOST, TOPO_ON_FITTING };
struct topo_on {
    enum topo_on_kind kind;
    const char *host;               /* TOPO_ON_HOST */
    struct topo_capabilities needs; /* TOPO_ON_FITTING */
};

/* A host of `hosts`. */
struct topo_host {
    const char *name;
    const char *ssh; /* [user@]host[:port], or NULL: */
    char **launch;   /* a command that runs the words behind it there */
    size_t n_launch;
    bool join; /* or neither: it joins by itself */
    struct topo_capabilities capabilities;
    const char *dir;       /* NULL: where its files were brought */
    int64_t alone_ms;      /* 0: stop */
    int64_t down_after_ms; /* 10000 */
};

struct topo_actor {
    const char *name;
    char **files; /* what goes along to another host, relative to the file's folder */
    size_t n_files;
    char **argv; /* what to execute, ends with NULL; for `shell` it is /bin/sh -c TEXT */
    size_t argc;
    /* argv[0]'s program: absolute where it was written with a slash (relative to the file's folder)
     * or was found on the actor's PATH; NULL for a bare word when the file system was not looked
     * at. */
    const char *program;
    bool object; /* that is a shared object, which actorhost(1) runs */
    /* How it is run, and the host that does it (NULL: none), which is an actor of the same topology
     * that nobody wrote: is_host. Of such a one `in` is that of those in it. */
    enum topo_in in;
    const char *host;
    bool is_host;
    enum topo_speaks speaks;
    char **to; /* addresses as written; ends with NULL; n_to may be 0 */
    size_t n_to;
    enum topo_ack ack;
    char delimiter; /* '\n' or '\0' */
    enum topo_eof eof;
    unsigned concurrency; /* once; default 1 */
    enum topo_restart restart;
    struct topo_backoff backoff;
    struct topo_limit limit;
    struct topo_stop stop;
    enum topo_ready ready;
    const char *ready_log;         /* the regular expression (POSIX extended), or NULL */
    struct topo_probe ready_probe; /* READY_PROBE; its timeout_ms is that of READY_LOG too */
    struct topo_probe health;
    struct topo_after *after;
    size_t n_after;
    unsigned pool;   /* members; 1 when is_pool is false */
    bool is_pool;    /* `pool` was given */
    bool is_elastic; /* with min and max; pool is the min of these then */
    struct topo_elastic elastic;
    enum route_kind route;
    const char *route_header; /* ROUTE_HASH */
    struct topo_mailbox mailbox;
    struct initial_rule init;
    char **env; /* K=V of env_file and then env, ends with NULL; without the inherited */
    size_t n_env;
    const char *cwd; /* absolute */
    struct topo_identity identity;
    struct topo_limits limits;
    struct topo_log log;
    enum topo_transport transport;
    bool dead;                 /* it is told of dead letters */
    bool hosts;                /* and of hosts */
    bool template;             /* not started: actors are spawned of it */
    enum topo_orphans orphans; /* of a template: what they do once their parent is gone */
    struct topo_on on;
    bool here;           /* it may run on main */
    bool brought;        /* the file has it on another host, and its system is single */
    int64_t failover_ms; /* TOPO_FOREVER: it waits for its host */
    int line;            /* where its entry begins, from 1 */
    size_t group;        /* that it stands in: an index */
    size_t before;       /* the actor that starts before it in its group, an index; TOPO_NOBODY */
};

/* Actors supervised together. All that are in it and in its groups are a stretch of the topology's
 * order. */
struct topo_group {
    const char *name;
    enum strategy strategy;
    struct topo_limit limit;
    size_t parent; /* an index; the root's is its own */
    size_t first, n;
    bool acts; /* false: the root, when the file does not name it; others go on when one fails */
};

/* For actors over tls; absolute paths. */
struct topo_tls {
    const char *cert; /* NULL: the file has none */
    const char *key, *ca;
    const char *name;
};

/* How hosts join by themselves. */
enum { TOPO_TOKEN_LEAST = 16, TOPO_TOKEN_MOST = 1023 }; /* characters, the newline not counted */
struct topo_join {
    const char *token;   /* the path of its file; NULL: none may */
    const char *address; /* to listen at, numeric; NULL: none over the network */
    unsigned port;       /* 0: any */
};

struct topology {
    const char *system; /* a NAME */
    const char *path;   /* absolute path of the file */
    const char *dir;    /* the folder it is in, absolute */
    struct topo_actor *actors;
    size_t n_actors;
    struct topo_group *groups; /* the first is the root */
    size_t n_groups;
    size_t *order;               /* of all actors, by index, as their groups have them */
    struct topo_own_log own_log; /* what the supervisor says */
    struct topo_tls tls;
    struct topo_join join;
    struct topo_host *hosts; /* as the file has them; one of them may be main */
    size_t n_hosts;
    /* All of it is on one host, so that one thing can be done at a time: every actor is `on` main,
     * and no host may come. Of those of the file nothing is left but their names. */
    bool single;
    const char **absent;
    size_t n_absent;
};

/* Reads and checks a file. On success *out is the caller's (topology_free) and faults is empty.
 * Otherwise ERR_INVALID with every fault (20 at most, then a count) in faults, or
 * ERR_SYSTEM / ERR_NOMEM with e filled. Reads `${VAR}` from the process environment. */
int topology_load(const char *path, struct topology **out, struct faults *faults, struct err *e);
/* The same from memory; path is used for messages and relative paths. Does not look at the file
 * system (whether `run` can be executed, whether cwd is there) when check_files is false. */
int topology_parse(const char *path, const char *text, size_t len, bool check_files,
                   struct topology **out, struct faults *faults, struct err *e);
/* The same, for one host alone: see single. What actors need must be here, wherever the file has
 * them. */
int topology_load_single(const char *path, struct topology **out, struct faults *faults,
                         struct err *e);
int topology_parse_single(const char *path, const char *text, size_t len, bool check_files,
                          struct topology **out, struct faults *faults, struct err *e);
void topology_free(struct topology *t);

/* The system's name alone, cheaply: what `system:` says, else the folder's name normalised. The
 * rest of the file may be faulty. buf of ADDRESS_NAME_MAX+1. 0 or ERR_*. */
int topology_system_name(const char *path, char *buf, size_t size, struct err *e);

/* Whether the supervisor sets a variable of this name in every actor, so that nobody else may. */
bool topology_sets(const char *name, size_t len);

/* NULL when there is none. Borrowed from t. */
const struct topo_actor *topology_find(const struct topology *t, const char *name);
const struct topo_group *topology_group(const struct topology *t, const char *name);
/* The file has a host of this name, and t, being single, has not. */
bool topology_lacks_host(const struct topology *t, const char *name);

#endif
