#include "engine/carrierparts.h"
#include "engine/events.h"
#include "engine/member.h"
#include "engine/names.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CARRIER_LEAST = 8 };

const char *carrier_way(const struct topo_actor *conf)
{
    return conf->in == IN_THREAD ? "thread" : "sequence";
}

bool carrier_reason(const struct member *m, char *buf, size_t size)
{
    if (m->reason[0] != '\0' || m->process.carrier == NULL || m->actor->conf->host == NULL)
        return false;
    (void)snprintf(buf, size, "%s of %.64s",
                   m->actor->conf->in == IN_THREAD ? "thread" : "in sequence",
                   m->actor->conf->host);
    return true;
}

struct member *carrier_host(const struct member *m)
{
    const char *name = m->actor->conf->host;
    const struct actor *host = name == NULL ? NULL : names_find(m->actor->sys, name);

    return host == NULL || host->n_members == 0 ? NULL : host->members[0];
}

/* --- who is in it --- */

int carrier_enter(struct carrier *c, struct process *p)
{
    size_t at = 0;

    while (at < c->n_places && c->aboard[at] != NULL)
        at++;
    if (at == HOSTING_GUESTS)
        return ERR_TOO_LARGE;
    if (at == c->n_places) {
        size_t n = at == 0 ? CARRIER_LEAST : 2 * at;
        struct process **grown = realloc(c->aboard, n * sizeof(*grown));
        if (grown == NULL)
            return ERR_NOMEM;
        memset(grown + at, 0, (n - at) * sizeof(*grown));
        c->aboard = grown;
        c->n_places = n;
    }
    c->aboard[at] = p;
    p->carrier = c;
    p->place = (unsigned)at;
    return 0;
}

void carrier_leave(struct process *p)
{
    if (p->carrier != NULL)
        p->carrier->aboard[p->place] = NULL;
    p->carrier = NULL;
}

/* --- its control socket --- */

static void carrier_watch(struct carrier *c)
{
    if (c->io != NULL)
        loop_io_want(c->io, LOOP_IN | (bytes_len(&c->out) > 0 ? LOOP_OUT : 0));
}

/* A host that is gone takes nothing more: its end comes by itself. */
void carrier_write(struct carrier *c)
{
    while (bytes_len(&c->out) > 0) {
        ssize_t n = send(c->fd, bytes_at(&c->out), bytes_len(&c->out), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0)
            break;
        bytes_consume(&c->out, (size_t)n);
    }
    carrier_watch(c);
}

static void carrier_say(struct process *p, const char *text)
{
    event_output(p->member, text, strlen(text));
    member_said(p, text, strlen(text));
}

static void carrier_ended(struct carrier *c, struct hosting_end *e)
{
    struct process *p = e->place < c->n_places ? c->aboard[e->place] : NULL;

    e->why[sizeof(e->why) - 1] = '\0';
    if (p == NULL || p->gone)
        return;
    if (e->failed != 0)
        carrier_say(p, e->why);
    process_gone(p, &(struct policy_exit){.started = true, .status = e->status & 0xff});
}

/* Reads once. False when nothing came, or nothing more will. What it says is no more to be trusted
 * than what an actor says. */
static bool carrier_read(struct carrier *c)
{
    struct hosting_end end;
    unsigned char *to = bytes_room(&c->in, sizeof(end));

    if (to == NULL)
        return false;
    ssize_t n = recv(c->fd, to, sizeof(end) - bytes_len(&c->in), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        loop_io_want(c->io, 0);
    if (n <= 0)
        return false;
    bytes_grew(&c->in, (size_t)n);
    if (bytes_len(&c->in) == sizeof(end)) {
        memcpy(&end, bytes_at(&c->in), sizeof(end));
        bytes_consume(&c->in, sizeof(end));
        carrier_ended(c, &end);
    }
    return true;
}

static void carrier_event(void *arg, int events)
{
    struct carrier *c = arg;

    if (events & LOOP_OUT)
        carrier_write(c);
    if (events & LOOP_IN)
        (void)carrier_read(c);
}

/* --- the host --- */

static void carrier_free(struct carrier *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n_places; i++)
        if (c->aboard[i] != NULL)
            carrier_leave(c->aboard[i]);
    loop_io_free(c->io);
    if (c->fd >= 0)
        (void)close(c->fd);
    if (c->page >= 0)
        (void)close(c->page);
    bytes_release(&c->in);
    bytes_release(&c->out);
    free(c->aboard);
    free(c);
}

static int carrier_open(struct carrier *c, int *theirs, struct err *e)
{
    int pair[2];

    c->page = memfd_create("actorhost", MFD_CLOEXEC);
    if (c->page < 0 || ftruncate(c->page, sizeof(struct hosting_page)) != 0)
        return err_scarce(e, "no memory to share with it");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_scarce(e, "no socket for it");
    c->fd = pair[0];
    *theirs = pair[1];
    c->io = loop_io_new(c->p->member->actor->sys->loop, c->fd, carrier_event, c);
    if (c->io == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    carrier_watch(c);
    return 0;
}

static int carrier_host_start(struct process *p, const struct process_spec *spec, struct err *e)
{
    struct carrier *c = calloc(1, sizeof(*c));
    struct process_spec own = *spec;
    static char runner[] = "actorhost", option[] = "--in";
    char way[16], name[64];
    char *argv[] = {runner, option, way, name, NULL};
    int rc;

    if (c == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    *c = (struct carrier){.p = p, .fd = -1, .page = -1, .killed_for = CARRIER_NOBODY};
    bytes_init(&c->in);
    bytes_init(&c->out);
    (void)snprintf(way, sizeof(way), "%s", carrier_way(p->member->actor->conf));
    (void)snprintf(name, sizeof(name), "%.63s", p->member->actor->conf->name);
    own.in = -1;
    rc = carrier_open(c, &own.in, e);
    own.three = c->page;
    own.argv = argv;
    if (rc == 0)
        rc = process_child.start(p, &own, e);
    if (own.in >= 0)
        (void)close(own.in);
    if (rc == 0)
        p->carrier = c;
    else
        carrier_free(c);
    return rc;
}

/* Those in it are stopped gently, and come again with it; it ends behind the last. */
static void carrier_host_stop(struct process *p)
{
    struct carrier *c = p->carrier;

    for (size_t i = 0; i < c->n_places; i++)
        if (c->aboard[i] != NULL && !c->aboard[i]->member->halting)
            member_stop(c->aboard[i]->member, true);
    process_child.stop(p);
}

/* Whose the crash was; CARRIER_NOBODY: that cannot be told. The page is read and not mapped: the
 * host could make it smaller. */
static long carrier_culprit(const struct carrier *c)
{
    struct hosting_page page;
    long runs = CARRIER_NOBODY;
    unsigned n = 0;

    if (pread(c->page, &page, sizeof(page), 0) != (ssize_t)sizeof(page))
        return c->killed_for;
    if (page.culprit > 0 && page.culprit <= c->n_places)
        return (long)page.culprit - 1;
    for (size_t i = 0; i < c->n_places; i++)
        if (page.runs[i] != 0 && c->aboard[i] != NULL)
            n++, runs = (long)i;
    /* In a sequence who did not end in time may only have waited for its turn. */
    bool turn = n == 1 && c->p->member->actor->conf->in == IN_SEQUENCE;
    return c->killed_for != CARRIER_NOBODY && !turn ? c->killed_for
           : n == 1                                 ? runs
                                                    : CARRIER_NOBODY;
}

static bool carrier_is_empty(const struct carrier *c)
{
    for (size_t i = 0; i < c->n_places; i++)
        if (c->aboard[i] != NULL && !c->aboard[i]->gone)
            return false;
    return true;
}

/* Its end is the end of all in it, and well for none of them. */
static void carrier_host_gone(struct process *p)
{
    struct carrier *c = p->carrier;
    char who[ADDRESS_MAX + 1];

    while (carrier_read(c)) /* who had ended before */
        continue;
    long culprit = carrier_culprit(c);
    if (carrier_is_empty(c))
        return;
    p->doing = DOING_OTHERS;
    if (culprit != CARRIER_NOBODY && c->aboard[culprit] != NULL)
        event_member(p->member, "host.crash", "by=%s",
                     member_address(c->aboard[culprit]->member, who, sizeof(who)));
    for (size_t i = 0; i < c->n_places; i++) {
        struct process *guest = c->aboard[i];
        if (guest == NULL || guest->gone)
            continue;
        struct policy_exit how = p->how;
        how.cause = POLICY_WITH_HOST;
        guest->doing = culprit == CARRIER_NOBODY ? DOING_UNKNOWN
                       : (long)i == culprit      ? DOING_OWN
                                                 : DOING_OTHERS;
        process_gone(guest, &how);
    }
}

/* And only then are those in it over: what it started may have been theirs, and what it said. */
static void carrier_host_over(struct process *p)
{
    struct carrier *c = p->carrier;

    for (size_t i = 0; i < c->n_places; i++) {
        struct process *guest = c->aboard[i];
        if (guest == NULL)
            continue;
        carrier_leave(guest);
        memcpy(guest->tail, p->tail, p->tail_len);
        guest->tail_len = p->tail_len;
        process_over(guest);
    }
}

static void carrier_host_release(struct process *p)
{
    carrier_free(p->carrier);
    p->carrier = NULL;
    process_child.release(p);
}

static void carrier_host_kill(struct process *p, int signal)
{
    process_child.kill(p, signal);
}

static void carrier_host_clean(struct process *p)
{
    process_child.clean(p);
}

const struct process_ops carrier_host_ops = {
    .start = carrier_host_start,
    .stop = carrier_host_stop,
    .kill = carrier_host_kill,
    .clean = carrier_host_clean,
    .gone = carrier_host_gone,
    .over = carrier_host_over,
    .release = carrier_host_release,
};
