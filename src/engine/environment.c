#include "engine/environment.h"

#include "engine/gatehouse.h"
#include "engine/sequencer.h"
#include "io/procs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void environment_mark(const struct process *p, char *buf, size_t size)
{
    const struct member *m = p->member;

    (void)snprintf(buf, size, "%s.%s.%u.%llu", m->actor->sys->run, m->actor->conf->name, m->index,
                   (unsigned long long)p->generation);
}

const char *environment_path(const struct topo_actor *conf)
{
    const char *path = getenv("PATH");

    for (size_t i = 0; i < conf->n_env; i++)
        if (strncmp(conf->env[i], "PATH=", 5) == 0)
            path = conf->env[i] + 5;
    return path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path;
}

static bool environment_is_ours(const char *entry)
{
    return strncmp(entry, "ACTOR_", 6) == 0 || strncmp(entry, "ACTORSUP_SYSTEM=", 16) == 0 ||
           strncmp(entry, "ACTORSUP_RUNTIME_DIR=", 21) == 0 ||
           strncmp(entry, PROCS_MARK "=", sizeof(PROCS_MARK)) == 0;
}

static int environment_url(const struct system *s, enum topo_transport t, struct bytes *out)
{
    unsigned port = gatehouse_port(s, t);

    switch (t) {
    case TRANSPORT_STDIO:
        return bytes_printf(out, "ACTOR_URL=stdio:%c", 0);
    case TRANSPORT_TCP:
        return bytes_printf(out, "ACTOR_URL=tcp://127.0.0.1:%u%c", port, 0);
    case TRANSPORT_WS:
        return bytes_printf(out, "ACTOR_URL=ws://127.0.0.1:%u/%c", port, 0);
    case TRANSPORT_TLS:
        return bytes_printf(out, "ACTOR_URL=tls+tcp://127.0.0.1:%u%c", port, 0);
    case TRANSPORT_IPC:
    case TOPO_TRANSPORTS:
        break;
    }
    return bytes_printf(out, "ACTOR_URL=ipc://%s%c", rundir_socket(s->rundir), 0);
}

/* What an actor is told, as NUL-ended K=V one after the other. Returns how many, or ERR_NOMEM. */
static int environment_told(const struct process *p, struct bytes *out)
{
    const struct member *m = p->member;
    const struct system *s = m->actor->sys;
    const struct topo_actor *c = m->actor->conf;
    char mark[256];
    int n = 8, rc = 0;

    environment_mark(p, mark, sizeof(mark));
    rc |= bytes_printf(out, "ACTOR_NAME=%s%c", c->name, 0);
    rc |= bytes_printf(out, "ACTOR_INDEX=%u%c", m->index == 0 ? 1 : m->index, 0);
    rc |= bytes_printf(out, "ACTOR_HOST=%s%c", s->host, 0);
    rc |= bytes_printf(out, "ACTOR_RESTARTS=%llu%c", (unsigned long long)m->restarts, 0);
    rc |= bytes_printf(out, "ACTOR_SYSTEM=%s%c", s->topology->system, 0);
    rc |= bytes_printf(out, "ACTORSUP_SYSTEM=%s%c", rundir_system(s->rundir), 0);
    rc |= bytes_printf(out, "ACTORSUP_RUNTIME_DIR=%s%c", rundir_base(s->rundir), 0);
    rc |= bytes_printf(out, PROCS_MARK "=%s%c", mark, 0);
    rc |= bytes_printf(out, "ACTOR_TOKEN=%s%c", p->token, 0);
    n++;
    if (s->sequencer != NULL) {
        rc |= bytes_printf(out, "ACTOR_SEED=%llu%c", (unsigned long long)sequencer_seed(s), 0);
        n++;
    }
    if (c->speaks == SPEAKS_FRAMES) {
        rc |= environment_url(s, c->transport, out);
        n++;
    }
    if (c->speaks == SPEAKS_FRAMES && c->transport == TRANSPORT_TLS) {
        rc |= bytes_printf(out, "ACTOR_TLS_CA=%s%c", s->topology->tls.ca, 0);
        rc |= bytes_printf(out, "ACTOR_TLS_NAME=%s%c", s->topology->tls.name, 0);
        n += 2;
    }
    if (c->ready == READY_NOTIFY && p->check == NULL && c->in == IN_PROCESS &&
        p->member->attached == NULL) {
        rc |= bytes_printf(out, "ACTOR_READY_FD=3%c", 0);
        n++;
    }
    return rc != 0 ? ERR_NOMEM : n;
}

/* As login(1) has it, when the actor has a user of its own. Returns how many. */
static int environment_user(const struct topo_identity *id, struct bytes *out)
{
    const char *login = id->login != NULL ? id->login : id->user;
    int rc = 0;

    if (id->user == NULL)
        return 0;
    rc |= bytes_printf(out, "HOME=%s%c", id->home, 0);
    rc |= bytes_printf(out, "USER=%s%c", login, 0);
    rc |= bytes_printf(out, "LOGNAME=%s%c", login, 0);
    rc |= bytes_printf(out, "SHELL=%s%c", id->shell, 0);
    return rc != 0 ? ERR_NOMEM : 4;
}

static size_t environment_count(char *const *env)
{
    size_t n = 0;

    while (env != NULL && env[n] != NULL)
        n++;
    return n;
}

static size_t environment_add(char **env, size_t n, char *const *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        env[n++] = entries[i];
    return n;
}

/* Of entries with the same name the last stays. Returns how many are left. */
static size_t environment_unique(char **env, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        size_t len = strcspn(env[i], "=") + 1, k = i + 1;
        while (k < n && strncmp(env[i], env[k], len) != 0)
            k++;
        if (k == n)
            env[kept++] = env[i];
    }
    return kept;
}

/* As many entries as stand in text, from *at on. */
static size_t environment_add_text(char **env, size_t n, char **at, int count)
{
    for (int i = 0; i < count; i++, *at += strlen(*at) + 1)
        env[n++] = *at;
    return n;
}

char **environment_new(const struct process *p, char *const *base, char *const *extra)
{
    const struct topo_actor *c = p->member->actor->conf;
    struct bytes text;
    char **env = NULL;
    size_t n = 0;

    bytes_init(&text);
    int n_user = environment_user(&c->identity, &text);
    int n_told = environment_told(p, &text);
    size_t n_extra = environment_count(extra);
    if (n_user < 0 || n_told < 0)
        goto out;
    size_t max = environment_count(base) + c->n_env + n_extra + (size_t)(n_user + n_told) + 1;
    if ((env = malloc(max * sizeof(*env) + bytes_len(&text))) == NULL)
        goto out;
    char *at = memcpy(env + max, bytes_at(&text), bytes_len(&text));
    for (char *const *e = base; e != NULL && *e != NULL; e++)
        if (!environment_is_ours(*e))
            env[n++] = *e;
    n = environment_add_text(env, n, &at, n_user);
    n = environment_add(env, n, c->env, c->n_env);
    n = environment_add(env, n, extra, n_extra);
    n = environment_add_text(env, n, &at, n_told);
    env[environment_unique(env, n)] = NULL;
out:
    bytes_release(&text);
    return env;
}
