/* The processes that run several actors, each a thread or all in sequence: hosts.
 *
 * A host is an actor of its own (conf->is_host); what it has besides its process is a carrier. A
 * process of an actor in it is no process for the kernel: it is started by word to the host,
 * stopped by `exit` over its own connection, and has ended when the host says so, or has ended
 * itself. */
#ifndef ENGINE_CARRIER_H
#define ENGINE_CARRIER_H

#include "engine/process.h"

/* How the processes of such actors are run; NULL: this is none of them. */
const struct process_ops *carrier_ops(const struct topo_actor *conf);

/* The member that is m's host; NULL: m has a process of its own. */
struct member *carrier_host(const struct member *m);

/* How a host runs those in it: "thread", "sequence". */
const char *carrier_way(const struct topo_actor *conf);
/* What ps says of a member that its host runs; false: there is nothing to say. */
bool carrier_reason(const struct member *m, char *buf, size_t size);

#endif
