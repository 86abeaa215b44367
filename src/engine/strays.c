#include "engine/strays.h"

#include "engine/environment.h"
#include "engine/process.h"
#include "io/procs.h"
#include "io/reaper.h"

#include <signal.h>
#include <string.h>

enum {
    STRAYS_MARK = 256,
    STRAYS_HELD_MS = 1000, /* for what is in a cgroup of ours and is not below us */
};

void strays_end(struct process *p)
{
    struct system *s = p->member->actor->sys;

    if (p->dying)
        return;
    p->dying = true;
    p->looked = false;
    p->next_dying = s->dying;
    s->dying = p;
    loop_task_queue(&s->look);
}

void strays_forget(struct process *p)
{
    struct process **at = &p->member->actor->sys->dying;

    if (!p->dying)
        return;
    while (*at != p)
        at = &(*at)->next_dying;
    *at = p->next_dying;
    p->dying = false;
}

static void strays_reaped(void *arg, pid_t pid, int status)
{
    struct process *p = arg;

    (void)pid;
    (void)status;
    p->strays--;
    if (p->strays == 0)
        strays_end(p); /* it may have left others again */
}

/* By the mark in its environment, else by its group. */
static bool strays_is_of(const struct process *p, pid_t pid, const char *mark)
{
    char own[STRAYS_MARK];

    if (mark == NULL)
        return procs_group(pid) == p->pid;
    environment_mark(p, own, sizeof(own));
    return strcmp(mark, own) == 0;
}

static struct process *strays_find(struct system *s, pid_t pid, const char *mark)
{
    for (struct process *p = s->dying; p != NULL; p = p->next_dying)
        if (strays_is_of(p, pid, mark))
            return p;
    return NULL;
}

static bool strays_one(void *system, pid_t pid)
{
    struct system *s = system;
    char mark[STRAYS_MARK];

    if (reaper_knows(s->reaper, pid) || procs_is_zombie(pid))
        return true;
    struct process *p = procs_mark(pid, mark, sizeof(mark)) ? strays_find(s, pid, mark) : NULL;
    if (p == NULL)
        p = strays_find(s, pid, NULL);
    if (p != NULL && kill(pid, SIGKILL) == 0 && reaper_watch(s->reaper, pid, strays_reaped, p) == 0)
        p->strays++;
    return true;
}

/* One of those looked at; those that die meanwhile stand before it. */
static struct process *strays_looked(struct system *s)
{
    struct process *p = s->dying;

    while (p != NULL && !p->looked)
        p = p->next_dying;
    return p;
}

void strays_again(void *system)
{
    struct system *s = system;

    if (s->dying != NULL)
        loop_task_queue(&s->look);
}

/* What is in its cgroup is its own, whatever became of mark and group. Killed, it comes to us to be
 * reaped, and is told by strays_again. */
static bool strays_held(const struct process *p)
{
    return p->cgroup != NULL && cgroup_kill(p->cgroup);
}

void strays_look(void *system)
{
    struct system *s = system;
    struct process *p;

    for (p = s->dying; p != NULL; p = p->next_dying)
        (void)strays_held(p);
    (void)procs_children(strays_one, s);
    for (p = s->dying; p != NULL; p = p->next_dying)
        p->looked = true;
    while ((p = strays_looked(s)) != NULL) {
        if (p->strays == 0 && strays_held(p)) {
            p->looked = false;
            (void)loop_timer_start(&s->held, STRAYS_HELD_MS);
            continue;
        }
        strays_forget(p);
        if (p->strays == 0)
            process_over(p);
    }
}
