#include "io/reaper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#define HASH_NONFATAL_OOM 1
/* Pids come in a row: spread them. */
#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)*(const pid_t *)(key)*2654435761u)
#include <uthash.h>

struct reaper_entry {
    pid_t pid;
    reaper_cb *cb;
    void *arg;
    UT_hash_handle hh;
};

struct reaper {
    struct loop *loop;
    struct reaper_entry *entries;
    void (*others)(void *arg);
    void *others_arg;
};

static struct reaper_entry *reaper_find(const struct reaper *r, pid_t pid)
{
    struct reaper_entry *found = NULL;

    HASH_FIND(hh, r->entries, &pid, sizeof(pid), found);
    return found;
}

/* One signal may stand for many deaths. */
static void reaper_collect(void *arg, int signo)
{
    struct reaper *r = arg;
    pid_t pid;
    int status;

    (void)signo;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
        struct reaper_entry *entry = pid > 0 ? reaper_find(r, pid) : NULL;
        if (entry == NULL && pid > 0 && r->others != NULL)
            r->others(r->others_arg);
        if (entry == NULL)
            continue;
        struct reaper_entry copy = *entry;
        reaper_forget(r, pid);
        copy.cb(copy.arg, pid, status);
    }
}

static void reaper_nothing(void *arg, int signo)
{
    (void)arg;
    (void)signo;
}

struct reaper *reaper_new(struct loop *l, struct err *e)
{
    struct reaper *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        (void)err_set(e, ERR_NOMEM, "out of memory");
        return NULL;
    }
    r->loop = l;
    if (loop_signal(l, SIGCHLD, reaper_collect, r) != 0) {
        (void)err_set(e, ERR_SYSTEM, "cannot watch for the ends of child processes");
        free(r);
        return NULL;
    }
    return r;
}

void reaper_free(struct reaper *r)
{
    struct reaper_entry *entry, *next;

    if (r == NULL)
        return;
    (void)loop_signal(r->loop, SIGCHLD, reaper_nothing, NULL);
    HASH_ITER (hh, r->entries, entry, next) {
        HASH_DEL(r->entries, entry);
        free(entry);
    }
    free(r);
}

int reaper_watch(struct reaper *r, pid_t pid, reaper_cb *cb, void *arg)
{
    struct reaper_entry *entry = reaper_find(r, pid);

    if (entry == NULL) {
        entry = calloc(1, sizeof(*entry));
        if (entry == NULL)
            return ERR_NOMEM;
        entry->pid = pid;
        HASH_ADD(hh, r->entries, pid, sizeof(pid), entry);
        if (entry->hh.tbl == NULL) {
            free(entry);
            return ERR_NOMEM;
        }
    }
    entry->cb = cb;
    entry->arg = arg;
    return 0;
}

void reaper_others(struct reaper *r, void (*cb)(void *arg), void *arg)
{
    r->others = cb;
    r->others_arg = arg;
}

void reaper_forget(struct reaper *r, pid_t pid)
{
    struct reaper_entry *entry = reaper_find(r, pid);

    if (entry == NULL)
        return;
    HASH_DEL(r->entries, entry);
    free(entry);
}

bool reaper_knows(const struct reaper *r, pid_t pid)
{
    return reaper_find(r, pid) != NULL;
}
