/* Messages that could not be handled, each with the reason and the evidence. At most 10,000 of
 * them, or 64 MiB; the oldest go, counted as dropped. */
#ifndef ENGINE_DEADLETTERS_H
#define ENGINE_DEADLETTERS_H

#include "engine/system.h"

#define DEADLETTERS_MAX 10000
#define DEADLETTERS_BYTES (64u * 1024 * 1024)

struct store_entry;

struct deadletter {
    struct deadletter *prev, *next;
    struct actor *actor; /* whose book it stands in; NULL: none */
    uint64_t id;
    mail_origin from;
    int64_t since; /* loop_now */
    uint8_t type;
    uint8_t attempts;
    char *to;          /* owned */
    char *reason;      /* owned */
    char *exit;        /* evidence: how its process ended; owned, may be NULL */
    char *stderr_text; /* evidence: its last lines; owned, may be NULL */
    struct bytes tag, headers, body;
    struct store_entry *kept; /* where it is kept on a disk too, or NULL */
    bool left;                /* of one that is not there any more, and a copy elsewhere had it */
};

/* What is known of the attempt that failed. */
struct dead_evidence {
    const struct policy_exit *how; /* NULL: its process did not end */
    struct span said;              /* the last lines of its stderr */
};

struct deadletters;

struct deadletters *deadletters_new(void);
void deadletters_free(struct deadletters *d);

/* Keeps a copy. `actor` may be NULL where the address is nobody's; then `to` is what was written.
 * evidence may be NULL. The actor's book is charged here. Never fails: without memory the message
 * is counted as dropped, and an event says so. */
void deadletters_add(struct system *s, struct actor *actor, const char *to, const struct letter *l,
                     const char *reason, const struct dead_evidence *evidence);
/* One that was kept on a disk. extra: see kept_record. */
void deadletters_restore(struct system *s, struct actor *actor, const char *to,
                         const struct letter *l, struct span extra, int64_t age_ms,
                         struct store_entry *kept);
void deadletters_left(struct system *s); /* the last one: see deadletter.left */
size_t deadletters_count(const struct deadletters *d);
struct deadletter *deadletters_first(const struct deadletters *d); /* the oldest; then ->next */
struct deadletter *deadletters_find(const struct deadletters *d, uint64_t id);
/* Takes it out of the letters and of the book: the caller says what became of it. Freed by
 * deadletter_free. */
void deadletters_take(struct deadletters *d, struct deadletter *letter);
void deadletter_free(struct deadletter *letter);

#endif
