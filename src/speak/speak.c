#include "speak/speak.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

const struct speak_ops *speak_ops_of(enum topo_speaks speaks)
{
    static const struct speak_ops *const all[] = {
        [SPEAKS_LINES] = &speak_lines, [SPEAKS_JSON] = &speak_json, [SPEAKS_FRAMES] = &speak_frames,
        [SPEAKS_ONCE] = &speak_once,   [SPEAKS_NONE] = &speak_none,
    };
    return all[speaks];
}

struct speak *speak_new(const struct speak_ops *ops, const struct speak_host *host, void *member,
                        struct loop *l, const struct topo_actor *conf, bool shared, struct err *e)
{
    struct speak *sp = calloc(1, ops->size);

    if (sp == NULL) {
        err_set(e, ERR_NOMEM, "out of memory");
        return NULL;
    }
    sp->ops = ops;
    sp->host = host;
    sp->member = member;
    sp->loop = l;
    sp->conf = conf;
    sp->in = sp->out = -1;
    pipe_size_init(&sp->in_size);
    pipe_size_init(&sp->out_size);
    sp->rest = SIZE_MAX;
    sp->window_matters = shared;
    hand_init(&sp->hand);
    if (ops->init != NULL && ops->init(sp, e) != 0) {
        free(sp);
        return NULL;
    }
    return sp;
}

void speak_free(struct speak *sp)
{
    if (sp == NULL)
        return;
    speak_close(sp);
    if (sp->ops->release != NULL)
        sp->ops->release(sp);
    hand_release(&sp->hand);
    free(sp);
}

void speak_open(struct speak *sp, int in, int out)
{
    sp->in = in;
    sp->out = out;
    pipe_size_start(&sp->in_size, in);
    pipe_size_start(&sp->out_size, out);
}

void speak_close(struct speak *sp)
{
    pipe_size_stop(&sp->in_size);
    pipe_size_stop(&sp->out_size);
    loop_io_free(sp->in_io);
    loop_io_free(sp->out_io);
    sp->in_io = sp->out_io = NULL;
    if (sp->in >= 0)
        (void)close(sp->in);
    if (sp->out >= 0 && sp->out != sp->in)
        (void)close(sp->out);
    sp->in = sp->out = -1;
    sp->rest = SIZE_MAX;
}

ssize_t speak_write(int fd, const void *data, size_t len)
{
    for (;;) {
        ssize_t n = write(fd, data, len);
        if (n >= 0)
            return n;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
        if (errno != EINTR)
            return -1;
    }
}

size_t speak_unread(int fd)
{
    int n = 0;

    return ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

bool speak_rest(struct speak *sp)
{
    if (sp->rest == SIZE_MAX)
        sp->rest = sp->out >= 0 ? speak_unread(sp->out) : 0;
    return sp->rest > 0;
}

void speak_took(struct speak *sp, size_t n)
{
    if (sp->rest != SIZE_MAX)
        sp->rest -= n < sp->rest ? n : sp->rest;
    if (n >= sp->out_size.bytes / 2)
        (void)pipe_size_grow(&sp->out_size, PIPE_SIZE_MAX, loop_now(sp->loop));
}

void speak_end_pipe(struct speak *sp)
{
    char path[32];

    pipe_size_stop(&sp->in_size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", sp->in);
    int count = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    (void)close(sp->in);
    sp->in = count;
}
