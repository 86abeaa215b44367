/* The processes of a `once` actor: one for each message. */
#include "engine/memberparts.h"
#include "engine/process.h"

#include <signal.h>
#include <stdlib.h>

static void member_job_over(struct process *p)
{
    struct member *m = p->member;

    m->jobs--;
    m->last = p->how;
    m->has_last = true;
    struct policy_exit how = p->how;
    void *job = p->job;
    process_release(p);
    m->ended = p; /* the evidence, if its message is dead now */
    m->speak->ops->job_over(m->speak, job, &how);
    m->ended = NULL;
    free(p);
    if (m->state == LIFE_STOPPING && m->jobs == 0)
        member_on(m, LIFE_ON_EXITED);
}

int member_job_start(void *member, char *const *extra_env, int in, int out, void *job,
                     struct err *e)
{
    struct member *m = member;
    struct process *p = malloc(sizeof(*p));

    if (p == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    process_init(p, m, member_job_over);
    p->job = job;
    int rc = process_start(p, in, out, extra_env, e);
    if (rc != 0)
        free(p);
    else
        m->jobs++;
    return rc;
}

void member_job_kill(void *member, void *job)
{
    struct member *m = member;

    for (struct process *p = m->actor->sys->processes; p != NULL; p = p->next)
        if (p->member == m && p->job == job)
            process_stop(p);
}

void member_ended(void *member)
{
    struct member *m = member;

    m->last = (struct policy_exit){.started = true};
    m->has_last = true;
    member_on(m, LIFE_ON_EXITED);
}
