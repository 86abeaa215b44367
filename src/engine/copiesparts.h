/* What copies.c and copiesleft.c share. */
#ifndef ENGINE_COPIESPARTS_H
#define ENGINE_COPIESPARTS_H

#include "engine/copies.h"
#include "engine/hostparts.h"
#include "store/copybook.h"

/* Instead of the name of a host. */
#define COPIES_ANY "?"  /* it is not known which */
#define COPIES_NONE "-" /* what there is up to that generation does not count */

struct copies_file {
    uint64_t generation;
    char host[ADDRESS_MAX + 1];
    uint64_t begun;
    /* While not all hosts were heard: one of those may have what counts as well, of a generation
     * between these two. */
    uint64_t from, to;
};

struct copies {
    struct system *sys;
    struct copies_file file;
    uint64_t before[2]; /* the generations that the file had at the start: ours, as is its log */
    bool remembered;    /* the file is as it should be */
    struct copylog *log;
    void (*all)(struct system *s);
    struct host *host; /* that has the copy, or gets it; NULL: none */
    uint64_t generation;
    uint64_t session; /* of that host's node, then */
    bool stale;       /* it is to get another, whole */
    bool ran;         /* what a supervisor before has left does not count any more */
    bool whole;       /* it has all that was accepted */
    /* Bytes of records, of all generations: those that were sent; those of them that the host has;
     * up to where messages are accepted; and where the copy is whole. */
    uint64_t sent, taken, reached, whole_at;
    uint64_t late_at; /* up to where there is what came from others beside */
    bool alone;       /* it has been told that there is none */
    struct loop_task flush;

    bool collects;                 /* it is not known who has what was left: all are heard */
    bool open;                     /* hosts that were not heard then may have some as well */
    bool came;                     /* it has come, and there is no other, unless open */
    char awaited[ADDRESS_MAX + 1]; /* the host that has it; "": none, or it has come */
    uint64_t expected;             /* of which generation */
    uint64_t left;                 /* none of an earlier generation is wanted */
    uint64_t room;                 /* bytes that may come */
    uint64_t giving;               /* the generation of what comes; its order: of what has come */
    uint64_t order;
    struct bytes part; /* of LEFT frames */
    size_t n_left, n_left_dead;
};

/* It has all that was accepted, also what came from others beside. */
static inline bool copies_complete(const struct copies *c)
{
    return c->whole && c->taken >= c->late_at;
}

/* The state folder is to have what c->file says. False: it has not, as it is full, say. */
bool copies_remember(struct copies *c);
/* The same once the copy that the host has now is the one that counts: until that is remembered
 * what others have counts as well. */
bool copies_counts(struct copies *c);
bool copies_read(const struct system *s, struct copies_file *is, bool *open); /* false: nothing */
void copies_recall(struct copies *c); /* how it stands at the start */
void copies_close(struct copies *c);  /* have all hosts been heard by now? */
void copies_settle(struct copies *c); /* is what was awaited gone, or known by now? */

#endif
