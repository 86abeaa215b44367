#include "engine/confined.h"

#include "engine/events.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

unsigned confined_roles(const struct topology *t)
{
    unsigned roles = CGROUP_KILL;

    for (size_t i = 0; i < t->n_actors; i++) {
        const struct topo_limits *l = &t->actors[i].limits;
        roles |= (l->memory != TOPO_NO_LIMIT ? CGROUP_MEMORY : 0u) |
                 (l->processes != TOPO_NO_LIMIT ? CGROUP_PIDS : 0u);
    }
    return roles;
}

static bool confined_has(const struct system *s, enum cgroup_role role)
{
    return s->cgroups != NULL && (cgroups_roles(s->cgroups) & role) != 0;
}

/* ---- what the file asks for ---- */

static void confined_rlimits(const struct system *s, const struct topo_limits *l, struct confine *c)
{
    if (l->files != TOPO_NO_LIMIT)
        confine_add(c, RLIMIT_NOFILE, l->files, l->files);
    if (l->core != TOPO_NO_LIMIT)
        confine_add(c, RLIMIT_CORE, l->core, l->core);
    if (l->cpu_ms != TOPO_FOREVER) { /* first XCPU, which tells why; a second later KILL */
        uint64_t seconds = ((uint64_t)l->cpu_ms + 999) / 1000;
        confine_add(c, RLIMIT_CPU, seconds, seconds + 1);
    }
    if (l->memory != TOPO_NO_LIMIT && !confined_has(s, CGROUP_MEMORY))
        confine_add(c, RLIMIT_AS, l->memory, l->memory);
}

static int confined_identity(const struct topo_identity *id, struct confine *c, struct err *e)
{
    c->has_umask = id->umask >= 0;
    c->umask = c->has_umask ? (mode_t)id->umask : 0;
    c->has_nice = id->nice != TOPO_NO_NICE;
    c->nice = c->has_nice ? id->nice : 0;
    /* Whoever is that user already needs no right to become it. */
    if ((id->user == NULL || id->uid == geteuid()) && (id->group == NULL || id->gid == getegid()))
        return 0;
    c->as_user = true;
    c->uid = id->uid;
    c->gid = id->gid;
    (void)snprintf(c->who, sizeof(c->who), "%s %.60s", id->user != NULL ? "user" : "group",
                   id->user != NULL ? id->user : id->group);
    return confine_groups(c, id->login) == 0 ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

int confined_make(const struct system *s, const struct topo_actor *conf, struct confine *c,
                  bool *any, struct err *e)
{
    const struct topo_limits *l = &conf->limits;

    if (!conf->here) /* that is for its host to see to */
        return 0;
    if (l->processes != TOPO_NO_LIMIT && !confined_has(s, CGROUP_PIDS))
        return err_set(
            e, ERR_DENIED, "actor %s: `limits: processes` needs a cgroup: %s", conf->name,
            s->cgroups == NULL ? "there are none" : cgroups_why(s->cgroups, CGROUP_PIDS));
    confined_rlimits(s, l, c);
    int rc = confined_identity(&conf->identity, c, e);
    *any = c->n_limits > 0 || c->has_umask || c->has_nice || c->as_user;
    return rc;
}

/* ---- whether it may be had ---- */

int confined_try(const struct topo_actor *conf, const struct confine *c, struct err *e)
{
    const struct spawn_spec spec = {.program = conf->program != NULL ? conf->program : "/",
                                    .cwd = conf->cwd,
                                    .in = -1,
                                    .out = -1,
                                    .err = -1,
                                    .ready = -1,
                                    .confine = c};
    struct err why;
    int rc = spawn_rehearse(&spec, &why);

    return rc == 0 ? 0 : err_set(e, rc, "actor %s: %.900s", conf->name, why.text);
}

int confined_check(struct system *s, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < s->n_actors && rc == 0; i++)
        if (s->actors[i]->confined && s->actors[i]->enabled)
            rc = confined_try(s->actors[i]->conf, &s->actors[i]->confine, e);
    return rc;
}

/* ---- a process ---- */

int confined_begin(struct process *p, struct spawn_spec *spec, int fds[], struct err *e)
{
    const struct actor *a = p->member->actor;
    const struct topo_limits *l = &a->conf->limits;
    uint64_t memory = confined_has(a->sys, CGROUP_MEMORY) ? l->memory : TOPO_NO_LIMIT;
    bool bound = memory != TOPO_NO_LIMIT || l->processes != TOPO_NO_LIMIT;
    char name[128];

    spec->confine = a->confined ? &a->confine : NULL;
    if (!bound && !confined_has(a->sys, CGROUP_KILL))
        return 0;
    (void)snprintf(name, sizeof(name), "%s.%u.%llu", a->conf->name, p->member->index,
                   (unsigned long long)p->generation);
    int rc = cgroup_new(a->sys->cgroups, name, memory, l->processes, &p->cgroup, e);
    if (rc == 0)
        rc = cgroup_open(p->cgroup, fds, e);
    if (rc < 0 && !bound) { /* only to find what it starts, which is found without as well */
        cgroup_free(p->cgroup);
        p->cgroup = NULL;
        return 0;
    }
    if (rc < 0)
        return rc;
    spec->cgroups = fds;
    spec->n_cgroups = (size_t)rc;
    return 0;
}

void confined_gone(struct process *p)
{
    const struct topo_limits *l = &p->member->actor->conf->limits;
    uint64_t kills = p->cgroup == NULL ? 0 : cgroup_oom_kills(p->cgroup);

    if (kills > 0) {
        event_member(p->member, "actor.limit", "limit=memory bytes=%llu kills=%llu",
                     (unsigned long long)l->memory, (unsigned long long)kills);
        if (!policy_exit_ok(&p->how))
            p->how.cause = POLICY_MEMORY_LIMIT;
    } else if (p->how.cause == POLICY_NO_LIMIT && l->cpu_ms != TOPO_FOREVER &&
               p->how.signal == SIGXCPU) {
        event_member(p->member, "actor.limit", "limit=cpu ms=%lld", (long long)l->cpu_ms);
        p->how.cause = POLICY_CPU_LIMIT;
    }
}
