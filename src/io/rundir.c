#include "io/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RUNDIR_ROOM "actorsup" /* the folder in DIR that holds one folder a system */

struct rundir {
    int fd;
    int lock_fd; /* -1: not locked through this rundir */
    char *system;
    char *base;
    char *path;
    char *socket;
};

/* ---- the steps, each checked on its descriptor ---- */

enum rundir_trust {
    RUNDIR_PLACE, /* DIR: ours or root's, and others may add to it only as to /tmp */
    RUNDIR_OURS,  /* what we made: ours alone */
};

static int rundir_check(int fd, enum rundir_trust trust, const char *path, struct err *e)
{
    struct stat st;
    uid_t me = geteuid();

    if (fstat(fd, &st) != 0)
        return err_errno(e, "cannot look at %s", path);
    if (st.st_uid != me && !(trust == RUNDIR_PLACE && st.st_uid == 0))
        return err_set(e, ERR_DENIED,
                       "%s belongs to user %ld, not to %ld: remove it, or set "
                       "ACTORSUP_RUNTIME_DIR to a folder of yours",
                       path, (long)st.st_uid, (long)me);
    if (trust == RUNDIR_OURS && (st.st_mode & 077) != 0)
        return err_set(e, ERR_DENIED, "%s is open to others (mode %03o): chmod 700 it", path,
                       (unsigned)(st.st_mode & 0777));
    if (trust == RUNDIR_PLACE && (st.st_mode & 022) != 0 && (st.st_mode & S_ISVTX) == 0)
        return err_set(e, ERR_DENIED,
                       "others may write to %s (mode %03o): chmod it, or set ACTORSUP_RUNTIME_DIR "
                       "to a folder of yours",
                       path, (unsigned)(st.st_mode & 0777));
    return 0;
}

/* Opens name in the folder at, which it may make. The descriptor, or a code. */
static int rundir_step(int at, const char *name, bool create, enum rundir_trust trust,
                       const char *path, struct err *e)
{
    if (create && mkdirat(at, name, 0700) != 0 && errno != EEXIST)
        return err_errno(e, "cannot make folder %s", path);
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT)
            return err_set(e, ERR_NOT_RUNNING, "%s does not exist", path);
        if (errno == ENOTDIR || errno == ELOOP)
            return err_set(e, ERR_DENIED, "%s is not a folder (links are not followed): remove it",
                           path);
        if (errno == EACCES)
            return err_set(e, ERR_DENIED,
                           "%s is closed to this user: only the user of a supervisor can reach it",
                           path);
        return err_errno(e, "cannot open folder %s", path);
    }
    int rc = rundir_check(fd, trust, path, e);
    if (rc != 0) {
        (void)close(fd);
        return rc;
    }
    return fd;
}

/* DIR as an absolute path without a slash at its end. */
static int rundir_absolute(const char *dir, char *buf, size_t size)
{
    char cwd[PATH_MAX] = "";
    size_t len = strlen(dir);

    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (dir[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
        return ERR_SYSTEM;
    int n = snprintf(buf, size, "%s%s%.*s", cwd, cwd[0] == '\0' ? "" : "/", (int)len, dir);
    return n < 0 || (size_t)n >= size ? ERR_TOO_LARGE : 0;
}

/* The first of the places that is there; the last one is made when it may be. */
static int rundir_base_open(bool create, char *base, size_t size, struct err *e)
{
    char user[64], fallback[64];
    const char *places[] = {getenv("ACTORSUP_RUNTIME_DIR"), getenv("XDG_RUNTIME_DIR"), user};
    struct stat st;

    (void)snprintf(user, sizeof(user), "/run/user/%ld", (long)geteuid());
    (void)snprintf(fallback, sizeof(fallback), "/tmp/actorsup-%ld", (long)geteuid());
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        if (places[i] == NULL || places[i][0] == '\0')
            continue;
        if (rundir_absolute(places[i], base, size) != 0)
            return err_set(e, ERR_TOO_LARGE, "the path of folder %s is too long", places[i]);
        if (lstat(base, &st) == 0)
            return rundir_step(AT_FDCWD, base, false, RUNDIR_PLACE, base, e);
    }
    (void)snprintf(base, size, "%s", fallback);
    return rundir_step(AT_FDCWD, base, create, RUNDIR_OURS, base, e);
}

/* DIR/actorsup. */
static int rundir_room_open(bool create, char *base, size_t size, struct err *e)
{
    char path[PATH_MAX + sizeof(RUNDIR_ROOM)];

    int at = rundir_base_open(create, base, size, e);
    if (at < 0)
        return at;
    (void)snprintf(path, sizeof(path), "%s/" RUNDIR_ROOM, base);
    int fd = rundir_step(at, RUNDIR_ROOM, create, RUNDIR_OURS, path, e);
    (void)close(at);
    return fd;
}

/* ---- the folder ---- */

static int rundir_name_paths(struct rundir *r, const char *system, const char *base, struct err *e)
{
    r->system = strdup(system);
    r->base = strdup(base);
    if (asprintf(&r->path, "%s/" RUNDIR_ROOM "/%s", base, system) < 0)
        r->path = NULL;
    else if (asprintf(&r->socket, "%s/" RUNDIR_SOCKET, r->path) < 0)
        r->socket = NULL;
    if (r->system == NULL || r->base == NULL || r->path == NULL || r->socket == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    if (strlen(r->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return err_set(e, ERR_TOO_LARGE,
                       "%s is longer than the %zu bytes of a socket's path: give %s a shorter "
                       "name, or set ACTORSUP_RUNTIME_DIR there to a shorter folder",
                       r->socket, sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
                       strchr(system, '@') == NULL ? "the system" : "system or host");
    return 0;
}

int rundir_open(const char *system, bool create, struct rundir **out, struct err *e)
{
    char base[PATH_MAX];
    int rc, room = -1;
    struct rundir *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    r->fd = r->lock_fd = -1;
    if (system[0] == '\0' || system[0] == '.' || strchr(system, '/') != NULL) {
        rc = err_set(e, ERR_INVALID, "'%s' is not the name of a system", system);
        goto out;
    }
    rc = room = rundir_room_open(create, base, sizeof(base), e);
    if (room >= 0)
        rc = rundir_name_paths(r, system, base, e);
    if (rc == 0)
        rc = r->fd = rundir_step(room, system, create, RUNDIR_OURS, r->path, e);
    if (rc >= 0)
        rc = 0;
    if (rc == ERR_NOT_RUNNING)
        (void)err_set(e, rc, "no system '%s' is running", system);
out:
    if (room >= 0)
        (void)close(room);
    if (rc == 0)
        *out = r;
    else
        rundir_free(r);
    return rc;
}

void rundir_free(struct rundir *r)
{
    if (r == NULL)
        return;
    if (r->fd >= 0)
        (void)close(r->fd);
    if (r->lock_fd >= 0)
        (void)close(r->lock_fd);
    free(r->system);
    free(r->base);
    free(r->path);
    free(r->socket);
    free(r);
}

int rundir_fd(const struct rundir *r)
{
    return r->fd;
}

const char *rundir_system(const struct rundir *r)
{
    const char *slash = strrchr(r->path, '/');

    return slash == NULL ? r->path : slash + 1;
}

const char *rundir_path(const struct rundir *r)
{
    return r->path;
}

const char *rundir_base(const struct rundir *r)
{
    return r->base;
}

const char *rundir_socket(const struct rundir *r)
{
    return r->socket;
}

/* ---- the lock ---- */

/* A lock of the open file, which a child of fork shares. Not flock(2), which cannot be looked at
 * without being taken: every `ps` could make an `up` believe that the system runs. */
static struct flock rundir_whole(short type)
{
    struct flock whole;

    memset(&whole, 0, sizeof(whole));
    whole.l_type = type;
    whole.l_whence = SEEK_SET;
    return whole;
}

int rundir_lock(struct rundir *r, struct err *e)
{
    struct flock whole = rundir_whole(F_WRLCK);

    int fd = openat(r->fd, RUNDIR_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(e, "cannot open %s/" RUNDIR_LOCK, r->path);
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
        int rc = errno == EAGAIN || errno == EACCES
                     ? err_set(e, ERR_EXISTS, "system '%s' is running already (pid %ld)", r->system,
                               (long)rundir_pid(r))
                     : err_errno(e, "cannot lock %s/" RUNDIR_LOCK, r->path);
        (void)close(fd);
        return rc;
    }
    if (r->lock_fd >= 0)
        (void)close(r->lock_fd);
    r->lock_fd = fd;
    return 0;
}

int rundir_lock_fd(const struct rundir *r)
{
    return r->lock_fd;
}

static bool rundir_locked_at(int at)
{
    struct flock whole = rundir_whole(F_WRLCK);

    int fd = openat(at, RUNDIR_LOCK, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool locked = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    (void)close(fd);
    return locked;
}

bool rundir_running(const struct rundir *r)
{
    return rundir_locked_at(r->fd);
}

/* ---- small files ---- */

pid_t rundir_pid(const struct rundir *r)
{
    char text[32];

    if (rundir_read(r, RUNDIR_PID, text, sizeof(text)) != 0)
        return 0;
    long pid = strtol(text, NULL, 10);
    return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

int rundir_write(struct rundir *r, const char *name, const char *text, struct err *e)
{
    char temp[NAME_MAX + 1];
    size_t len = strlen(text);

    (void)snprintf(temp, sizeof(temp), ".%s.%ld", name, (long)getpid());
    (void)unlinkat(r->fd, temp, 0);
    int fd = openat(r->fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(e, "cannot write to %s", r->path);
    ssize_t n = write(fd, text, len);
    if (n >= 0 && (size_t)n < len)
        errno = ENOSPC;
    bool good = n == (ssize_t)len && renameat(r->fd, temp, r->fd, name) == 0;
    int rc = good ? 0 : err_errno(e, "cannot write %s/%s", r->path, name);
    if (!good)
        (void)unlinkat(r->fd, temp, 0);
    (void)close(fd);
    return rc;
}

int rundir_read(const struct rundir *r, const char *name, char *buf, size_t size)
{
    size_t len = 0;
    ssize_t n = 1;

    int fd = openat(r->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return ERR_SYSTEM;
    while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
        len += (size_t)n;
    buf[len] = '\0';
    (void)close(fd);
    return n < 0 ? ERR_SYSTEM : 0;
}

int rundir_remove(struct rundir *r, const char *name)
{
    return unlinkat(r->fd, name, 0) == 0 || errno == ENOENT ? 0 : ERR_SYSTEM;
}

void rundir_clean(struct rundir *r)
{
    (void)unlinkat(r->fd, RUNDIR_SOCKET, 0);
    (void)unlinkat(r->fd, RUNDIR_PID, 0);
    (void)unlinkat(r->fd, RUNDIR_RUN, 0);
}

/* ---- all systems ---- */

int rundir_list(void (*cb)(void *arg, const char *system), void *arg, struct err *e)
{
    char base[PATH_MAX];
    struct dirent *entry;
    int running = 0;

    int room = rundir_room_open(false, base, sizeof(base), e);
    if (room < 0)
        return room == ERR_NOT_RUNNING ? 0 : room;
    DIR *dir = fdopendir(room);
    if (dir == NULL) {
        (void)close(room);
        return err_errno(e, "cannot read folder %s/" RUNDIR_ROOM, base);
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        int fd = rundir_step(room, entry->d_name, false, RUNDIR_OURS, entry->d_name, NULL);
        if (fd < 0)
            continue;
        if (rundir_locked_at(fd)) {
            running++;
            if (cb != NULL)
                cb(arg, entry->d_name);
        }
        (void)close(fd);
    }
    (void)closedir(dir);
    return running;
}
