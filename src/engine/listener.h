/* The system's socket in its run directory: who may connect. */
#ifndef ENGINE_LISTENER_H
#define ENGINE_LISTENER_H

#include "engine/system.h"

/* Listens (mode 0600; processes of this user and of root). 0 or ERR_SYSTEM with e. */
int listener_listen(struct system *s, struct err *e);
void listener_again(void *system);     /* some connection has ended, or a while has passed */
void listener_close(struct system *s); /* and ends every connection */

#endif
