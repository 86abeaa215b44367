/* Connections on the system's socket: frames actors that attach, actorsend, and commands. */
#ifndef ENGINE_CLIENTS_H
#define ENGINE_CLIENTS_H

#include "engine/system.h"

/* By which way a connection came: our own socket, or the gate, from who knows whom: where actors
 * connect, or where hosts join. */
enum clients_way { CLIENTS_HERE, CLIENTS_OUTSIDE, CLIENTS_JOIN };
/* A connection, non-blocking; takes fd. */
void clients_serve(struct system *s, int fd, enum clients_way way);
bool client_joins(const struct client *c);
/* What waits for it is written, and it is no client from here on: its descriptor is the caller's;
 * -1: it is gone. */
int client_becomes(struct client *c);
/* Hangs up on the one that has been silent for longest since it connected, else on the oldest that
 * wants nothing just now; either for ms at least. False: there is none. */
bool clients_drop_silent(struct system *s, int64_t ms);
/* Is there a place for one more? If need be that of one that has been silent for a while. */
bool clients_room(struct system *s);
/* Mail was synced to a disk, or could not be: those who wait for that are told. */
void clients_synced(struct system *s);
void clients_drop_all(struct system *s); /* what can be written at once still is */

/* A reply or a dead message for an outside client. False: it is gone. */
bool clients_deliver(struct system *s, mail_origin to, const struct letter *l);

/* Answers a control call: RESULT with code and the object (whose reference is taken; NULL: out of
 * memory). */
void client_result(struct client *c, int code, void *json);
/* The member whose process it is, or the client's own. */
mail_origin client_origin(const struct client *c);
/* Calls cb with whom each speaks for, and the actor that it waits for (or NULL). */
void clients_each(struct system *s, void (*cb)(void *arg, mail_origin as, const struct actor *on),
                  void *arg);
struct system *client_system(struct client *c);

/* In a sequential run; m NULL: of outside clients. Admits the first that waits to be; false: there
 * is none. */
bool clients_admit(struct system *s, const struct member *m);
bool clients_gated(struct system *s, const struct member *m); /* whether there is one */
/* Does a command that m runs wait, for an answer or for room? */
bool clients_wait(struct system *s, const struct member *m);
/* Why the run must wait for an outside client that is admitted (static text), and its number; NULL:
 * for none. print: see sleepers_look. */
const char *clients_unrest(struct system *s, uint32_t *number, uint64_t *print);

/* c will not be gone after one answer: a sender, or one that waits for a state. 0, or ERR_REFUSED
 * with why when there is no place for another such. */
int client_stays(struct client *c, char *why, size_t size);
/* c is not to be hung up on before its answer. */
void client_waits(struct client *c);

#endif
