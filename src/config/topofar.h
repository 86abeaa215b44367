/* Hosts of a topology: how they are reached, and who may run on them. */
#ifndef CONFIG_TOPOFAR_H
#define CONFIG_TOPOFAR_H

#include "config/topology.h"

#include <stdbool.h>
#include <stddef.h>

/* [user@]host[:port], parted: spans of the text. */
struct topo_login {
    const char *user; /* NULL: none */
    size_t user_len;
    const char *host;
    size_t host_len;
    unsigned port; /* 0: none */
};
/* NULL, or static text for what is wrong with it. */
const char *topofar_check_login(const char *text);
bool topo_login_parse(const char *text, struct topo_login *out); /* false: it is none */

/* Whether a host with these capabilities has all that is needed, each with that very value. */
bool topo_fits(const struct topo_capabilities *has, const struct topo_capabilities *needs);

#endif
