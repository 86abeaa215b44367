#include "freight/depotdir.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int depotdir_lead(char *path, mode_t mode, struct err *e)
{
    for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        int rc = mkdir(path, 0700);
        if (rc == 0)
            rc = chmod(path, mode);
        else if (errno == EEXIST)
            rc = 0;
        if (rc != 0)
            (void)err_errno(e, "cannot make %s", path);
        *p = '/';
        if (rc != 0)
            return ERR_SYSTEM;
    }
    return 0;
}

int depotdir_make(char *path, mode_t mode, struct err *e)
{
    struct stat st;

    if (depotdir_lead(path, DEPOTDIR_IN_TREE, e) != 0)
        return ERR_SYSTEM;
    bool there = lstat(path, &st) == 0;
    if (there && !S_ISDIR(st.st_mode))
        there = unlink(path) != 0;
    if ((!there && mkdir(path, 0700) != 0) || chmod(path, mode) != 0)
        return err_errno(e, "cannot make %s", path);
    return 0;
}
