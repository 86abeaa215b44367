/* What the loading of a topology has in hand; for the files of this room alone. */
#ifndef CONFIG_TOPOLOAD_H
#define CONFIG_TOPOLOAD_H

#include "base/bytes.h"
#include "config/schema.h"
#include "config/topology.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum {
    TOPO_ACTORS_MAX = 20000,
    TOPO_GROUPS_MAX = 5000,
    TOPO_LIST_MAX = 256, /* entries of `to` and of `after` */
    TOPO_WORDS_MAX = 4096,
    TOPO_ENV_MAX = 1000,
    TOPO_SHOWN = 60, /* bytes of a text shown in a fault */
};

/* Keys of the file's top, and of an actor, in the order of their tables. */
enum topo_top_key {
    TOP_SYSTEM,
    TOP_DEFAULTS,
    TOP_ACTORS,
    TOP_LOG,
    TOP_TLS,
    TOP_GROUPS,
    TOP_HOSTS,
    TOP_FILES,
    TOP_JOIN,
    TOP_KEYS
};
enum topo_key {
    KEY_RUN,
    KEY_SHELL,
    KEY_SPEAKS,
    KEY_TO,
    KEY_ACK,
    KEY_DELIMITER,
    KEY_EOF,
    KEY_CONCURRENCY,
    KEY_RESTART,
    KEY_BACKOFF,
    KEY_LIMIT,
    KEY_STOP,
    KEY_READY,
    KEY_HEALTH,
    KEY_AFTER,
    KEY_POOL,
    KEY_MAILBOX,
    KEY_INIT,
    KEY_ENV,
    KEY_ENV_FILE,
    KEY_CWD,
    KEY_USER,
    KEY_GROUP,
    KEY_UMASK,
    KEY_NICE,
    KEY_LIMITS,
    KEY_LOG,
    KEY_ON,
    KEY_FAILOVER,
    KEY_TRANSPORT,
    KEY_TEMPLATE,
    KEY_ORPHANS,
    KEY_DEAD,
    KEY_HOSTS,
    KEY_FILES,
    KEY_IN,
    KEY_HOST,
    KEY_KEYS
};

extern const struct schema_word topo_bool_words[];
extern const struct schema_table topo_actor_table, topo_group_table;
extern const struct schema_table topo_ready_table, topo_health_table;
extern const struct schema_table topo_log_table, topo_own_log_table, topo_tls_table;
extern const struct schema_table topo_limits_table, topo_backoff_table, topo_limit_table,
    topo_stop_table, topo_pool_table, topo_host_table, topo_join_table;

/* An actor while its file is read: what becomes of it, and where each part was written. */
struct topo_draft {
    struct topo_actor a;                 /* first: the rows' offsets are into it */
    const struct ypair *given[KEY_KEYS]; /* by itself or by `defaults` */
    uint64_t own;                        /* bits of those given by itself */
    const struct ynode *entry;           /* the key that names it */
    const struct ynode **to_at;          /* the place of each of a.to */
    const struct ynode **after_at;       /* and of each of a.after */
    const struct ynode **init_at;        /* and of each of a.init.from */
    size_t *to_index;                    /* the actor that each of a.to is, by topo_resolve */
    size_t *after_index;
    const struct topo_draft *first; /* a host: of those in it, the first of the file */
};

/* A group while its file is read; its rows' offsets are into it. */
struct topo_group_draft {
    struct topo_group g;
    const struct ynode *entry; /* the key that names it; NULL: the root that nobody named */
    const char **members;      /* as written */
    const struct ynode **at;   /* the place of each */
    long *refs;                /* what each is: an actor's index, or -1 - a group's */
    size_t n_members;
};

/* A host while the file is read; its rows' offsets are into it. */
struct topo_host_draft {
    struct topo_host h;
    const struct ynode *entry; /* the key that names it */
};

/* What a name of the file names: an actor, or a group. */
struct topo_name {
    const char *name;
    size_t index;
    bool group;
    UT_hash_handle hh;
};

/* The topology and what it owns. */
struct topo_own {
    struct topology t; /* first */
    struct arena arena;
    struct topo_name *names;
};

struct topo_load {
    struct schema_ctx s; /* first: custom rows get back from it */
    struct arena scratch;
    bool check_files;
    bool single; /* for one host alone */
    struct topo_own *own;
    const struct ypair *top[TOP_KEYS];
    struct topo_own_log own_log;
    struct topo_tls tls;
    struct topo_join join;
    struct topo_draft defaults;
    struct topo_draft *drafts;
    size_t n;
    struct topo_group_draft *groups; /* the first is the root */
    size_t n_groups;
    struct topo_host_draft *hosts;
    size_t n_hosts;
    char **files; /* of all actors */
    size_t n_files;
    const char **near; /* names of all actors once they were asked for; ends with NULL */
};

static inline bool topo_is_own(const struct topo_draft *d, enum topo_key k)
{
    return (d->own >> k & 1) != 0;
}

/* scratch memory, zeroed; NULL with l->s.nomem set */
void *topo_scratch(struct topo_load *l, size_t size);

/* The parse functions of the rows, in topokeys.c, topopool.c, topoinit.c, toporun.c and
 * topoidentity.c. */
schema_parse topo_parse_system, topo_parse_later, topo_parse_run, topo_parse_shell, topo_parse_to,
    topo_parse_after, topo_parse_env, topo_parse_env_file, topo_parse_cwd, topo_parse_log,
    topo_parse_members, topo_parse_route, topo_parse_init, topo_parse_umask, topo_parse_nice,
    topo_parse_on, topo_parse_failover, topo_parse_files;

/* The words of a command: of a list, or of a text split as a shell would. False after a fault. */
bool topo_command(struct schema_ctx *c, const char *key, const struct ynode *value, char ***argv,
                  size_t *argc);

/* The whole file, or one byte more than is allowed (toporead.c). */
int topo_slurp(const char *path, struct bytes *out, struct err *e);

/* `path` made absolute, below `dir` where it is relative; in the arena of the result. */
const char *topo_path(struct topo_load *l, const char *dir, const char *path);

/* Splits a command into words as a shell would: quotes and backslashes, no expansion. The words are
 * appended to out, each with a NUL behind it. Their number, ERR_NOMEM, ERR_INVALID
 * with *why, or ERR_REFUSED: what *why begins with is an operator of a shell. */
long topowords_split(const char *text, struct bytes *out, const char **why);

/* The scalars of a list, or of one scalar, each with a NUL, to out. Their number; -1 after a
 * fault. at (or NULL) gets the place of each, in scratch memory. */
long topo_texts(struct schema_ctx *c, const char *key, const struct ynode *value, size_t most,
                struct bytes *out, const struct ynode ***at);

/* Is this the key of an entry that may be so named? Else a fault. */
bool topo_read_name(struct topo_load *l, const struct ynode *key);
/* Makes a name known; a fault when it is known already, or the supervisor's own. */
void topo_add_name(struct topo_load *l, const struct ynode *key, const char *name, size_t index,
                   bool group);
/* The groups and their order (topogroups.c): read behind the actors. */
void topo_read_groups(struct topo_load *l);
/* Moves the groups to the result. */
void topo_finish_groups(struct topo_load *l);

/* The hosts of `hosts`; where each actor may run, with the faults of that; the hosts to the result
 * (topofar.c). */
void topo_read_far(struct topo_load *l);
void topo_place_actors(struct topo_load *l);
void topo_finish_far(struct topo_load *l);
/* For one host alone: all actors are brought to it; there are no others (toposingle.c). */
void topo_single(struct topo_load *l);
void topo_finish_single(struct topo_load *l);
/* The `files` of all actors; that they are those of one, too (topofreight.c). */
void topo_read_files(struct topo_load *l);
void topo_add_files(struct topo_load *l, struct topo_actor *a);
/* Do its `files` have the program of this word, which is relative to the folder of its file? */
bool topo_brings(const struct topo_actor *a, const char *word);
bool topo_is_host(const struct topo_load *l, const char *name); /* or main */

/* Fills in env of every draft (topoenv.c); the program of each, with its faults (toporun.c). */
void topo_environments(struct topo_load *l);
void topo_programs(struct topo_load *l);
/* The files of `tls`, and whether there are such (topotls.c). */
void topo_tls(struct topo_load *l);
/* The token and the place of `join`, behind topo_tls (topojoin.c). */
void topo_join(struct topo_load *l);
/* Finds the users and groups, with the faults of these (topoidentity.c). */
void topo_identities(struct topo_load *l);
/* The value of a variable in an actor's own env, or NULL. */
const char *topo_env_get(const struct topo_actor *a, const char *name);

/* The hosts that actors name, each as one more actor, which those wait for (topohosts.c); then what
 * a host has of those that are in it, and the faults in which they differ. */
void topo_read_hosts(struct topo_load *l);
void topo_finish_hosts(struct topo_load *l);

/* Takes back what `defaults` gave and this actor cannot have (toposettle.c). */
void topo_settle(struct topo_load *l, struct topo_draft *d);
/* Finds the actors that `to` and `after` name, with the faults of these (toporesolve.c). */
void topo_resolve(struct topo_load *l);
/* The faults that lie between keys of one actor (topocheck.c), and between actors (toporing.c). */
void topo_check(struct topo_load *l);
void topo_check_init(struct topo_load *l, const struct topo_draft *d);   /* in topoinit.c */
void topo_check_probes(struct topo_load *l, const struct topo_draft *d); /* in topoprobe.c */
void topo_check_rings(struct topo_load *l);

/* The index of an actor, or -1. */
long topo_index(const struct topo_load *l, const char *name);
/* The actor's name nearest to this, or NULL. */
const char *topo_near(struct topo_load *l, const char *name);

#endif
