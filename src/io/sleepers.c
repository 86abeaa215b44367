#include "io/sleepers.h"

#include "base/bytes.h"
#include "io/proctable.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SLEEPERS_TEXT = 4096 };

struct sleepers_look {
    uint64_t print;
    enum sleepers state;
    struct bytes pids; /* pid_t, those that are to be looked at */
    bool below;
    bool unlisted; /* the kernel lists no children */
};

/* Reads what fits of a file of a thread, with a NUL behind it. False: it is gone, or denied. */
static bool sleepers_read(pid_t pid, const char *tid, const char *name, char *buf)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%.20s/%s", (int)pid, tid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, buf, SLEEPERS_TEXT - 1);
    (void)close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n >= 0;
}

/* Waits only until some time, and not for anything else. */
static bool sleepers_for_time(const char *text)
{
    unsigned long long args[6] = {0};
    char *at;
    long nr = strtol(text, &at, 10);

    for (size_t i = 0; i < 6; i++)
        args[i] = strtoull(at, &at, 16);
    switch (nr) {
#ifdef SYS_nanosleep
    case SYS_nanosleep:
#endif
    case SYS_clock_nanosleep:
        return true;
#ifdef SYS_poll
    case SYS_poll:
        return args[1] == 0 && (int)args[2] >= 0;
#endif
    case SYS_ppoll:
        return args[1] == 0 && args[2] != 0;
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
        return args[0] == 0 && args[4] != 0;
    default:
        return false;
    }
}

static uint64_t sleepers_number(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

static void sleepers_is(struct sleepers_look *look, enum sleepers state)
{
    if (state > look->state)
        look->state = state;
}

static void sleepers_thread(struct sleepers_look *look, pid_t pid, const char *tid)
{
    char text[SLEEPERS_TEXT];

    if (!sleepers_read(pid, tid, "status", text))
        return;
    const char *state = strstr(text, "\nState:\t");
    char letter = state == NULL ? '?' : state[8];
    if (letter == 'Z' || letter == 'X')
        return;
    if (letter != 'S') {
        sleepers_is(look, SLEEPERS_RUN);
        return;
    }
    uint64_t ran = sleepers_number(text, "\nvoluntary_ctxt_switches:\t") +
                   sleepers_number(text, "\nnonvoluntary_ctxt_switches:\t");
    look->print += (ran + 1) * (2 * strtoull(tid, NULL, 10) + 1);
    if (!sleepers_read(pid, tid, "syscall", text) || *text == '\0')
        return; /* of another user: that it sleeps has to do */
    if (*text < '0' || *text > '9')
        sleepers_is(look, SLEEPERS_RUN); /* or it reads a page of itself from a disk */
    else if (strtol(tid, NULL, 10) == pid && sleepers_for_time(text))
        sleepers_is(look, SLEEPERS_NAP);
}

static void sleepers_add(struct sleepers_look *look, pid_t pid)
{
    if (bytes_append(&look->pids, &pid, sizeof(pid)) != 0)
        sleepers_is(look, SLEEPERS_RUN); /* without memory nothing is known */
}

static void sleepers_children(struct sleepers_look *look, pid_t pid, const char *tid)
{
    char text[SLEEPERS_TEXT], *at = text, *end;

    if (!sleepers_read(pid, tid, "children", text)) {
        look->unlisted = true;
        return;
    }
    for (long child; (child = strtol(at, &end, 10)) > 0; at = end)
        sleepers_add(look, (pid_t)child);
}

static void sleepers_process(struct sleepers_look *look, pid_t pid)
{
    char path[64];
    struct dirent *entry;

    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    while (dir != NULL && look->state != SLEEPERS_RUN && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        sleepers_thread(look, pid, entry->d_name);
        if (look->below && !look->unlisted)
            sleepers_children(look, pid, entry->d_name);
    }
    if (dir != NULL)
        (void)closedir(dir);
}

/* The children that a kernel without /proc/PID/task/TID/children does not list. */
static void sleepers_by_parent(struct sleepers_look *look, pid_t pid)
{
    struct proctable table;

    proctable_init(&table);
    if (proctable_read(&table) != 0)
        sleepers_is(look, SLEEPERS_RUN);
    for (size_t i = 0; i < table.n; i++)
        if (table.list[i].pid != pid && proctable_below(&table, &table.list[i], pid, 0))
            sleepers_add(look, table.list[i].pid);
    look->below = false; /* all of them are in the list now */
    proctable_release(&table);
}

enum sleepers sleepers_look(pid_t pid, bool below, uint64_t *print)
{
    struct sleepers_look look = {.print = *print, .state = SLEEPERS_WAIT, .below = below};

    bytes_init(&look.pids);
    sleepers_add(&look, pid);
    for (size_t i = 0; look.state != SLEEPERS_RUN && i < bytes_len(&look.pids) / sizeof(pid); i++) {
        pid_t one = 0;
        memcpy(&one, (const char *)bytes_at(&look.pids) + i * sizeof(pid), sizeof(one));
        sleepers_process(&look, one);
        if (look.below && look.unlisted)
            sleepers_by_parent(&look, pid);
    }
    bytes_release(&look.pids);
    *print = look.print;
    return look.state;
}
