/* What is in force for an actor that no file describes: one that was spawned, or that is gone. */
#ifndef ENGINE_OWNCONF_H
#define ENGINE_OWNCONF_H

#include "base/bytes.h"
#include "config/topology.h"
#include "model/frame.h"

/* What a spawned actor has beyond its template: texts, each ended by a NUL. */
struct ownconf_more {
    struct span args; /* further words of its command */
    struct span env;  /* K=V */
};

/* 0, or ERR_INVALID with e: it names a variable that the supervisor sets. */
int ownconf_check(const struct ownconf_more *more, struct err *e);
/* Packed headers as K=V texts, each with a NUL: NULL, or static text that says what is wrong. The
 * caller releases them in any case. */
const char *ownconf_env(struct span packed, struct bytes *texts);
/* The template's, with a name of its own and more. What it borrows from the template must live as
 * long. Freed by free(). NULL without memory. */
struct topo_actor *ownconf_spawned(const struct topo_actor *template, const char *name,
                                   const struct ownconf_more *more);
/* Its name and what is counted by, and nothing that could be started. */
struct topo_actor *ownconf_grave(const struct topo_actor *c);

#endif
