#include "base/libexec.h"

#include "base/err.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int libexec_find(const char *name, char *buf, size_t size)
{
    char here[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", here, sizeof(here) - 1);

    here[len < 0 ? 0 : len] = '\0';
    char *slash = strrchr(here, '/');
    if (slash != NULL)
        *slash = '\0';
    const char *const folders[][2] = {
        {here, ""}, {here, "/../libexec/actorsup"}, {PKGLIBEXECDIR, ""}};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        int n = snprintf(buf, size, "%s%s/%s", folders[i][0], folders[i][1], name);
        if (n < 0 || (size_t)n >= size)
            return ERR_TOO_LARGE;
        if (access(buf, X_OK) == 0)
            return 0;
    }
    return ERR_UNKNOWN;
}
