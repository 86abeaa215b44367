/* A process of an actor that is run by a host. */
#include "engine/carrierparts.h"
#include "engine/environment.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int carrier_pack(struct carrier *c, const struct process *p, char **env)
{
    const struct topo_actor *conf = p->member->actor->conf;
    struct hosting_start head = {.place = p->place, .n_words = (uint32_t)conf->argc};
    struct bytes text;
    int rc = 0;

    bytes_init(&text);
    rc |= bytes_append(&text, conf->program, strlen(conf->program) + 1);
    for (size_t i = 0; i < conf->argc; i++)
        rc |= bytes_append(&text, conf->argv[i], strlen(conf->argv[i]) + 1);
    for (; env[head.n_env] != NULL; head.n_env++)
        rc |= bytes_append(&text, env[head.n_env], strlen(env[head.n_env]) + 1);
    head.size = (uint32_t)bytes_len(&text);
    if (rc == 0)
        rc = bytes_append(&c->out, &head, sizeof(head));
    if (rc == 0)
        rc = bytes_append(&c->out, bytes_at(&text), bytes_len(&text));
    bytes_release(&text);
    return rc;
}

static int carrier_guest_start(struct process *p, const struct process_spec *spec, struct err *e)
{
    struct member *host = carrier_host(p->member);
    struct carrier *c = host == NULL ? NULL : host->process.carrier;

    if (c == NULL || host->process.gone)
        return err_set(e, ERR_AGAIN, "its host %s does not run", p->member->actor->conf->host);
    int rc = carrier_enter(c, p);
    if (rc == ERR_TOO_LARGE)
        return err_set(e, rc, "its host %s has %d actors: no more", p->member->actor->conf->host,
                       HOSTING_GUESTS);
    char **env = rc == 0 ? environment_new(p, environ, spec->extra) : NULL;
    size_t before = bytes_len(&c->out);
    if (env == NULL || carrier_pack(c, p, env) != 0) {
        bytes_truncate(&c->out, before);
        rc = err_set(e, ERR_NOMEM, "out of memory");
    }
    free(env);
    if (rc == 0) {
        p->pid = host->process.pid;
        carrier_write(c);
    }
    return rc;
}

/* There is no signal to a thread: it is asked. */
static void carrier_guest_stop(struct process *p)
{
    p->member->speak->ops->end(p->member->speak);
}

/* Nor can one be ended: what is for it is for its host. */
static void carrier_guest_kill(struct process *p, int signal)
{
    struct carrier *c = p->carrier;

    if (c == NULL)
        return;
    if (signal == SIGKILL && c->killed_for == CARRIER_NOBODY)
        c->killed_for = (long)p->place;
    process_kill(c->p, signal);
}

static void carrier_guest_clean(struct process *p)
{
    if (p->carrier == NULL || p->carrier->p->gone)
        return; /* comes with the end of its host */
    carrier_leave(p);
    process_over(p);
}

static void carrier_guest_release(struct process *p)
{
    carrier_leave(p);
}

const struct process_ops *carrier_ops(const struct topo_actor *conf)
{
    static const struct process_ops guest = {
        .start = carrier_guest_start,
        .stop = carrier_guest_stop,
        .kill = carrier_guest_kill,
        .clean = carrier_guest_clean,
        .release = carrier_guest_release,
    };

    return conf->is_host ? &carrier_host_ops : conf->in != IN_PROCESS ? &guest : NULL;
}
