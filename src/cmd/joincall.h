/* The call by which a host joins a system. */
#ifndef CMD_JOINCALL_H
#define CMD_JOINCALL_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct join_call {
    const char *url, *name;
    const char *token, *ca; /* files, or NULL */
    const char *server;     /* the name that its certificate must have; NULL: that of the url */
    json_t *capabilities;   /* an object of texts */
    bool json;
};

struct joined {
    int fd;      /* the connection; the caller's to close */
    pid_t dials; /* the process that carries it, 0: none */
    char system[256], host[256];
};

/* Are url and files such as can be? 0, or ERR_INVALID with e. */
int joincall_check(const struct join_call *c, struct err *e);
/* Connects and asks. 0; ERR_DENIED: it will never be let in as it is; or ERR_* with e. */
int joincall_make(const struct join_call *c, struct joined *out, struct err *e);
void joincall_end(struct joined *j); /* behind the connection's end: waits for what carried it */

#endif
