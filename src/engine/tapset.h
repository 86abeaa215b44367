/* Those that a tap is for: actors, or single members of them, by names that are looked at again
 * when actors come and go. */
#ifndef ENGINE_TAPSET_H
#define ENGINE_TAPSET_H

#include "engine/selection.h"

struct tapset {
    json_t *names;
    unsigned char *whole; /* by the actor's index: the whole of it */
    size_t n_whole;
    mail_origin *members; /* of the others */
    size_t n_members;
    uint64_t spawned; /* of the system when they were looked at */
    size_t n_actors;
};

/* names: as selection_make takes them; borrowed for the call. 0 or ERR_NOMEM. */
int tapset_init(struct tapset *t, struct system *s, const json_t *names);
void tapset_release(struct tapset *t);
/* Whether it covers a sender, a member, or (its number being 0) an actor. */
bool tapset_has(struct tapset *t, struct system *s, mail_origin who);
/* Whether it is for this one member of a pool, and not for all of it. */
bool tapset_has_member(struct tapset *t, struct system *s, mail_origin who);

#endif
