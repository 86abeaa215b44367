/* What the manager of services above us is told of the system (systemd: Type=notify): that it has
 * started, how it is, that it stops. Does nothing where there is none. */
#ifndef ENGINE_SERVICE_H
#define ENGINE_SERVICE_H

#include "engine/system.h"

/* The state of members may have changed. Ready is told once, when every actor that `up` started is
 * ready or has come to rest: root goes on when one fails, so that does not undo the start; the
 * status names it. */
void service_look(struct system *s);
void service_stopping(struct system *s);
/* The file is read again, and what it changes has begun. */
void service_reloading(struct system *s);
void service_reloaded(struct system *s);

#endif
