/* Finding the program that a command's first word means. */
#include "io/spawn.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int spawn_try(const char *dir, size_t dlen, const char *name, const char *cwd, char *buf,
                     size_t size)
{
    bool absolute = dlen > 0 && dir[0] == '/';
    struct stat st;

    int n = snprintf(buf, size, "%s%s%.*s%s%s", absolute ? "" : cwd, absolute ? "" : "/", (int)dlen,
                     dir, dlen > 0 && dir[dlen - 1] != '/' ? "/" : "", name);
    if (n < 0 || (size_t)n >= size)
        return ERR_TOO_LARGE;
    if (stat(buf, &st) != 0)
        return errno == EACCES ? ERR_DENIED : ERR_UNKNOWN;
    if (!S_ISREG(st.st_mode) || access(buf, X_OK) != 0)
        return ERR_DENIED;
    return 0;
}

static int spawn_search(const char *name, const char *cwd, const char *path, char *buf, size_t size)
{
    int worst = ERR_UNKNOWN;

    for (const char *dir = path; dir != NULL;) {
        const char *end = strchrnul(dir, ':');
        int rc = spawn_try(dir, (size_t)(end - dir), name, cwd, buf, size);
        if (rc == 0 || rc == ERR_TOO_LARGE)
            return rc;
        if (rc == ERR_DENIED)
            worst = rc;
        dir = *end == ':' ? end + 1 : NULL;
    }
    return worst;
}

int spawn_find(const char *name, const char *cwd, const char *path, char *out, size_t size)
{
    char buf[PATH_MAX];
    int rc;

    if (name[0] == '\0')
        return ERR_UNKNOWN;
    if (name[0] == '/') {
        rc = spawn_try("/", 1, name + strspn(name, "/"), cwd, buf, sizeof(buf));
    } else if (strchr(name, '/') != NULL) {
        const char *plain = strncmp(name, "./", 2) == 0 ? name + 2 + strspn(name + 2, "/") : name;
        rc = spawn_try("", 0, plain, cwd, buf, sizeof(buf));
    } else {
        rc = spawn_search(name, cwd, path != NULL ? path : "/usr/local/bin:/usr/bin:/bin", buf,
                          sizeof(buf));
    }
    if (rc != 0)
        return rc;
    size_t len = strlen(buf);
    if (len >= size)
        return ERR_TOO_LARGE;
    memcpy(out, buf, len + 1);
    return 0;
}
