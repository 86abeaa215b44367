#include "tests/fuzz/fuzzsystem.h"

#include "engine/assembly.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct topology *fuzzsystem_topology(const char *text)
{
    struct topology *t = NULL;
    struct faults faults;
    struct err e;

    faults_init(&faults);
    if (topology_parse("/fuzz/actorsup.yaml", text, strlen(text), false, &t, &faults, &e) != 0)
        abort();
    faults_release(&faults);
    return t;
}

void fuzzsystem_connect(int pair[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
}

void fuzzsystem_say(int fd, struct bytes *out)
{
    (void)send(fd, bytes_at(out), bytes_len(out), MSG_DONTWAIT | MSG_NOSIGNAL);
    bytes_release(out);
}

static void fuzzsystem_turn(void *arg)
{
    struct fuzzsystem *f = arg;

    if (--f->turns <= 0)
        loop_stop(f->sys.loop);
    else
        loop_task_queue(&f->turn);
}

static void fuzzsystem_nothing(void *arg)
{
    (void)arg;
}

void fuzzsystem_make(struct fuzzsystem *f, const struct topology *t, loop_task_cb *changed)
{
    struct system *s = &f->sys;
    struct err e;

    s->host = TOPO_HOME;
    if (assembly_make(s, t, "/nonexistent", &e) != 0)
        abort();
    loop_task_init(&s->changed, s->loop, changed, s);
    loop_timer_init(&s->deadline, s->loop, fuzzsystem_nothing, s);
    loop_timer_init(&s->patience, s->loop, fuzzsystem_nothing, s);
    loop_task_init(&f->turn, s->loop, fuzzsystem_turn, f);
}

void fuzzsystem_run(struct fuzzsystem *f, int turns)
{
    f->turns = turns;
    loop_task_queue(&f->turn);
    (void)loop_run(f->sys.loop);
    loop_task_cancel(&f->turn);
}
