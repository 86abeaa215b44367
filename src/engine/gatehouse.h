/* The gate, seen from here: a child that listens for actors over tcp, ws and tls, started when the
 * first of them is to start, and started anew when it ends. See gate/gate.h. */
#ifndef ENGINE_GATEHOUSE_H
#define ENGINE_GATEHOUSE_H

#include "engine/system.h"

bool gatehouse_carries(enum topo_transport t); /* it goes through the gate */
/* Is all there that the file's actors need? Starts nothing. 0, or ERR_SYSTEM with e. */
int gatehouse_check(const struct topology *t, struct err *e);
/* Must the actor's processes wait for the gate? Then it is asked to listen, buf says what for, and
 * the system has changed once it does. */
bool gatehouse_waits(struct actor *a, char *buf, size_t size);
/* Where it listens, once nobody must wait; 0: nowhere. */
unsigned gatehouse_port(const struct system *s, enum topo_transport t);
pid_t gatehouse_pid(const struct system *s); /* of the gate, 0: there is none */
/* Has m, which is to be reached through the gate, met none: that of its start has ended before
 * there was a connection? */
bool gatehouse_missed(const struct member *m);
/* The file was read again: connections from now on are shown the certificate as it is now. */
void gatehouse_renew(struct system *s);
void gatehouse_join(struct system *s);   /* listens where the file says that hosts join */
void gatehouse_follow(struct system *s); /* the states of members have changed: is it needed? */
void gatehouse_close(struct system *s);  /* ends it, at once */

#endif
