/* What has changed between two descriptions of a system, and what each change asks for. */
#ifndef CONFIG_TOPODIFF_H
#define CONFIG_TOPODIFF_H

#include "config/topology.h"

/* What a running actor must go through for a change; of several the last counts. */
enum topo_change {
    CHANGE_NONE,
    CHANGE_LIVE,    /* nothing: it holds from now on */
    CHANGE_RESTART, /* each of its processes is to be a new one, one after the other */
    CHANGE_REPLACE, /* all of them end before the first new one starts */
};

const char *topodiff_effect(enum topo_change change); /* for people: "in place" */

/* A key of an actor; several rows may have the same one. */
struct topodiff_row {
    const char *key; /* as written below the actor's name: "mailbox.messages" */
    enum topo_change change;
    bool (*same)(const struct topo_actor *was, const struct topo_actor *is); /* NULL: the field */
    size_t offset, size;
};
extern const struct topodiff_row topodiff_rows[];
extern const size_t topodiff_n_rows;

#define TOPODIFF_KEYS 64

struct topodiff {
    enum topo_change change;
    const char *keys[TOPODIFF_KEYS]; /* static; each once */
    size_t n;
};

/* Of an actor that is in both. Names and places in the file are not looked at. */
void topodiff_actor(const struct topo_actor *was, const struct topo_actor *is, struct topodiff *d);
bool topodiff_has(const struct topodiff *d, const char *key);
/* Of a group that is in both, each in its topology: CHANGE_NONE or CHANGE_LIVE. */
void topodiff_group(const struct topology *was, const struct topo_group *g,
                    const struct topology *is, const struct topo_group *h, struct topodiff *d);
/* Of a host: CHANGE_REPLACE when it is launched another way. */
void topodiff_host(const struct topo_host *was, const struct topo_host *is, struct topodiff *d);
/* Are they the same? */
bool topodiff_tls(const struct topo_tls *was, const struct topo_tls *is);
bool topodiff_join(const struct topo_join *was, const struct topo_join *is);
bool topodiff_own_log(const struct topo_own_log *was, const struct topo_own_log *is);

#endif
