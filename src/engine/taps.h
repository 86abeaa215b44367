/* Taps: commands that are shown copies of the messages to and from actors, as they are accepted.
 *
 * A tap holds nobody up: it has a buffer of TAPS_BUFFER bytes and a tenth of the time; what does
 * not fit is counted, and told in its place. */
#ifndef ENGINE_TAPS_H
#define ENGINE_TAPS_H

#include "engine/selection.h"
#include "engine/witness.h"

#define TAPS_BUFFER (1024 * 1024)

/* The command `tap`: c is shown what goes on until it hangs up or the system ends. */
void taps_begin(struct client *c, const json_t *req, struct selection *sel);
void taps_forget(struct client *c);
void taps_drained(struct client *c); /* all that was for it has been written */
void taps_finish(struct system *s);  /* the system has ended */

/* What is told to them, only called while there are any. */
void taps_accepted(struct system *s, const struct target *t, const struct letter *l);
void taps_lines(struct system *s, const struct target *t, const struct letter *first,
                const char *data, char delim, uint64_t n);
void taps_told(struct system *s, mail_origin client, const struct letter *l);
void taps_taken(struct member *m, const struct mail_run *run);
/* n messages, one after the other, from id on. */
void taps_happened(struct member *m, enum witness_what what, uint64_t id, uint64_t n,
                   const char *reason);
/* a NULL: it was for nobody. */
void taps_ended(struct system *s, struct actor *a, const char *to, const struct letter *l,
                enum witness_what what, const char *reason);

#endif
