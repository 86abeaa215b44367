#include "store/storefiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STOREFILES_NAME = 64, STOREFILES_DIGITS = 16, STOREFILES_CHUNK = 16 * 1024 * 1024 };

#define STOREFILES_NEW "new"

static void storefiles_name(char *buf, size_t size, uint64_t serial)
{
    (void)snprintf(buf, size, "%016" PRIx64 ".mail", serial);
}

static int storefiles_check(int fd, const char *dir, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_errno(e, "cannot look at %s/%s", dir, STOREFILES_FOLDER);
    if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
        return err_set(e, ERR_DENIED, "%s/%s must belong to this user alone (mode 0700)", dir,
                       STOREFILES_FOLDER);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return err_set(e, ERR_EXISTS, "the mail in %s/%s is in use by another supervisor", dir,
                       STOREFILES_FOLDER);
    return 0;
}

int storefiles_folder(const char *dir, bool create, struct err *e)
{
    enum { FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
    int above = open(dir, O_CLOEXEC | FLAGS);

    if (above < 0)
        return err_errno(e, "cannot open %s", dir);
    if (create && mkdirat(above, STOREFILES_FOLDER, 0700) == 0)
        (void)fsync(above);
    int fd = openat(above, STOREFILES_FOLDER, O_CLOEXEC | FLAGS);
    int failed = errno;
    (void)close(above);
    if (fd < 0 && failed == ENOENT && !create)
        return -1;
    if (fd < 0) {
        errno = failed;
        return err_errno(e, "cannot open %s/%s", dir, STOREFILES_FOLDER);
    }
    int rc = storefiles_check(fd, dir, e);
    if (rc != 0)
        (void)close(fd);
    return rc != 0 ? rc : fd;
}

static bool storefiles_serial(const char *name, uint64_t *serial)
{
    char again[STOREFILES_NAME];

    *serial = strtoull(name, NULL, 16);
    storefiles_name(again, sizeof(again), *serial);
    return strcmp(name, again) == 0;
}

static int storefiles_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y ? 1 : 0;
}

int storefiles_list(int folder, uint64_t **list, size_t *n, struct err *e)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry = NULL;
    uint64_t serial = 0;
    size_t cap = 0;

    *list = NULL;
    *n = 0;
    (void)unlinkat(folder, STOREFILES_NEW, 0);
    if (d == NULL)
        return err_errno(e, "cannot list the folder of kept mail");
    while ((entry = readdir(d)) != NULL) {
        if (!storefiles_serial(entry->d_name, &serial))
            continue;
        if (*n == cap) {
            cap = cap == 0 ? 8 : cap * 2;
            uint64_t *grown = realloc(*list, cap * sizeof(**list));
            if (grown == NULL) {
                (void)closedir(d);
                free(*list);
                return err_set(e, ERR_NOMEM, "out of memory");
            }
            *list = grown;
        }
        (*list)[(*n)++] = serial;
    }
    (void)closedir(d);
    if (*n > 0)
        qsort(*list, *n, sizeof(**list), storefiles_order);
    return 0;
}

int storefiles_write(int fd, const unsigned char *data, size_t len, uint64_t at)
{
    while (len > 0) {
        size_t part = len < STOREFILES_CHUNK ? len : STOREFILES_CHUNK;
        ssize_t n = pwrite(fd, data, part, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        data += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return fdatasync(fd) == 0 ? 0 : -errno;
}

static int storefiles_fill(int folder, int fd, const struct kept_head *h)
{
    unsigned char head[KEPT_HEAD];
    char name[STOREFILES_NAME];
    int rc = posix_fallocate(fd, 0, (off_t)h->size);

    if (rc != 0)
        return -rc;
    kept_head_pack(head, h);
    rc = storefiles_write(fd, head, sizeof(head), 0);
    if (rc != 0)
        return rc;
    storefiles_name(name, sizeof(name), h->serial);
    if (fsync(fd) != 0 || renameat(folder, STOREFILES_NEW, folder, name) != 0 || fsync(folder) != 0)
        return -errno;
    return 0;
}

int storefiles_make(int folder, const struct kept_head *h)
{
    int fd =
        openat(folder, STOREFILES_NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int rc = storefiles_fill(folder, fd, h);
    if (rc == 0)
        return fd;
    (void)close(fd);
    (void)unlinkat(folder, STOREFILES_NEW, 0);
    return rc;
}

int storefiles_open(int folder, uint64_t serial, bool write)
{
    char name[STOREFILES_NAME];

    storefiles_name(name, sizeof(name), serial);
    int fd = openat(folder, name, (write ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return fd;
}

long storefiles_read(int fd, unsigned char *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(fd, data + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (long)done;
}

long storefiles_size(int fd)
{
    struct stat st;

    return fstat(fd, &st) != 0 ? -errno : S_ISREG(st.st_mode) ? (long)st.st_size : -EINVAL;
}

int storefiles_remove(int folder, uint64_t serial)
{
    char name[STOREFILES_NAME];

    storefiles_name(name, sizeof(name), serial);
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
        return -errno;
    return fsync(folder) == 0 ? 0 : -errno;
}

int storefiles_aside(int folder, uint64_t serial, size_t at, const unsigned char *data, size_t len,
                     char *name, size_t size)
{
    (void)snprintf(name, size, "%016" PRIx64 ".%zu.damaged", serial, at);
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int rc = storefiles_write(fd, data, len, 0);
    (void)close(fd);
    if (rc == 0 && fsync(folder) != 0)
        rc = -errno;
    if (rc != 0)
        (void)unlinkat(folder, name, 0);
    return rc;
}
