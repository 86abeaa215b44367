/* Shared objects, each with variables of its own: the first to use one gets the file itself, whose
 * name a debugger knows; others, while it is in use, a copy in memory. Libraries are there once. */
#include "host/host.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOAD_PATH = 64 };

static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;

static bool host_is_loaded(const char *path)
{
    void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);

    if (handle != NULL)
        (void)dlclose(handle);
    return handle != NULL;
}

static int host_copy_bytes(const char *path, int to)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    ssize_t n = from < 0 || fstat(from, &st) != 0 ? -1 : 1;

    for (off_t left = n < 0 ? 0 : st.st_size; left > 0 && n > 0; left -= n)
        n = sendfile(to, from, NULL, (size_t)left);
    if (from >= 0)
        (void)close(from);
    return n <= 0 ? -1 : 0;
}

/* The name of a copy; what is still loaded under it, though its descriptor is closed, would come
 * again: then by another descriptor. -1 with errno. */
static int host_copy(struct guest *g, char *name, size_t size)
{
    const char *slash = strrchr(g->object, '/');

    g->copy = memfd_create(slash == NULL ? g->object : slash + 1, MFD_CLOEXEC);
    if (g->copy < 0 || host_copy_bytes(g->object, g->copy) != 0)
        return -1;
    for (;;) {
        (void)snprintf(name, size, "/proc/%d/fd/%d", (int)getpid(), g->copy);
        if (!host_is_loaded(name))
            return 0;
        int other = fcntl(g->copy, F_DUPFD_CLOEXEC, g->copy + 1);
        (void)close(g->copy);
        g->copy = other;
        if (other < 0)
            return -1;
    }
}

/* The libraries that it brought, which stand behind it: they stay, as threads of theirs may run. */
static void host_pin(void *handle)
{
    struct link_map *map = NULL;

    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0)
        return;
    for (map = map->l_next; map != NULL; map = map->l_next)
        // cppcheck-suppress leakReturnValNotUsed
        (void)dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

static host_entry *host_fails(struct guest *g, const char *why)
{
    (void)snprintf(g->end.why, sizeof(g->end.why), "cannot load %.220s", why);
    return NULL;
}

static host_entry *host_open(struct guest *g)
{
    char name[LOAD_PATH];
    const char *path = g->object;

    if (host_is_loaded(path)) {
        if (host_copy(g, name, sizeof(name)) != 0) {
            char why[HOSTING_WHY];
            (void)snprintf(why, sizeof(why), "%.150s once more: %.60s", path, strerror(errno));
            return host_fails(g, why);
        }
        path = name;
    }
    g->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (g->handle != NULL)
        host_pin(g->handle);
    void *found = g->handle == NULL ? NULL : dlsym(g->handle, "main");
    if (found == NULL) /* "PATH: what is wrong" */
        return host_fails(g, dlerror());
    host_entry *entry;
    memcpy(&entry, &found, sizeof(entry)); /* ISO C knows no other way */
    return entry;
}

host_entry *host_load(struct guest *g)
{
    (void)pthread_mutex_lock(&load_lock);
    host_entry *entry = host_open(g);
    (void)pthread_mutex_unlock(&load_lock);
    return entry;
}

void host_unload(struct guest *g)
{
    if (g->handle != NULL)
        (void)dlclose(g->handle);
    if (g->copy >= 0)
        (void)close(g->copy);
    g->handle = NULL;
    g->copy = -1;
}
