/* The supervisor of another host: it runs members for a supervisor that has their mailboxes, and is
 * reached by whatever that has launched (engine/hosts.h).
 *
 * It outlives the connection that started it: the command that is launched only finds it, or starts
 * it, and hands over its own standard input and output. */
#ifndef NODE_NODE_H
#define NODE_NODE_H

/* `node SYSTEM HOST RUN`, for the supervisor that names its run so: the whole life of what is
 * launched. Returns the exit status. */
int node_main(int argc, char **argv);

/* The same of a connection that was made otherwise: in and out are handed over. Returns once it has
 * ended: 0, or 1 when no node could be started, said on stderr. In a process of its own. */
int node_join(const char *system, const char *host, int in, int out);

#endif
