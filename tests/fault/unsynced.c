/* Preloaded into a supervisor: what it writes with pwrite stays here until it is synced, so that
 * its death is a power cut as far as its files of kept mail go. With UNSYNCED_TORN=SEED sectors of
 * 512 bytes go to the file at once at random, as a disk may have them. As long as there is a file
 * of the name in UNSYNCED_FAIL, a sync fails with EIO, and what it should have written is lost to
 * the syncs behind it too: a file system may take its pages for clean after a failure. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { SECTOR = 512 };

struct held {
    struct held *next;
    int fd;
    off_t at;
    size_t len;
    unsigned char data[];
};

static struct held *first, **last = &first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t really(int fd, const void *data, size_t len, off_t at)
{
    static ssize_t (*call)(int, const void *, size_t, off_t);

    if (call == NULL)
        *(void **)&call = dlsym(RTLD_NEXT, "pwrite64");
    return call(fd, data, len, at);
}

static void tear(int fd, const unsigned char *data, size_t len, off_t at)
{
    static unsigned seed;
    const char *text = getenv("UNSYNCED_TORN");

    if (text == NULL)
        return;
    if (seed == 0)
        seed = (unsigned)strtoul(text, NULL, 10) + 1;
    while (len > 0) {
        size_t n = SECTOR - (size_t)(at % SECTOR);
        n = n < len ? n : len;
        if (rand_r(&seed) % 2 == 0)
            (void)really(fd, data, n, at);
        data += n;
        len -= n;
        at += (off_t)n;
    }
}

ssize_t pwrite64(int fd, const void *data, size_t len, off_t at);
ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
    struct held *h = malloc(sizeof(*h) + len);

    if (h == NULL) {
        errno = ENOMEM;
        return -1;
    }
    h->next = NULL;
    h->fd = fd;
    h->at = at;
    h->len = len;
    memcpy(h->data, data, len);
    (void)pthread_mutex_lock(&lock);
    tear(fd, h->data, len, at);
    *last = h;
    last = &h->next;
    (void)pthread_mutex_unlock(&lock);
    return (ssize_t)len;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    return pwrite64(fd, data, len, at);
}

static void let_go(int fd, bool keep)
{
    struct held **at = &first;

    (void)pthread_mutex_lock(&lock);
    while (*at != NULL) {
        struct held *h = *at;
        if (h->fd != fd) {
            at = &h->next;
            continue;
        }
        if (keep)
            (void)really(fd, h->data, h->len, h->at);
        *at = h->next;
        free(h);
    }
    last = &first;
    while (*last != NULL)
        last = &(*last)->next;
    (void)pthread_mutex_unlock(&lock);
}

static int sync_by(const char *name, int fd)
{
    const char *fail = getenv("UNSYNCED_FAIL");
    int (*call)(int) = NULL;
    bool fails = fail != NULL && access(fail, F_OK) == 0;

    let_go(fd, !fails);
    if (fails) {
        errno = EIO;
        return -1;
    }
    *(void **)&call = dlsym(RTLD_NEXT, name);
    return call(fd);
}

int fdatasync(int fd)
{
    return sync_by("fdatasync", fd);
}

int fsync(int fd)
{
    return sync_by("fsync", fd);
}
