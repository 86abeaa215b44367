#include "io/rundir.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes each folder of the path that is missing, as the XDG rules want: 0700. */
static int statedir_make(char *path, struct err *e)
{
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char kept = *at;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return err_errno(e, "cannot make folder %s", path);
        *at = kept;
        if (kept == '\0')
            return 0;
    }
}

static const char *statedir_home(void)
{
    const char *home = getenv("HOME");

    if (home != NULL && home[0] == '/')
        return home;
    struct passwd *pw = getpwuid(geteuid());
    return pw != NULL ? pw->pw_dir : NULL;
}

int rundir_state(const char *system, bool create, char *buf, size_t size, struct err *e)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = "", *below = "";
    char path[4096];

    if (state == NULL || state[0] != '/') { /* a relative one is to be ignored, says XDG */
        state = "";
        below = "/.local/state";
        home = statedir_home();
        if (home == NULL)
            return err_set(e, ERR_UNKNOWN, "there is no home folder for the logs: set HOME");
    }
    int n = snprintf(path, sizeof(path), "%s%s%s/actorsup/%s", state, home, below, system);
    if (n < 0 || (size_t)n >= sizeof(path) || (size_t)n >= size)
        return err_set(e, ERR_TOO_LARGE, "the path of the folder for the logs is too long");
    int rc = create ? statedir_make(path, e) : 0;
    if (rc == 0)
        memcpy(buf, path, (size_t)n + 1);
    return rc;
}
