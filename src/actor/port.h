/* What carries an actor's frames: the seam between libactor and the way in which
 * the actor is run. A process has a session with its supervisor. */
#ifndef ACTOR_PORT_H
#define ACTOR_PORT_H

#include "actor/actor.h"
#include "base/err.h"
#include "model/frame.h"

#include <stdbool.h>

struct port;

/* Each does what the function of wire/session.h with its name does. */
struct port_ops {
    const char *(*name)(const struct port *p);
    const char *(*system)(const struct port *p);
    int (*put)(struct port *p, const struct frame *f);
    size_t (*unsent)(const struct port *p);
    int (*flush)(struct port *p, int timeout_ms);
    int (*next)(struct port *p, struct frame *f, int timeout_ms, struct err *e);
    bool (*buffered)(const struct port *p);
    int (*fd)(struct port *p);
    int (*drain)(struct port *p, int timeout_ms);
    void (*close)(struct port *p); /* and frees p */
};

/* The first member of each runner's own struct. */
struct port {
    const struct port_ops *ops;
};

/* runprocess.c: this process is the actor. What options does not say, the environment does. */
int port_open_process(struct port **out, const struct actor_options *options, struct err *e);

#endif
