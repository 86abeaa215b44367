/* A process of a member begins: its pipes, itself, and its adaptor. */
#include "engine/memberparts.h"
#include "engine/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static bool member_has_pipes(const struct topo_actor *c)
{
    return c->speaks == SPEAKS_LINES || c->speaks == SPEAKS_JSON ||
           (c->speaks == SPEAKS_FRAMES && c->transport == TRANSPORT_STDIO);
}

static int member_pipes(struct member *m, int child[2], struct err *e)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};

    child[0] = child[1] = -1;
    if (!member_has_pipes(m->actor->conf))
        return 0;
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        int rc = err_scarce(e, "no pipe for it");
        for (int i = 0; i < 2; i++)
            if (in[i] >= 0)
                (void)close(in[i]);
        return rc;
    }
    (void)fcntl(in[1], F_SETFL, O_NONBLOCK);
    (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
    speak_open(m->speak, in[1], out[0]);
    child[0] = in[0];
    child[1] = out[1];
    return 0;
}

int member_begin(struct member *m, struct err *e)
{
    int child[2], rc = 0;

    if (m->actor->conf->speaks == SPEAKS_ONCE && m->host == NULL)
        return m->speak->ops->start(m->speak, e);
    child[0] = child[1] = -1;
    if (m->host == NULL)
        rc = member_pipes(m, child, e);
    if (rc == 0)
        rc = process_start(&m->process, child[0], child[1], NULL, e);
    for (int i = 0; i < 2; i++)
        if (child[i] >= 0)
            (void)close(child[i]);
    if (rc == 0) {
        rc = m->speak->ops->start(m->speak, e);
        if (rc != 0)
            process_kill(&m->process, SIGKILL);
        return 0;
    }
    speak_close(m->speak);
    return rc;
}
