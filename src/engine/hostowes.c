/* Where something may still run that a supervisor before this one has begun.
 *
 * A file in the state folder says that a node runs on a host: it is there from when that comes up
 * until it is known to have ended. A supervisor that finds one waits with the actors that fit that
 * host as well as others: until it is heard of, or what ran there has ended by its `alone`. */
#include "engine/events.h"
#include "engine/hostparts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void owes_path(const struct host *h, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/hosts/%s", h->sys->state_dir, h->conf->name);
}

void host_owes_begin(struct host *h)
{
    char path[PATH_MAX];

    owes_path(h, path, sizeof(path));
    h->owes = h->sys->sequencer == NULL && access(path, F_OK) == 0;
    h->since = loop_now(h->sys->loop);
}

int64_t host_alone_ms(const struct host *h)
{
    const struct topo_host *c = h->conf;

    return c->alone_ms > c->down_after_ms ? c->alone_ms : c->down_after_ms;
}

void host_owes_look(struct host *h)
{
    if (!h->owes || loop_now(h->sys->loop) - h->since < host_alone_ms(h))
        return;
    h->owes = false;
    loop_task_queue(&h->sys->changed);
}

void host_owes_keep(struct host *h)
{
    char path[PATH_MAX];
    struct err e;

    h->owes = false;
    (void)snprintf(path, sizeof(path), "%s/hosts", h->sys->state_dir);
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        owes_path(h, path, sizeof(path));
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) {
            (void)close(fd);
            return;
        }
    }
    (void)err_errno(&e, "%s", path);
    event_system(h->sys, "host.unmarked", "host=%s reason=\"%s\"", h->conf->name, e.text);
}

void host_owes_nothing(struct host *h)
{
    char path[PATH_MAX];

    h->owes = false;
    owes_path(h, path, sizeof(path));
    (void)unlink(path);
}

const struct host *hosts_owed(const struct member *m)
{
    const struct topo_on *on = &m->actor->conf->on;
    const struct host *h = on->kind == TOPO_ON_FITTING ? m->actor->sys->hosts : NULL;

    while (h != NULL && !(h->owes && host_fits(h, on)))
        h = h->next;
    return h;
}
