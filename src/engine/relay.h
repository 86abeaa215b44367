/* A supervisor on another host than the mailboxes: its members are run here, and what they say, and
 * what becomes of them, is told to the supervisor that has the mailboxes. See node/node.h.
 *
 * Where a system has a relay, its actors have one member each, no file and no sender of their own;
 * nothing is decided here but how a process is begun, spoken to, checked and ended. */
#ifndef ENGINE_RELAY_H
#define ENGINE_RELAY_H

#include "engine/system.h"

struct relay {
    const struct speak_host *speak; /* what adaptors ask */
    /* In place of the logs: an event of a member, with its fields; a line that its process said. */
    void (*event)(struct member *m, const char *event, const char *fields);
    void (*output)(struct member *m, const char *text, size_t len);
    /* Must what its processes say on stderr wait? Then process_more is called once it need not. */
    bool (*full)(struct member *m);
    /* All of a process is gone, and its output told: what it has in hand is forgotten behind it.
     * n_read as in mail_settle. */
    void (*settle)(struct member *m, uint64_t n_read);
    void (*over)(void *member, const struct mail_run *run); /* as hand.over */
    const char *(*token)(const struct member *m);           /* of its next process */
    /* A connection that is no actor's, with what it has sent. Takes fd. */
    void (*client)(struct system *s, int fd, const void *rest, size_t len);
    void (*changed)(struct system *s);  /* states of members have */
    void (*measured)(struct system *s); /* what its processes use, see meter_look */
};

#endif
