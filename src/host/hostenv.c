/* What an actor is told by its environment is its own, though a process has only one: this comes
 * before the library's. In a host what an actor sets is seen by all. */
#include "host/host.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

static char *host_lookup(char **list, const char *name, size_t len)
{
    for (; list != NULL && *list != NULL; list++)
        if (strncmp(*list, name, len) == 0 && (*list)[len] == '=')
            return *list + len + 1;
    return NULL;
}

char *getenv(const char *name)
{
    size_t len = strlen(name);
    char *value = host_self == NULL ? NULL : host_lookup(host_self->own, name, len);

    return value != NULL ? value : host_lookup(environ, name, len);
}

char *secure_getenv(const char *name)
{
    return getenv(name);
}
