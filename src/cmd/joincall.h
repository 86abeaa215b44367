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
    bool again; /* it has been let in before */
};

struct joined {
    int fd;      /* the connection; the caller's to close */
    pid_t dials; /* the process that carries it, 0: none */
    int said;    /* what that has to say, when dials is not 0 */
    char system[256], host[256];
};

/* Are url and files such as can be, and are the files there? 0, or ERR_INVALID with e. */
int joincall_check(const struct join_call *c, struct err *e);
/* Connects and asks. 0; ERR_DENIED: it will never be let in as it is; or ERR_* with e. */
int joincall_make(const struct join_call *c, struct joined *out, struct err *e);
/* Why what carries it has ended, as far as it has said so by now. False: nothing. */
bool joincall_words(const struct joined *j, char *buf, size_t size);
/* Behind the connection's end: waits for what carried it. Its exit status; 0: there was none, or it
 * was ended. */
int joincall_end(struct joined *j);

#endif
