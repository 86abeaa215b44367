#include "io/procs.h"

#include "base/bytes.h"
#include "io/proctable.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the whole of /proc/PID/name. False when it is gone or may not be read. */
static bool procs_read(pid_t pid, const char *name, struct bytes *out)
{
    char path[64];
    ssize_t n = -1;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    for (;;) {
        unsigned char *at = bytes_room(out, 4096);
        if (at == NULL || (n = read(fd, at, 4096)) <= 0)
            break;
        bytes_grew(out, (size_t)n);
    }
    (void)close(fd);
    return n == 0;
}

/* ---- children ---- */

/* As the kernel lists them for each thread. -1 when it does not. */
static int procs_listed(struct bytes *out)
{
    struct dirent *entry;
    char name[64];
    int rc = 0;

    DIR *dir = opendir("/proc/self/task");
    if (dir == NULL)
        return -1;
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof(name), "task/%.32s/children", entry->d_name);
        if (!procs_read(getpid(), name, out) || bytes_byte(out, ' ') != 0)
            rc = -1;
    }
    (void)closedir(dir);
    return rc;
}

static int procs_walked(bool (*cb)(void *arg, pid_t pid), void *arg)
{
    struct proctable table;
    int n = 0;

    proctable_init(&table);
    if (proctable_read(&table) != 0)
        return -1;
    for (size_t i = 0; i < table.n; i++) {
        if (table.list[i].parent != getpid())
            continue;
        n++;
        if (!cb(arg, table.list[i].pid))
            break;
    }
    proctable_release(&table);
    return n;
}

int procs_children(bool (*cb)(void *arg, pid_t pid), void *arg)
{
    struct bytes list;
    int n = -1;

    bytes_init(&list);
    if (procs_listed(&list) == 0 && bytes_cstr(&list) != NULL) {
        char *at = (char *)bytes_at(&list), *end;
        n = 0;
        for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end) {
            n++;
            if (!cb(arg, (pid_t)pid))
                break;
        }
    }
    bytes_release(&list);
    return n >= 0 ? n : procs_walked(cb, arg);
}

/* ---- one process ---- */

bool procs_mark(pid_t pid, char *buf, size_t size)
{
    static const char key[] = PROCS_MARK "=";
    struct bytes env;
    bool found = false;

    bytes_init(&env);
    if (procs_read(pid, "environ", &env) && bytes_cstr(&env) != NULL) {
        const char *at = (const char *)bytes_at(&env);
        const char *end = at + bytes_len(&env);
        for (; at < end && !found; at += strlen(at) + 1) {
            if (strncmp(at, key, sizeof(key) - 1) != 0)
                continue;
            (void)snprintf(buf, size, "%s", at + sizeof(key) - 1);
            found = true;
        }
    }
    bytes_release(&env);
    return found;
}

pid_t procs_group(pid_t pid)
{
    return getpgid(pid);
}

bool procs_is_zombie(pid_t pid)
{
    struct proc p;

    return proctable_one(pid, &p) && (p.state == 'Z' || p.state == 'X');
}

void procs_command(pid_t pid, char *buf, size_t size)
{
    struct bytes text;

    (void)snprintf(buf, size, "?");
    bytes_init(&text);
    if (!procs_read(pid, "cmdline", &text) || bytes_len(&text) == 0)
        (void)procs_read(pid, "comm", &text); /* a zombie has no command line */
    unsigned char *at = bytes_at(&text);
    size_t len = bytes_len(&text);
    while (len > 0 && (at[len - 1] == '\0' || at[len - 1] == '\n'))
        len--;
    for (size_t i = 0; i < len; i++)
        if (at[i] < 0x20 || at[i] == 0x7f)
            at[i] = ' ';
    if (len > 0)
        (void)snprintf(buf, size, "%.*s", (int)(len < size ? len : size), (const char *)at);
    bytes_release(&text);
}
